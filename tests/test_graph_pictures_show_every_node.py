"""Every graph, also one added later, can be built without a model, described and drawn, without a network."""

import io
import re
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image

from vademecum import graphs
from vademecum.core.errors import UsageError
from vademecum.graphs._layout import layout


def test_the_graphs_of_the_product_are_found() -> None:
    assert {"answer", "chain", "chat"} <= set(graphs.names())


@pytest.mark.parametrize("name", graphs.names())
def test_every_graph_says_what_it_does_and_bounds_its_steps(name: str) -> None:
    graph = graphs.build(name)
    assert graphs.describe(name).endswith(".")
    assert graph.name == name
    assert 0 < graph.config["recursion_limit"] <= 100
    assert graph.context_schema is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", graphs.names())
def test_every_node_is_in_every_picture(name: str) -> None:
    drawing = graphs.build(name).get_graph(xray=True)
    labels = {node.split(":")[-1].strip("_") for node in drawing.nodes}
    mermaid = graphs.draw(name, "mermaid").decode()
    svg = ElementTree.fromstring(graphs.draw(name, "svg"))
    written = {text.text.split(" › ")[-1] for text in svg.iter("{http://www.w3.org/2000/svg}text")}
    assert written == labels
    assert all(label in mermaid for label in labels)
    paths = list(svg.iter("{http://www.w3.org/2000/svg}path"))[1:]
    assert len(paths) == len({(edge.source, edge.target) for edge in drawing.edges})
    picture = Image.open(io.BytesIO(graphs.draw(name, "png")))
    assert picture.width > 400
    assert sum(map(bool, picture.convert("L").histogram())) > 2  # shades of grey


def test_no_nodes_overlap_and_cycles_are_drawn() -> None:
    widths = dict.fromkeys("abcdef", 80.0)
    edges = [("a", "b"), ("b", "c"), ("c", "b"), ("b", "d"), ("a", "d"), ("b", "e"), ("d", "f"), ("e", "f"), ("f", "a")]
    found = layout(widths, edges)
    boxes = list(found.boxes.values())
    for i, one in enumerate(boxes):
        for other in boxes[i + 1 :]:
            apart = abs(one.x - other.x) >= (one.width + other.width) / 2
            assert apart or abs(one.y - other.y) >= one.height
    assert set(found.paths) == set(edges)
    assert found.paths["c", "b"][0][1] > found.paths["c", "b"][-1][1]


def test_an_unknown_graph_or_format_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match=re.escape("answer, chain, chat")):
        graphs.draw("telepathy")
    with pytest.raises(UsageError, match="mermaid, svg, png"):
        graphs.draw("answer", "gif")
