"""The picture of a graph, with the nodes that have run highlighted."""

from collections.abc import Collection, Sequence
from typing import Any

import streamlit as st

from vademecum import graphs
from vademecum.graphs import Drawing
from vademecum.stepwise_run import Visit
from vademecum.ui import component
from vademecum.ui.steps import duration


@st.cache_data(show_spinner=False)
def drawing(name: str) -> Drawing:
    """The layout of a graph; computed once in a process."""
    return graphs.drawing(name)


def show(
    name: str,
    visits: Sequence[Visit] = (),
    *,
    run: str = "",
    live: bool = False,
    over: bool = False,
    open_node: str = "",
    next_: Collection[str] = (),
) -> None:
    """Draw the graph called `name`.

    `visits` are lit up, one after the other where they are `live` (of the run called `run`); `open_node` is the node
    whose states are shown, and nodes in `next_` are marked as those that would run next.
    """
    picture = shape(name, visits, open_node=open_node, next_=next_)
    component.show(
        "graph",
        '<div class="graph"></div>',
        key="graph-picture",
        data={**picture, "graph": name, "run": run, "live": live, "over": over},
    )


def shape(name: str, visits: Sequence[Visit], *, open_node: str = "", next_: Collection[str] = ()) -> dict[str, Any]:
    """The data of the component."""
    layout = drawing(name)
    boxes = {member: node.id for node in layout.nodes for member in node.members}
    top = [visit for visit in visits if not visit.path and visit.node in boxes]
    node_names = ", then ".join(visit.node for visit in top)
    return {
        "nodes": [
            {
                "id": node.id,
                "label": node.label,
                "folded": len(node.members) > 1,
                "end": node.id in ("__start__", "__end__"),
                "x": node.x,
                "y": node.y,
                "width": node.width,
                "height": node.height,
            }
            for node in layout.nodes
        ],
        "edges": [edge._asdict() for edge in layout.edges],
        "width": layout.width,
        "height": layout.height,
        "visits": [
            {
                "box": boxes[visit.node],
                "name": visit.node,
                "seconds": visit.seconds,
                "time": "" if visit.seconds is None else duration(visit.seconds),
                "error": bool(visit.error),
            }
            for visit in top
        ],
        "open": boxes.get(open_node, ""),
        "next": sorted({boxes[node] for node in next_ if node in boxes}),
        "label": f"The graph {name}." + (f" Ran: {node_names}." if node_names else ""),
    }
