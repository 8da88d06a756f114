"""Runs a chain of prompts that a file declares: steps one after the other, side by side, or on one of several branches.

    take_inputs → kind → inform | apologise | thank → shorten → finish      (the chain `reply`; each draws its own)

In three lines:

    graph = build(variant="article")
    inputs = {"topic": "Tides", "audience": "children"}
    text = graph.invoke({"inputs": inputs}, context=Context(model))["output"]

Chains are declared in `prompts/chains/*.yaml` (see `prompts/chaining.py`). Each step is a sub-graph by the technique of
its prompt (`_techniques.py`), or a runnable of one's own. `as_runnable(name, context)` is the same chain as an LCEL
runnable, to be a node of another graph or a part of another chain.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Checkpointer, Command, Overwrite

from vademecum.core.errors import UsageError
from vademecum.graphs import _lcel, _text_writer
from vademecum.graphs._context import GraphContext
from vademecum.models import model_calls
from vademecum.prompts import chaining
from vademecum.prompts.chaining import Chain
from vademecum.prompts.steps import Step
from vademecum.retrieval.library import Library

DOCUMENTS = "unused"
"""It works on its inputs alone."""

DEFAULT = "reply"
"""The chain that is drawn, and run, where none is named."""

MAX_STEPS = 60
"""Recursion limit, also of each step's sub-graph: the longest chain is far below."""


class State(TypedDict, total=False):
    """What a run knows. `results` are merged by step, so that steps that run side by side do not undo each other."""

    inputs: dict[str, str]
    """The chain's inputs by name: the input."""
    results: Annotated[dict[str, str], operator.or_]
    """What each step gave."""
    output: str
    """What the last step that ran gave."""


@dataclass(frozen=True)
class Context(GraphContext):
    """What the steps work with. `library` is asked for its embeddings where examples are chosen by likeness."""

    model: BaseChatModel | None = None
    model_name: str = ""
    library: Library | None = None

    @property
    def embeddings(self) -> Embeddings:
        """The library's embedding model."""
        if self.library is None:
            raise UsageError("examples are chosen by likeness, which needs embeddings; give the context a `library`")
        return self.library.embeddings

    @property
    def capable_model(self) -> BaseChatModel | None:
        """The model: a chain is run with whatever model the person takes."""
        return self.model


def variants() -> list[str]:
    """Names of the chains, each of which is a graph of its own: `chain:NAME`."""
    return chaining.names()


def taking(chain: Chain) -> Callable[..., dict[str, Any]]:
    """The node that begins a run."""

    def take_inputs(state: State) -> dict[str, Any]:
        """Check that the inputs are those that the chain declares, and begin without results."""
        inputs = state.get("inputs", {})
        chain.require(inputs)
        return {"inputs": inputs, "results": Overwrite({})}

    return take_inputs


def running(step: Step) -> Callable[..., Command[Any] | State]:
    """The node of one step: filled with exactly what it declares, by the technique of its prompt."""
    reply: Any = _lcel.own(step) if step.declared.runnable else _text_writer.node(step.load)

    def run(state: State, runtime: Runtime[Context]) -> Command[Any] | State:
        inputs = step.filled(state["inputs"], state.get("results", {}))
        if step.declared.runnable:
            text = str(reply.invoke(inputs))
        elif not isinstance(reply, Runnable):
            text = reply({"inputs": inputs}, runtime)["reply"]
        else:
            text = reply.invoke({"inputs": inputs}, context=runtime.context)["reply"]
        runtime.stream_writer({"step": step.name, "output": text})
        update: State = {"results": {step.name: text}}
        return Command(update=update, goto=step.branch(text)) if step.declared.branches else update

    run.__doc__ = f"Run {step.kind}."
    return run


def finishing(chain: Chain) -> Callable[..., State]:
    """The node that ends a run."""

    def finish(state: State) -> State:
        """Take what the last step gave."""
        return {"output": chain.last(state["results"])}

    return finish


def build(*, checkpointer: Checkpointer = None, variant: str = DEFAULT) -> CompiledStateGraph[Any, Any, Any, Any]:
    """The graph of the chain called `variant`, compiled; with a checkpointer, a run that was stopped can go on.

    Raises:
        UsageError: there is no such chain.
        PromptError: its file is broken; names the file and the step.
    """
    declared = chaining.load(variant)
    builder: Any = StateGraph(State, context_schema=Context)  # ty: ignore[invalid-argument-type]
    builder.add_node("take_inputs", taking(declared))
    builder.add_node("finish", finishing(declared), defer=True)
    builder.add_edge(START, "take_inputs")
    for step in declared.steps.values():
        ahead = tuple(dict.fromkeys(step.declared.branches.values())) or None
        builder.add_node(step.name, running(step), retry_policy=model_calls.RETRY, destinations=ahead)
    _connect(builder, declared.steps)
    builder.add_edge("finish", END)
    return builder.compile(checkpointer=checkpointer, name="chain").with_config(recursion_limit=MAX_STEPS)


def as_runnable(chain: str, context: Context) -> Runnable[dict[str, str], dict[str, str]]:
    """The chain as an LCEL runnable: its inputs in; inputs, what each step gave, and `output` out.

    It is made of LCEL's own parts (`RunnablePassthrough.assign`, `RunnableBranch`), not of the graph.

    Raises:
        UsageError: there is no such chain.
        PromptError: its file is broken, or, when invoked, an input is missing.
    """
    return _lcel.compiled(chaining.load(chain), context)


def _connect(builder: Any, steps: Mapping[str, Step]) -> None:
    """The edges: from what each step follows, and from the last ones to the end."""
    followed = {name for step in steps.values() for name in step.after}
    for step in steps.values():
        if not step.after:
            builder.add_edge("take_inputs", step.name)
        elif step.waits == "any" or len(step.after) == 1:
            for name in step.after if step.waits != "branch" else ():
                builder.add_edge(name, step.name)
        elif step.waits == "all":
            builder.add_edge(list(step.after), step.name)
        if step.name not in followed:
            builder.add_edge(step.name, "finish")
