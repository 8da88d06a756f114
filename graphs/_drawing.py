"""A graph laid out for a page that draws it itself, and lights it up: where each node stands, how each edge bends.

Sub-graphs stay folded, and so do nodes that do the same at the same place (the draft nodes of all techniques), so that
a picture fits beside what is told of a run.
"""

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from vademecum.graphs._layout import layout
from vademecum.graphs._picture import CHARACTER_WIDTH, bends

if TYPE_CHECKING:
    from langchain_core.runnables.graph import Graph

FOLD_FROM = 3
"""So many nodes of one prefix, with the same neighbours, are drawn as one."""

LAYER_HEIGHT = 64.0
"""Pixels from one layer to the next: less than in a picture by itself, so that a graph fits on a screen."""

ENDS = ("__start__", "__end__")


class Node(NamedTuple):
    """A box, its centre and size in pixels. `members`: the nodes it stands for, itself where it is one."""

    id: str
    label: str
    members: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


class Edge(NamedTuple):
    """A line, as SVG path data; `conditional` where a node decides whether it is taken."""

    source: str
    target: str
    path: str
    conditional: bool


class Drawing(NamedTuple):
    """All of it; `width` and `height` in pixels."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


def drawing(graph: "Graph") -> Drawing:
    """The graph laid out, without unfolding what lies in a node."""
    edges = {(edge.source, edge.target): edge.conditional for edge in graph.edges if edge.source != edge.target}
    stands = _folded(list(graph.nodes), list(edges))
    members: dict[str, list[str]] = defaultdict(list)
    for node in graph.nodes:
        members[stands[node]].append(node)
    labels = {name: _label(name, folded) for name, folded in members.items()}
    widths = {
        name: max(len(label) for label in (labels[name], *map(_plain, folded))) * CHARACTER_WIDTH + 24
        for name, folded in members.items()
    }
    joined = {(stands[source], stands[target]): conditional for (source, target), conditional in edges.items()}
    placed = layout(widths, list(joined), LAYER_HEIGHT)
    nodes = tuple(Node(name, labels[name], tuple(members[name]), *placed.boxes[name]) for name in members)
    drawn_edges = tuple(Edge(*edge, _path(placed.paths[edge]), conditional) for edge, conditional in joined.items())
    return Drawing(nodes, drawn_edges, placed.width, placed.height)


def _folded(nodes: list[str], edges: list[tuple[str, str]]) -> dict[str, str]:
    """By node: the name of what it is drawn as."""
    alike: dict[tuple[frozenset[str], frozenset[str], str], list[str]] = defaultdict(list)
    for node in nodes:
        before = frozenset(source for source, target in edges if target == node)
        after = frozenset(target for source, target in edges if source == node)
        prefix = node.partition("_")[0] if "_" in node.strip("_") else node
        alike[before, after, prefix].append(node)
    stands = {node: node for node in nodes}
    for (_, _, prefix), members in alike.items():
        if len(members) >= FOLD_FROM and not set(members) & set(ENDS):
            stands.update(dict.fromkeys(members, f"{prefix}_*"))
    return stands


def _label(name: str, members: list[str]) -> str:
    return f"{name.removesuffix('_*')}… ({len(members)})" if len(members) > 1 else _plain(name)


def _plain(name: str) -> str:
    return name.strip("_")


def _path(points: list[tuple[float, float]]) -> str:
    (x, y) = points[0]
    curves = (" ".join(f"{px:.1f},{py:.1f}" for px, py in bend) for bend in bends(points))
    return f"M{x:.1f},{y:.1f} " + " ".join(f"C{curve}" for curve in curves)
