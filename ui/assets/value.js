// Draws a value as `ui/value_view.py` shaped it. Whatever it holds is set as text, never as HTML.

const FIRST = 420; // characters of a long text that are shown folded

const words = (className, text, left) => {
  const more = left ? element("span", "left", ` … and ${left.toLocaleString("en")} more characters`) : "";
  const whole = element("bdi", className, text);
  whole.append(more);
  if (text.length <= FIRST * 1.5) return whole;
  const made = element("details", "long");
  const first = element("summary");
  first.append(element("bdi", `${className} beginning`, `${text.slice(0, FIRST)}…`), element("span", "left", " Show all"));
  made.append(first, whole);
  return made;
};

const summary = (shaped) => {
  const many = shaped.items.length + shaped.left;
  const what = shaped.kind === "list" ? "item" : "field";
  return `${many} ${what}${many === 1 ? "" : "s"}`;
};

const folded = (label, body, open) => {
  const made = element("details");
  made.open = open;
  made.append(element("summary", "", label), body);
  return made;
};

const card = (shaped, head) => {
  const made = element("div", `card ${shaped.role || "document"}`);
  made.append(head);
  if (shaped.text) made.append(words("words", shaped.text, shaped.left));
  if (shaped.more) made.append(folded("Details", draw(shaped.more, 1), false));
  return made;
};

const message = (shaped) => {
  const head = element("div", "head");
  head.append(element("span", "role", shaped.role), element("bdi", "place", shaped.name));
  return card(shaped, head);
};

const source = (shaped) => {
  const head = element("div", "head");
  head.append(element("bdi", "title", shaped.title), element("bdi", "place", shaped.place));
  return card(shaped, head);
};

const isCard = (shaped) => shaped.kind === "message" || shaped.kind === "document";

const isFlat = (shaped) => shaped.kind === "plain" || shaped.kind === "text" || ((shaped.kind === "list" || shaped.kind === "object") && shaped.items.length === 0);

const entry = (name, shaped, depth, marked) => {
  const row = element("div", marked ? "entry marked" : "entry");
  if (isFlat(shaped)) {
    row.append(element("bdi", "key", name), draw(shaped, depth));
  } else if (isCard(shaped)) {
    row.append(element("bdi", "key", name), draw(shaped, depth));
  } else {
    const many = shaped.items.length;
    const open = marked || (depth < 1 && (many <= 4 || (many <= 12 && shaped.kind === "list" && shaped.items.every(isCard))));
    const made = folded("", draw(shaped, depth + 1), open);
    made.firstChild.append(element("bdi", "key", name), element("span", "count", summary(shaped)));
    row.append(made);
  }
  if (marked) row.firstChild.setAttribute("title", "Changed by this step");
  return row;
};

const draw = (shaped, depth, marked = []) => {
  if (shaped.kind === "text") return words("words", shaped.text || "“”", shaped.left);
  if (isFlat(shaped) && shaped.items) return element("span", "plain", shaped.kind === "list" ? "[ ]" : "{ }");
  if (shaped.kind === "plain") return element("span", "plain", shaped.text);
  if (shaped.kind === "message") return message(shaped);
  if (shaped.kind === "document") return source(shaped);
  const all = element("div", shaped.kind);
  shaped.items.forEach((item, place) => {
    if (shaped.kind === "object") all.append(entry(item[0], item[1], depth, marked.includes(item[0])));
    else all.append(isFlat(item) || isCard(item) ? draw(item, depth + 1) : entry(String(place + 1), item, depth + 1, false));
  });
  if (shaped.left) all.append(element("span", "left", `and ${shaped.left} more`));
  return all;
};

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".value");
  const text = JSON.stringify(data);
  if (root.drawn === text) return; // what a person has unfolded stays so
  root.drawn = text;
  root.replaceChildren(draw(data.value, 0, data.marked));
}
