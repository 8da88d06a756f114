// Steps one below another, each with a bar that says when it ran. What they are called is set as text, never as HTML.

const bar = (step) => {
  const track = element("span", "track");
  const made = element("span", `bar ${step.tone}`);
  made.style.insetInlineStart = `${(step.from * 100).toFixed(2)}%`;
  made.style.width = `max(3px, ${((step.to - step.from) * 100).toFixed(2)}%)`;
  track.append(made);
  return track;
};

const row = (step, setTriggerValue) => {
  const item = element("li");
  const button = element("button", step.open ? "row open" : "row");
  button.type = "button";
  button.setAttribute("aria-pressed", String(step.open));
  button.addEventListener("click", () => setTriggerValue("picked", step.id));
  const name = element("span", "name");
  name.style.paddingInlineStart = `${Math.min(step.depth, 8) * 0.85}rem`;
  if (step.mark) name.append(element("span", `mark ${step.tone}`, step.mark));
  name.append(element("bdi", "label", step.name));
  if (step.kind) name.append(element("span", "kind", step.kind));
  button.append(name);
  if (step.to !== null) button.append(bar(step));
  button.append(element("span", "note", step.note));
  item.append(button);
  return item;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".rows");
  const focused = root.getRootNode().activeElement;
  const at = focused ? [...root.querySelectorAll(".row")].indexOf(focused) : -1;
  root.setAttribute("aria-label", data.label);
  root.replaceChildren(...data.rows.map((step) => row(step, setTriggerValue)));
  if (at >= 0) root.querySelectorAll(".row")[at]?.focus();
}
