"""How a single prompt is run by its technique, and a chain of them."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum import graph_runs, prompts
from vademecum.evaluation.spending import Spending
from vademecum.events import Event
from vademecum.graphs import chain, prompt_graph
from vademecum.prompts import Prompt, chaining
from vademecum.tracing.traced import traced
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.callbacks import BaseCallbackHandler
    from langchain_core.embeddings import Embeddings
    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import Runnable


class Tried(NamedTuple):
    """The result of a prompt. `steps` are the nodes that ran, in order; `agreed`: how many of the samples agree."""

    prompt: str
    technique: str
    reply: str
    reasoning: str
    steps: tuple[str, ...]
    agreed: tuple[int, ...]
    model: str
    calls: int
    tokens: int
    run_id: str
    seconds: float


def try_prompt(
    workspace: Workspace,
    name: str,
    inputs: Mapping[str, str],
    *,
    technique: str | None = None,
    model: str | None = None,
    callbacks: "Sequence[BaseCallbackHandler]" = (),
) -> Tried:
    """Run one prompt by its technique, or by another one that its file has all for; `callbacks` see the run.

    Raises:
        UsageError: no such prompt, or no language model.
        PromptError: an input is missing or unknown, or the prompt lacks what the technique needs.
        ModelError: the model did not answer.
    """
    began, spending = time.perf_counter(), Spending()
    prompt = under(name, technique)
    prompt.require(dict(inputs))
    model_name = workspace.model_name(model)
    context = chain.Context(workspace.model(model_name), model_name, workspace.library)
    graph = prompt_graph(lambda embeddings: under(name, technique, embeddings))
    run = graph_runs.new_config(None)
    bound = traced(graph, workspace.settings, context=context)
    steps, state = _run(bound, {"inputs": dict(inputs)}, {**run, "callbacks": [spending, *callbacks]})
    usage = spending.usage()
    return Tried(
        prompt=name,
        technique=prompt.technique,
        reply=state["reply"],
        reasoning=state.get("reasoning", ""),
        steps=tuple(steps),
        agreed=tuple(state.get("agreed", ())),
        model=model_name,
        calls=usage.calls,
        tokens=usage.tokens,
        run_id=str(run.get("run_id")),
        seconds=time.perf_counter() - began,
    )


def _run(graph: "Runnable[Any, Any]", graph_input: dict[str, Any], config: Any) -> tuple[list[str], dict[str, Any]]:
    """The nodes that ran, in order, and the state at the end."""
    steps: list[str] = []
    state: dict[str, Any] = {}
    for mode, part in graph.stream(graph_input, config, stream_mode=["updates", "values"]):
        if mode == "updates":
            steps.extend(part)
        else:
            state = part
    return steps, state


def messages(
    workspace: Workspace, name: str, inputs: Mapping[str, str], *, technique: str | None = None
) -> "list[BaseMessage]":
    """The messages that a prompt would be sent as first; with a placeholder for the result of each of its steps.

    Raises:
        PromptError: as `try_prompt` does.
    """
    prompt = under(name, technique)
    prompt.require(dict(inputs))
    if prompt.needs_embeddings:
        prompt = under(name, technique, workspace.library.embeddings)
    placeholders = {step: f"[what {prompt_name} gives]" for step, prompt_name in prompt.front.steps.items()}
    return prompt.render(**inputs, **placeholders)


def under(name: str, technique: str | None, embeddings: "Embeddings | None" = None) -> Prompt:
    """The prompt, by the technique of its file or by another."""
    prompt = prompts.load(name, embeddings=embeddings)
    return prompt.under(technique) if technique and technique != prompt.technique else prompt


def run_chain(
    workspace: Workspace,
    name: str,
    inputs: Mapping[str, str],
    *,
    thread: str | None = None,
    model: str | None = None,
) -> Iterator[Event]:
    """Run a chain, as events: its steps, their words, the output of each, then `Done` with the state.

    With `thread` it is stored, and a run with the same inputs that was stopped there goes on with the steps missing.

    Raises:
        UsageError: no such chain, or no language model.
        PromptError: an input is missing or unknown, or the chain's file is broken.
        ModelError: the model did not answer.
    """
    graph = f"chain:{name}"
    graph_runs.check_before_run(workspace, graph, thread=thread)
    run = graph_runs.prepare(workspace, graph, thread=thread, model=model)
    graph_input: dict[str, Any] = {"inputs": dict(inputs)}
    return run.events(None if thread and _was_stopped(run, name, graph_input) else graph_input)


def _was_stopped(run: graph_runs.Run, name: str, graph_input: dict[str, Any]) -> bool:
    """Whether the thread holds a run of this chain, with these inputs, that did not come to its end."""
    graph: Any = run.graph
    state = graph.get_state(run.config)
    steps = {"take_inputs", "finish", *chaining.load(name).steps}
    return bool(state.next) and set(state.next) <= steps and state.values.get("inputs") == graph_input["inputs"]
