"""The drawing of a graph as SVG or PNG, made here: LangGraph's own need a browser, Graphviz or a web service."""

import io
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

from vademecum.graphs._layout import Edge, Layout, layout

if TYPE_CHECKING:
    from langchain_core.runnables.graph import Graph

CHARACTER_WIDTH = 8.1
"""Pixels of one letter at `FONT_SIZE`, generously."""

FONT_SIZE = 14
FILL, ENDS, LINE, TEXT = "#f2f0ff", "#bfb6fc", "#7a6fce", "#1f1b3a"
DASH = 6
ARROW = 8.0
SCALE = 2
"""Pixels of the PNG for each of the SVG's, so that it stays sharp."""

STEPS = 16
"""Straight pieces for each bend of an edge in the PNG."""

Point = tuple[float, float]


def svg(graph: "Graph") -> str:
    """The graph as an SVG document; dashed edges are taken only on a condition."""
    layout, labels, dashed = _arranged(graph)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{layout.width:.0f}" height="{layout.height:.0f}" '
        f'viewBox="0 0 {layout.width:.0f} {layout.height:.0f}" font-family="Helvetica, Arial, sans-serif" '
        f'font-size="{FONT_SIZE}">',
        f'<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="{ARROW:.0f}" '
        f'markerHeight="{ARROW:.0f}" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{LINE}"/></marker></defs>',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for edge, points in layout.paths.items():
        start, *curves = points[0], *bends(points)
        curve = f"M{start[0]:.1f} {start[1]:.1f} " + " ".join(
            "C" + ", ".join(f"{x:.1f} {y:.1f}" for x, y in bend) for bend in curves
        )
        dash = f' stroke-dasharray="{DASH} {DASH - 2}"' if edge in dashed else ""
        parts.append(f'<path d="{curve}" fill="none" stroke="{LINE}"{dash} marker-end="url(#arrow)"/>')
    for node, box in layout.boxes.items():
        fill = ENDS if node in ("__start__", "__end__") else FILL
        parts.append(
            f'<rect x="{box.x - box.width / 2:.1f}" y="{box.y - box.height / 2:.1f}" width="{box.width:.1f}" '
            f'height="{box.height:.1f}" rx="8" fill="{fill}" stroke="{LINE}"/>'
            f'<text x="{box.x:.1f}" y="{box.y + FONT_SIZE * 0.35:.1f}" text-anchor="middle" fill="{TEXT}">'
            f"{escape(labels[node])}</text>"
        )
    return "\n".join([*parts, "</svg>\n"])


def png(graph: "Graph") -> bytes:
    """The graph as a PNG picture."""
    from PIL import Image, ImageDraw, ImageFont

    layout, labels, dashed = _arranged(graph)
    picture = Image.new("RGB", (round(layout.width * SCALE), round(layout.height * SCALE)), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(FONT_SIZE * SCALE)
    for edge, points in layout.paths.items():
        line = [(x * SCALE, y * SCALE) for x, y in _straightened(points)]
        for piece in _dashes(line) if edge in dashed else [line]:
            pen.line(piece, fill=LINE, width=SCALE, joint="curve")
        pen.polygon(_arrow_head(line[-2], line[-1]), fill=LINE)
    for node, box in layout.boxes.items():
        corners = [(box.x - box.width / 2) * SCALE, (box.y - box.height / 2) * SCALE]
        corners += [(box.x + box.width / 2) * SCALE, (box.y + box.height / 2) * SCALE]
        fill = ENDS if node in ("__start__", "__end__") else FILL
        pen.rounded_rectangle(corners, radius=8 * SCALE, fill=fill, outline=LINE, width=SCALE)
        pen.text((box.x * SCALE, box.y * SCALE), labels[node], fill=TEXT, font=font, anchor="mm")
    stored = io.BytesIO()
    picture.save(stored, "PNG", optimize=True)
    return stored.getvalue()


def _arranged(graph: "Graph") -> tuple[Layout, dict[str, str], set[Edge]]:
    """Where everything goes, the label of each node, and the edges taken only on a condition."""
    labels = {name: name.replace(":", " › ").strip("_") for name in graph.nodes}
    widths = {name: len(label) * CHARACTER_WIDTH + 24 for name, label in labels.items()}
    edges = list(dict.fromkeys((edge.source, edge.target) for edge in graph.edges if edge.source != edge.target))
    return layout(widths, edges), labels, {(edge.source, edge.target) for edge in graph.edges if edge.conditional}


def bends(points: list[Point]) -> list[tuple[Point, Point, Point]]:
    """Cubic Bézier pieces through the points, leaving and arriving vertically: (control, control, end) of each."""
    pieces = []
    for (x1, y1), (x2, y2) in pairwise(points):
        half = (y1 + y2) / 2
        pieces.append(((x1, half), (x2, half), (x2, y2)))
    return pieces


def _straightened(points: list[Point]) -> list[Point]:
    line = [points[0]]
    for (ax, ay), (bx, by), (cx, cy) in bends(points):
        sx, sy = line[-1]
        for step in range(1, STEPS + 1):
            t = step / STEPS
            u = 1 - t
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            line.append(
                (
                    sum(w * v for w, v in zip(weights, (sx, ax, bx, cx), strict=True)),
                    sum(w * v for w, v in zip(weights, (sy, ay, by, cy), strict=True)),
                )
            )
    return line


def _dashes(line: list[Point]) -> list[list[Point]]:
    """Every other stretch of the line, each about `DASH` long."""
    pieces: list[list[Point]] = [[line[0]]]
    remaining = DASH * SCALE
    for (x1, y1), (x2, y2) in pairwise(line):
        length = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        offset = 0.0
        while length - offset >= remaining:
            offset += remaining
            point = (x1 + (x2 - x1) * offset / length, y1 + (y2 - y1) * offset / length)
            pieces[-1].append(point)
            pieces.append([point])
            remaining = DASH * SCALE
        remaining -= length - offset
        pieces[-1].append((x2, y2))
    return [piece for piece in pieces[::2] if len(piece) > 1]


def _arrow_head(before: Point, tip: Point) -> list[Point]:
    dx, dy = tip[0] - before[0], tip[1] - before[1]
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    dx, dy, size = dx / length, dy / length, ARROW * SCALE
    back = (tip[0] - dx * size, tip[1] - dy * size)
    return [tip, (back[0] - dy * size / 2, back[1] + dx * size / 2), (back[0] + dy * size / 2, back[1] - dx * size / 2)]
