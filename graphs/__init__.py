"""LangGraph state graphs, one file each, read top to bottom as their drawing: state, context, nodes, edges, `build`.

    from vademecum.graphs import answer
    graph = answer.build()
    graph.invoke({"question": "Why?"}, context=answer.Context(library, Verifier(library.embeddings)))["answer"]

To add one, write `graphs/<name>.py` with a first docstring line that says what it does and

    def build(*, checkpointer: BaseCheckpointSaver | None = None) -> CompiledStateGraph: ...

What its nodes need comes in at run time through its `Context` (`context_schema`), never at build time, so that a graph
can be drawn, exported and served without a model or a document. Nothing else needs an edit: `names` lists it, `build`
finds it, `draw` draws it. A graph that comes in several forms has `variants() -> list[str]`, and `build` takes
`variant=`: they are named `<name>:<variant>`. `DOCUMENTS` says whether it needs any (see `documents`). Modules whose
names begin with an underscore are parts of graphs.
"""

from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from vademecum.core import plugins
from vademecum.core.errors import UsageError
from vademecum.graphs._drawing import Drawing

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from vademecum.graphs._techniques import Load

members = plugins.Members("graphs")

FORMATS = ("mermaid", "svg", "png")

Documents = Literal["needed", "useful", "unused"]


def names() -> list[str]:
    """Names of all graphs, sorted, as the command line takes them."""
    return members.names()


def describe(name: str) -> str:
    """The first line of the docstring of the graph, or of the agent ("agent:assistant"): what it does."""
    if name.startswith("agent:"):
        from vademecum import agents

        return agents.describe(name.removeprefix("agent:"))
    return plugins.about(module(name))


def module(name: str) -> ModuleType:
    """The module of the graph called `name`, or of the one that `name` is a variant of (`chain:article`).

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    graph, colon, variant = name.partition(":")
    graph_module = members.get(graph)
    variants = graph_module.variants() if hasattr(graph_module, "variants") else []
    if colon and variant not in variants:
        raise UsageError(f"the graph {graph!r} has no variant {variant!r}; there are: {', '.join(variants) or 'none'}")
    return graph_module


def documents(name: str) -> Documents:
    """Whether the graph needs documents, as its module declares with `DOCUMENTS`.

    "needed": without any, a run is refused; "useful" (where nothing is declared): it can do something without;
    "unused": it works on what it is asked alone.
    """
    return getattr(module(name), "DOCUMENTS", "useful")


def context_schema(name: str) -> type[Any] | None:
    """The dataclass of what the graph's nodes work with; None where they need nothing."""
    return getattr(module(name), "Context", None)


def build(name: str, *, checkpointer: "BaseCheckpointSaver | None" = None) -> "CompiledStateGraph[Any, Any, Any, Any]":
    """The graph called `name`, compiled; `chain:article` is the graph `chain` for the chain `article`.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    variant = {"variant": name.partition(":")[2]} if ":" in name else {}
    return module(name).build(checkpointer=checkpointer, **variant)


def prompt_graph(load: "Load") -> "CompiledStateGraph[Any, Any, Any, Any]":
    """The graph that answers one prompt by its technique: its inputs in, the reply out; `load` reads the prompt."""
    from vademecum.graphs import _text_writer

    return _text_writer.build(load)


def draw(name: str, format: str = "mermaid") -> bytes:
    """The picture of a graph, sub-graphs unfolded: Mermaid text or SVG (UTF-8), or PNG. Needs no network.

    "agent:assistant" is the loop of an agent: reason, act, observe, with the hooks of its middleware.

    Raises:
        UsageError: no such graph or agent, or no such format.
    """
    if format not in FORMATS:
        raise UsageError(f"no picture format {format!r}; there are: {', '.join(FORMATS)}")
    drawing = _drawable(name).get_graph(xray=True)
    if format == "mermaid":
        return drawing.draw_mermaid().encode()
    from vademecum.graphs import _picture

    return _picture.svg(drawing).encode() if format == "svg" else _picture.png(drawing)


def drawing(name: str) -> Drawing:
    """The graph (or agent) laid out with its sub-graphs folded, for a page that draws it and lights it up.

    Raises:
        UsageError: no such graph or agent.
    """
    from vademecum.graphs import _drawing

    return _drawing.drawing(_drawable(name).get_graph())


def _drawable(name: str) -> "CompiledStateGraph[Any, Any, Any, Any]":
    kind, _, agent = name.rpartition(":")
    if kind == "agent":
        from vademecum import agents

        return agents.for_drawing(agent)
    return build(name)
