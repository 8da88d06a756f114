// Draws how things are connected: names in boxes, what is said of two of them on the line between. Set as text, never as HTML.

const WIDTH = 900, STEPS = 400, LONGEST = 26;

const cut = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
const wide = (node) => cut(node.label).length * 6.7 + 20;

// Fruchterman and Reingold 1991, from a circle and without chance: drawn the same each time.
const placed = (nodes, edges, high) => {
  const at = nodes.map((_, i) => ({ x: WIDTH / 2 + 300 * Math.cos((2 * Math.PI * i) / nodes.length), y: high / 2 + 180 * Math.sin((2 * Math.PI * i) / nodes.length) }));
  const index = new Map(nodes.map((node, i) => [node.name, i]));
  const links = edges.map((edge) => [index.get(edge.subject), index.get(edge.object)]);
  const k = Math.min(105, 0.75 * Math.sqrt((WIDTH * high) / nodes.length));
  for (let step = 0; step < STEPS; step += 1) {
    const heat = 40 * (1 - step / STEPS) + 0.5;
    const move = at.map((one) => ({ x: (WIDTH / 2 - one.x) * 0.02, y: (high / 2 - one.y) * 0.04 }));
    for (let i = 0; i < at.length; i += 1)
      for (let j = 0; j < i; j += 1) {
        const dx = (at[i].x - at[j].x) / 1.7 || 0.1 * (i - j), dy = at[i].y - at[j].y || 0.1 * (i + j);
        const far = Math.max(Math.hypot(dx, dy), 1), push = (k * k) / far / far;
        move[i].x += dx * push; move[i].y += dy * push; move[j].x -= dx * push; move[j].y -= dy * push;
      }
    for (const [i, j] of links) {
      const dx = at[i].x - at[j].x, dy = at[i].y - at[j].y, pull = Math.hypot(dx, dy) / k / 2;
      move[i].x -= dx * pull; move[i].y -= dy * pull; move[j].x += dx * pull; move[j].y += dy * pull;
    }
    at.forEach((one, i) => {
      const far = Math.max(Math.hypot(move[i].x, move[i].y), 0.01), go = Math.min(far, heat) / far;
      one.x = Math.min(WIDTH - wide(nodes[i]) / 2 - 4, Math.max(wide(nodes[i]) / 2 + 4, one.x + move[i].x * go));
      one.y = Math.min(high - 18, Math.max(18, one.y + move[i].y * go));
    });
  }
  return new Map(nodes.map((node, i) => [node.name, at[i]]));
};

// Where the line from one box to another meets the other's edge.
const edgeOf = (from, to, node) => {
  const dx = from.x - to.x, dy = from.y - to.y;
  const part = Math.min(dx ? wide(node) / 2 / Math.abs(dx) : 9, dy ? 13 / Math.abs(dy) : 9, 1);
  return { x: to.x + dx * part, y: to.y + dy * part };
};

const drawn = (data, setTriggerValue) => {
  const height = 340 + Math.min(220, data.nodes.length * 8);
  const picture = shape("svg", { viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": data.label });
  const tips = shape("defs"), tip = shape("marker", { id: "end", viewBox: "0 0 8 8", refX: 8, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: "userSpaceOnUse", orient: "auto" });
  tip.append(shape("path", { d: "M0 0 L8 4 L0 8 z", class: "tip" }));
  tips.append(tip);
  picture.append(tips);
  const at = placed(data.nodes, data.edges, height), nodes = new Map(data.nodes.map((node) => [node.name, node]));
  for (const edge of data.edges) {
    const from = at.get(edge.subject), end = edgeOf(from, at.get(edge.object), nodes.get(edge.object));
    picture.append(shape("line", { x1: from.x, y1: from.y, x2: end.x, y2: end.y, class: edge.said ? "edge said" : "edge", "marker-end": "url(#end)" }));
  }
  for (const edge of data.edges.filter((one) => one.said)) {
    const from = at.get(edge.subject), to = at.get(edge.object);
    picture.append(shape("text", { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 - 3, "text-anchor": "middle", class: "relation" }, cut(edge.label)));
  }
  for (const node of data.nodes) {
    const { x, y } = at.get(node.name);
    const group = shape("g", { class: node.asked ? "node asked" : "node", tabindex: 0, role: "button", "aria-label": `${node.label}: what is connected with it` });
    const choose = () => setTriggerValue("chosen", node.name);
    group.addEventListener("click", choose);
    group.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); } });
    group.append(shape("title", {}, node.label), shape("rect", { x: x - wide(node) / 2, y: y - 13, width: wide(node), height: 26, rx: 13 }), shape("text", { x, y: y + 4, "text-anchor": "middle" }, cut(node.label)));
    picture.append(group);
  }
  return picture;
};

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".knowledge");
  const shown = JSON.stringify(data);
  if (root.shown === shown) return;
  root.shown = shown;
  root.replaceChildren(drawn(data, setTriggerValue));
}
