// Draws a source with the cited passage marked, and scrolls to it. The source's words are set as text, never as HTML.

const line = ([kind, parts]) => {
  const row = element("div", `line ${kind}`);
  row.append(...parts.map(([text, marked]) => element(marked ? "mark" : "span", "", text)));
  return row;
};

const scroll = (root) => {
  const mark = root.querySelector("mark");
  if (!mark) return void (root.scrollTop = 0);
  const offset = mark.getBoundingClientRect().top - root.getBoundingClientRect().top;
  root.scrollTop += offset - root.clientHeight / 3;
};

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".source");
  const shown = JSON.stringify(data);
  if (root.shown === shown) return; // drawn again with the same passage: the reader may have scrolled on
  root.shown = shown;
  root.replaceChildren(...(data.picture ? [page(data)] : data.lines.map(line)));
  const image = root.querySelector("img");
  if (image) image.decode().then(() => scroll(root), () => scroll(root));
  else requestAnimationFrame(() => scroll(root));
}
