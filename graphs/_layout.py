"""Places the nodes of a graph in layers from top to bottom, and bends its edges around them.

Source: Sugiyama, Tagawa, Toda 1981, Methods for Visual Understanding of Hierarchical System Structures: break cycles,
assign layers by longest path, put stand-ins where an edge passes a layer, order by barycentres, then place.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

LAYER_HEIGHT = 84.0
"""Pixels from one layer to the next."""

NODE_HEIGHT = 34.0
GAP = 26.0
"""Pixels between neighbours of a layer."""

BESIDE = 9.0
"""Pixels by which an edge that has a counterpart the other way steps aside."""

SWEEPS = 12
"""Times the layers are reordered and straightened; more changes nothing on graphs of this size."""

Edge = tuple[str, str]


class Box(NamedTuple):
    """Centre and size of a node, in pixels."""

    x: float
    y: float
    width: float
    height: float = NODE_HEIGHT


class Layout(NamedTuple):
    """Boxes by node, and for each edge the points it passes, from its source's border to its target's."""

    boxes: dict[str, Box]
    paths: dict[Edge, list[tuple[float, float]]]
    width: float
    height: float


def layout(widths: Mapping[str, float], edges: Sequence[Edge], layer_height: float = LAYER_HEIGHT) -> Layout:
    """Places nodes of these widths (pixels; the first is the top) and edges between them."""
    forward = _acyclic(list(widths), edges)
    depth = _depths(list(widths), forward)
    sizes = dict(widths)
    chains: dict[Edge, list[str]] = {}
    for source, target in edges:
        top, bottom = sorted((source, target), key=lambda node: depth[node])
        chain = [top, *(f"{source}→{target}@{level}" for level in range(depth[top] + 1, depth[bottom])), bottom]
        for level, name in enumerate(chain[1:-1], depth[top] + 1):
            depth[name], sizes[name] = level, 4.0
        chains[source, target] = chain if top == source else chain[::-1]
    layers = _ordered(depth, [pair for chain in chains.values() for pair in pairwise(chain)])
    boxes = _placed(layers, sizes, chains.values(), layer_height)
    paths = {
        (source, target): _path([boxes[name] for name in chain], BESIDE if (target, source) in chains else 0.0)
        for (source, target), chain in chains.items()
    }
    right = max(box.x + box.width / 2 for box in boxes.values()) + GAP
    bottom_edge = max(box.y + box.height / 2 for box in boxes.values()) + GAP
    return Layout({name: boxes[name] for name in widths}, paths, right, bottom_edge)


def _acyclic(nodes: Sequence[str], edges: Sequence[Edge]) -> list[Edge]:
    """The edges with those that lead back (found by depth-first search) turned round."""
    follow: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        follow[source].append(target)
    state: dict[str, str] = {}
    back: set[Edge] = set()

    def visit(node: str) -> None:
        state[node] = "open"
        for target in follow[node]:
            if state.get(target) == "open":
                back.add((node, target))
            elif target not in state:
                visit(target)
        state[node] = "done"

    for node in nodes:
        if node not in state:
            visit(node)
    turned = [(target, source) if (source, target) in back else (source, target) for source, target in edges]
    return [(source, target) for source, target in turned if source != target]


def _depths(nodes: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    depth = dict.fromkeys(nodes, 0)
    for _ in nodes:
        for source, target in edges:
            depth[target] = max(depth[target], depth[source] + 1)
    return depth


def _ordered(depth: Mapping[str, int], pairs: Sequence[Edge]) -> list[list[str]]:
    """Layers of names, ordered so that few edges cross."""
    layers: list[list[str]] = [[] for _ in range(max(depth.values()) + 1)]
    for name, level in depth.items():
        layers[level].append(name)
    near: dict[str, list[str]] = defaultdict(list)
    for source, target in pairs:
        near[source].append(target)
        near[target].append(source)
    for sweep in range(SWEEPS):
        levels = range(1, len(layers)) if sweep % 2 == 0 else range(len(layers) - 2, -1, -1)
        for level in levels:
            beside = layers[level - 1] if sweep % 2 == 0 else layers[level + 1]
            place = {name: i / max(1, len(beside) - 1) for i, name in enumerate(beside)}
            layers[level].sort(key=lambda name, place=place: _mean([place[n] for n in near[name] if n in place], 0.5))
    return layers


def _placed(
    layers: Sequence[list[str]], sizes: Mapping[str, float], chains: Collection[list[str]], layer_height: float
) -> dict[str, Box]:
    near: dict[str, list[str]] = defaultdict(list)
    for chain in chains:
        for upper, lower in pairwise(chain):
            near[upper].append(lower)
            near[lower].append(upper)
    x: dict[str, float] = {}
    for layer in layers:
        _spread(layer, dict.fromkeys(layer, 0.0), sizes, x)
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            goals = {name: _mean([x[n] for n in near[name]], x[name]) for name in layer}
            _spread(layer, goals, sizes, x)
    margin = min(x[name] - sizes[name] / 2 for name in x) - GAP
    top = GAP + NODE_HEIGHT / 2
    return {
        name: Box(x[name] - margin, top + level * layer_height, sizes[name])
        for level, layer in enumerate(layers)
        for name in layer
    }


def _spread(layer: Sequence[str], goals: Mapping[str, float], sizes: Mapping[str, float], x: dict[str, float]) -> None:
    """Put the layer's nodes as near to where they want to be as their order and widths allow."""
    apart = [(sizes[name] + sizes[following]) / 2 + GAP for name, following in pairwise(layer)]
    goal = [goals[name] for name in layer]
    from_left, from_right = goal[:], goal[:]
    for i, distance in enumerate(apart):
        from_left[i + 1] = max(from_left[i + 1], from_left[i] + distance)
    for i, distance in reversed(list(enumerate(apart))):
        from_right[i] = min(from_right[i], from_right[i + 1] - distance)
    for name, leftmost, rightmost in zip(layer, from_left, from_right, strict=True):
        x[name] = (leftmost + rightmost) / 2


def _path(boxes: Sequence[Box], aside: float) -> list[tuple[float, float]]:
    down = 1 if boxes[-1].y > boxes[0].y else -1
    start = (boxes[0].x + down * aside, boxes[0].y + down * boxes[0].height / 2)
    end = (boxes[-1].x + down * aside, boxes[-1].y - down * boxes[-1].height / 2)
    return [start, *((box.x, box.y) for box in boxes[1:-1]), end]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
