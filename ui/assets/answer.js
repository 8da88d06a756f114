// Draws an answer. Everything that came from a document or a model is set as text, never as HTML.

const citation = (cited, setTriggerValue) => {
  const button = element("button", cited.open ? "cite open" : "cite", String(cited.number));
  button.type = "button";
  button.title = `${cited.title}: ${cited.place}`;
  button.setAttribute("aria-label", `Citation ${cited.number}: ${cited.place}`);
  button.setAttribute("aria-pressed", String(cited.open));
  button.addEventListener("click", () => setTriggerValue("cited", cited.number));
  return button;
};

const sentence = (said, citations, setTriggerValue) => {
  const whole = element("span", `sentence ${said.origin}`);
  const [last] = said.text.match(/\S{1,24}\s*$/) || [""]; // what it cites stays in one line with its last word
  const text = element("bdi", "", said.text.slice(0, said.text.length - last.length));
  const end = element("span", "end", last);
  const marks = element("span", "marks");
  for (const number of said.cites) marks.append(citation(citations[number - 1], setTriggerValue));
  const verdict = element("span", `verdict ${said.verdict.replace(" ", "-")}`, said.mark);
  if (said.origin === "written") verdict.append(element("span", "pen", "✎"));
  verdict.title = said.tip;
  verdict.setAttribute("role", "img");
  verdict.setAttribute("aria-label", said.tip);
  marks.append(verdict);
  end.append(marks);
  text.append(end);
  whole.append(text);
  return whole;
};

const listed = (cited, setTriggerValue) => {
  const row = element("button", cited.open ? "row open" : "row");
  row.type = "button";
  row.addEventListener("click", () => setTriggerValue("cited", cited.number));
  const text = element("span", "cited");
  const head = element("span", "head");
  head.append(element("bdi", "title", cited.title), element("bdi", "place", cited.place));
  text.append(head);
  if (cited.quote) text.append(element("bdi", "quote", cited.quote));
  row.append(element("span", "number", String(cited.number)), text);
  const item = element("li");
  item.append(row);
  return item;
};

const copier = (text) => {
  const button = element("button", "copy", "Copy with citations");
  button.type = "button";
  const said = element("span", "said");
  said.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.textContent = "Copied";
    } catch {
      said.textContent = "The browser does not allow it";
    }
    setTimeout(() => { said.textContent = ""; }, 2000);
  });
  const line = element("p", "copying");
  line.append(button, said);
  return line;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".answer");
  const parts = [];
  if (data.abstained) {
    parts.push(element("p", "abstained", "Not in your documents"));
    const found = data.citations.length ? "These passages come nearest; judge for yourself." : "Nothing comes near it.";
    parts.push(element("p", "why", found));
  } else {
    const text = element("p", "text");
    for (const said of data.sentences) text.append(sentence(said, data.citations, setTriggerValue), " ");
    parts.push(text);
  }
  const list = element("ol", "list");
  list.append(...data.citations.map((cited) => listed(cited, setTriggerValue)));
  parts.push(list);
  if (data.citations.length) parts.push(copier(data.copy));
  root.replaceChildren(...parts);
}
