// A table whose rows open, whose columns sort, and of which rows can be marked. Cells are set as text, never as HTML.

const heading = (column, data, setTriggerValue) => {
  const cell = element("th", column.end ? "end" : "");
  cell.scope = "col";
  const sorted = data.order === column.id;
  if (!column.sorts) {
    cell.append(element("span", column.label ? "" : "unseen", column.label || data.marking));
    return cell;
  }
  cell.setAttribute("aria-sort", sorted ? (data.ascending ? "ascending" : "descending") : "none");
  const button = element("button", sorted ? "sort on" : "sort", column.label);
  button.type = "button";
  button.append(element("span", "arrow", sorted ? (data.ascending ? " ↑" : " ↓") : ""));
  button.addEventListener("click", () => setTriggerValue("sorted", column.id));
  cell.append(button);
  return cell;
};

const mark = (row, data, setTriggerValue) => {
  const cell = element("td", "check");
  const box = element("input");
  box.type = "checkbox";
  box.checked = row.marked;
  box.setAttribute("aria-label", `${data.marking} ${row.name}`);
  box.addEventListener("change", () => setTriggerValue("marked", { id: row.id, on: box.checked }));
  cell.append(box);
  return cell;
};

const line = (row, data, setTriggerValue) => {
  const made = element("tr");
  made.append(mark(row, data, setTriggerValue));
  data.columns.slice(1).forEach((column, place) => {
    const said = row.cells[place];
    const cell = element("td", `${column.end ? "end " : ""}${column.opens ? "opens " : ""}${column.wide ? "wide " : ""}${column.id} ${said.tone || ""}`);
    if (column.opens) {
      const button = element("button", "open");
      button.type = "button";
      button.append(element("bdi", "text", said.text));
      if (said.more) button.append(element("bdi", "more", said.more));
      button.addEventListener("click", () => setTriggerValue("opened", row.id));
      cell.append(button);
    } else cell.append(element("bdi", "", said.text));
    made.append(cell);
  });
  return made;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const table = parentElement.querySelector("table");
  table.setAttribute("aria-label", data.label);
  const head = element("tr");
  head.append(...data.columns.map((column) => heading(column, data, setTriggerValue)));
  const top = element("thead");
  top.append(head);
  const body = element("tbody");
  body.append(...data.rows.map((row) => line(row, data, setTriggerValue)));
  table.replaceChildren(top, body);
}
