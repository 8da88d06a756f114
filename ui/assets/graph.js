// Draws a graph, and lights up what has run, in order. Names are set as text, never as HTML.

const PACE = 160; // milliseconds from one node to the next, at least: a run of 50 ms could not be followed otherwise

const line = (edge) =>
  shape("path", { d: edge.path, class: edge.conditional ? "edge maybe" : "edge", "data-edge": `${edge.source} ${edge.target}`, "marker-end": "url(#tip)" });

const box = (node) => {
  const group = shape("g", { class: node.end ? "node end" : "node", "data-node": node.id });
  const corner = { x: node.x - node.width / 2, y: node.y - node.height / 2, width: node.width, height: node.height, rx: node.end ? node.height / 2 : 8, class: "box" };
  group.append(shape("rect", corner), shape("text", { x: node.x, y: node.y + 4.5, "text-anchor": "middle" }, node.label));
  group.append(shape("rect", { class: "badge", y: node.y + node.height / 2 - 7, height: 15, rx: 7.5 }), shape("text", { "text-anchor": "middle", class: "time" }));
  return group;
};

// The time of a node on its lower right corner, over whatever edge passes there.
const stamp = (group, node, said) => {
  const [badge, time] = [group.querySelector(".badge"), group.querySelector(".time")];
  const width = said ? said.length * 5.4 + 12 : 0; // 5.4: a character's width at this size, on average
  const right = node.x + node.width / 2 + 10;
  badge.setAttribute("x", right - width);
  badge.setAttribute("width", width);
  time.setAttribute("x", right - width / 2);
  time.setAttribute("y", node.y + node.height / 2 + 4.5);
  time.textContent = said;
};

const arrow = (name) => {
  const tip = shape("marker", { id: name, viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 8, markerHeight: 8, markerUnits: "userSpaceOnUse", orient: "auto" });
  tip.append(shape("path", { d: "M0 0 L8 4 L0 8 z", class: name === "tip" ? "tip" : "tip taken" }));
  return tip;
};

const drawn = (data) => {
  const picture = shape("svg", { viewBox: `0 0 ${data.width} ${data.height + 8}`, role: "img" });
  picture.style.maxWidth = `${data.width}px`;
  const tips = shape("defs");
  tips.append(arrow("tip"), arrow("tip-taken"));
  picture.append(tips, ...data.edges.map(line), ...data.nodes.map(box));
  return picture;
};

const light = (root, data, many) => {
  const said = new Map();
  data.visits.slice(0, many).forEach((visit, place) => said.set(visit.box, { ...visit, place, times: (said.get(visit.box)?.times || 0) + 1 }));
  for (const group of root.querySelectorAll("[data-node]")) {
    const visit = said.get(group.dataset.node);
    const tone = visit ? (visit.error ? "failed" : visit.seconds === null ? "running" : "ran") : data.next.includes(group.dataset.node) ? "next" : "";
    group.setAttribute("class", `node ${group.classList.contains("end") ? "end" : ""} ${tone} ${data.open === group.dataset.node ? "open" : ""}`);
    const node = data.nodes.find((one) => one.id === group.dataset.node);
    group.querySelector("text").textContent = visit && node.folded ? visit.name : node.label;
    stamp(group, node, visit && visit.seconds !== null ? `${visit.times > 1 ? `${visit.times}× · ` : ""}${visit.time}` : "");
  }
  const taken = new Set(data.visits.slice(0, many).map((visit, place, all) => `${place ? all[place - 1].box : "__start__"} ${visit.box}`));
  if (many && many >= data.visits.length && data.over) taken.add(`${data.visits[many - 1].box} __end__`);
  for (const path of root.querySelectorAll(".edge")) {
    const on = path.classList.toggle("taken", taken.has(path.dataset.edge));
    path.setAttribute("marker-end", on ? "url(#tip-taken)" : "url(#tip)");
  }
};

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".graph");
  if (root.graph !== data.graph) {
    root.graph = data.graph;
    root.replaceChildren(drawn(data));
  }
  root.firstChild.setAttribute("aria-label", data.label);
  const fresh = root.run !== data.run;
  root.run = data.run;
  const still = !data.live || matchMedia("(prefers-reduced-motion: reduce)").matches;
  clearTimeout(root.timer);
  root.shown = still ? data.visits.length : fresh ? 0 : Math.min(root.shown || 0, data.visits.length);
  const step = () => {
    if (root.shown < data.visits.length) root.shown += 1;
    light(root, data, root.shown);
    if (root.shown < data.visits.length) root.timer = setTimeout(step, PACE);
  };
  if (still || !data.visits.length) light(root, data, root.shown);
  else step();
}
