// A document to read: its outline, its text with the passages drawn on it, or a page of it as a picture.
// Its words are set as text, never as HTML.

const button = (className, text, done) => {
  const made = element("button", className, text);
  made.type = "button";
  made.addEventListener("click", done);
  return made;
};

const bring = (root, start) => {
  const all = [...root.querySelectorAll("[data-start]")];
  const target = all.filter((one) => Number(one.dataset.start) <= start).pop() || all[0];
  if (!target) return;
  const offset = target.getBoundingClientRect().top - root.getBoundingClientRect().top;
  if (offset >= 0 && offset < root.clientHeight * 0.7) return; // it can be seen: the reader stays where they are
  root.scrollTop += offset - 24;
};

const stretch = (one, data, setTriggerValue) => {
  const tint = one.passages.length > 1 ? "both" : one.passages.length ? `tint${one.passages[0] % 2}` : "between";
  const made = element("div", `stretch ${data.drawn ? tint : ""}${one.open ? " open" : ""}`);
  made.dataset.start = one.start;
  if (data.drawn && one.label) {
    const label = button("label", one.label, () => setTriggerValue("picked", one.id));
    label.setAttribute("aria-pressed", String(one.open));
    made.append(label);
  }
  made.append(...one.lines.map(([kind, text]) => element("div", `line ${kind}`, text)));
  return made;
};

const outline = (data, root, setTriggerValue) => {
  const folded = element("details", "outline");
  folded.open = !matchMedia("(max-width: 760px)").matches;
  folded.append(element("summary", "", "Outline"));
  const list = element("ol");
  for (const { title, depth, start } of data.outline) {
    const item = element("li");
    const jump = button("jump", "", () => {
      if (!data.picture && start >= data.start && start < data.end) bring(root, start);
      setTriggerValue("jumped", start);
    });
    jump.append(element("bdi", "", title));
    jump.style.paddingInlineStart = `${0.4 + Math.min(depth, 6) * 0.8}rem`;
    item.append(jump);
    list.append(item);
  }
  folded.append(list);
  return folded;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const leaf = parentElement.querySelector(".leaf");
  const shown = JSON.stringify(data);
  if (leaf.shown === shown) return; // drawn again as it was: the reader may have scrolled on
  const before = leaf.querySelector(".sheet");
  const same = leaf.subject === `${data.subject} ${data.start}`;
  const kept = same && before ? before.scrollTop : 0;
  const folds = leaf.querySelector(".outline ol")?.scrollTop || 0;
  leaf.shown = shown;
  leaf.subject = `${data.subject} ${data.start}`;
  const root = element("div", "sheet");
  root.tabIndex = 0;
  root.setAttribute("role", "region");
  root.setAttribute("aria-label", "Text of the document");
  if (data.picture) root.append(page(data));
  else {
    if (data.start > 0) root.append(button("more", "Show what comes before", () => setTriggerValue("jumped", Math.max(0, data.start - 1))));
    root.append(...data.stretches.map((one) => stretch(one, data, setTriggerValue)));
    if (data.end < data.length) root.append(button("more", "Show what follows", () => setTriggerValue("jumped", data.end)));
  }
  leaf.classList.toggle("alone", !data.outline.length);
  leaf.replaceChildren(...(data.outline.length ? [outline(data, root, setTriggerValue)] : []), root);
  root.scrollTop = kept;
  const list = leaf.querySelector(".outline ol");
  if (list) list.scrollTop = folds;
  if (data.at !== null && !data.picture) requestAnimationFrame(() => bring(root, data.at));
}
