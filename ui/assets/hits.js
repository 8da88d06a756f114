// Passages that were found, best first; one opens its document. Their words are set as text, never as HTML.

const row = (hit, setTriggerValue) => {
  const item = element("li");
  const button = element("button", "row");
  button.type = "button";
  button.addEventListener("click", () => setTriggerValue("opened", hit.number));
  const head = element("span", "head");
  head.append(element("bdi", "title", hit.title), element("bdi", "place", hit.place));
  head.append(element("span", "score", hit.score));
  button.append(head);
  if (hit.above) button.append(element("bdi", "above", hit.above));
  const said = element("span", "said");
  said.append(...hit.parts.map(([text, found]) => element(found ? "mark" : "span", "", text)));
  button.append(said);
  item.append(button);
  return item;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const list = parentElement.querySelector(".hits");
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(...data.hits.map((hit) => row(hit, setTriggerValue)));
}
