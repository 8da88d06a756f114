"""How a notebook runs its graphs: what they are given, where they are traced, what they tell while they run."""

import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from vademecum import agents, graphs
from vademecum.core.errors import PromptError, VademecumError
from vademecum.core.settings import Settings
from vademecum.core.types import Answer, Scope
from vademecum.events import Checked, Done, Event, Output, Step, Token
from vademecum.stopping import AtNextWord, Stopped
from vademecum.tracing.traced import traced

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig
    from langgraph.types import Command

    from vademecum.notebook import Notebook


REPLIER = ("speaker", "agent")
"""Choices that a run which stopped goes on with: they are kept beside its checkpoints."""


@dataclass(frozen=True)
class Run:
    """One run to be made: the graph with all that its nodes work with, and its name in traces."""

    notebook: "Notebook"
    graph: "Runnable[Any, Any]"
    config: "RunnableConfig"
    stored: bool = True

    @property
    def run_id(self) -> str:
        """The run's id, in traces and in the answer."""
        return str(self.config["run_id"])

    @property
    def thread_id(self) -> str:
        """The conversation; empty where nothing is stored."""
        if not self.stored:
            return ""
        return self.config.get("configurable", {}).get("thread_id", "")


def prepare(
    notebook: "Notebook",
    name: str,
    *,
    thread: str | None,
    stored: bool = True,
    **choices: Any,
) -> Run:
    """The graph called `name` with everything it needs; stored as a conversation only where `thread` names one.

    `choices` are settings for this run (None: as the settings say). A conversation that is not `stored` goes on as long
    as the process does.
    """
    made = context(notebook, name, {key: value for key, value in choices.items() if value is not None})
    saver = (notebook.checkpointer if stored else notebook.unstored) if thread else None
    graph = graphs.build(name, checkpointer=saver)
    if hasattr(made, "user"):  # the graph has a long-term memory
        graph = graph.copy({"store": notebook.store})
    told: RunnableConfig = {"metadata": metadata(notebook, name, choices)}
    run = config(thread, name)
    if thread and stored:
        from vademecum.memory.time_travel import lineage

        chosen = {key: choices[key] for key in REPLIER if choices.get(key)}
        run["metadata"] = {**run.get("metadata", {}), **chosen, **lineage(notebook.checkpointer, thread)}
    return Run(notebook, traced(graph, notebook.settings, told, context=made), run, stored)


def answer(run: Run, question: str) -> Answer:
    """The answer, when it is whole."""
    began = time.perf_counter()
    state = run.graph.invoke(_asked(question), run.config)
    tidy(run)
    return _signed(run, state["answer"], began)


def events(
    run: Run, question: "str | dict[str, Any] | Command[Any] | None", stop: threading.Event | None = None
) -> Iterator[Event]:
    """The answer as it is made; a graph that is not asked a question is given its input (None: it goes on).

    Once `stop` is set it ends, without `Done`.
    """
    if stop is None:
        yield from _events(run, question)
        return
    run.config["callbacks"] = [AtNextWord(stop)]
    try:
        for event in _events(run, question):
            yield event
            if stop.is_set():
                return
    except Stopped:
        return
    except VademecumError:
        if not stop.is_set():  # what fails while a run ends is of no interest
            raise


def _events(run: Run, question: "str | dict[str, Any] | Command[Any] | None") -> Iterator[Event]:
    began = time.perf_counter()
    state: dict[str, Any] = {}
    waits: tuple[agents.Waiting, ...] = ()
    for part in run.graph.stream(
        _asked(question),
        run.config,
        stream_mode=["tasks", "messages", "custom", "values"],
        subgraphs=True,
        version="v2",
    ):
        if part["type"] == "values" and not part["ns"]:
            state, waits = part["data"], waiting(run, part.get("interrupts", ()))
        else:
            yield from _told(part)
    tidy(run)
    messages, found = state.get("messages", []), state.get("answer")
    signed = _signed(run, found, began) if found else None
    reply = "" if waits else found.text if found else agents.reply(messages)
    yield Done(signed, reply, agents.calls(messages), state, waits)


def waiting(run: Run, interrupts: Sequence[Any]) -> tuple[agents.Waiting, ...]:
    """The calls that wait for a person, of what a run was interrupted by."""
    return tuple(call._replace(thread=run.thread_id) for call in agents.waiting(interrupts))


def last(told: Iterator[Event]) -> Done:
    """What a run came to, where the way there is of no interest."""
    *_, done = told
    assert isinstance(done, Done)
    return done


def bound(notebook: "Notebook", name: str, thread: str | None) -> "Runnable[Any, Any]":
    """The graph with context, conversation and tracing given, so that `invoke` needs only the input."""
    graph = prepare(notebook, name, thread=thread).graph
    if not thread:
        return graph
    from vademecum.memory.time_travel import lineage

    return graph.with_config(configurable={"thread_id": thread}, metadata=lineage(notebook.checkpointer, thread))


def metadata(notebook: "Notebook", graph: str, choices: Mapping[str, Any]) -> dict[str, Any]:
    """What a trace says of a run beside its inputs and outputs: with what it was made, and for whom."""
    settings = notebook.settings
    model = choices.get("model") or settings.model
    technique = choices.get("technique") or settings.technique
    told = {
        "graph": graph,
        "user": choices.get("user") or settings.user,
        "model": re.sub(r"(?<=://)[^/@\s]+@", "***@", model),
        "technique": technique,
        "mode": choices.get("mode") or settings.mode,
        "refuse_below": settings.refuse_below,
        "embeddings": settings.embeddings,
        **{name: choices.get(name) for name in Scope.model_fields},
        "prompts": {} if model == "extractive" else _prompts(graph, technique),
    }
    return {key: value for key, value in told.items() if value not in (None, "", {})}


def _prompts(graph: str, technique: str) -> dict[str, str]:
    """Fingerprints of the prompts that a run may use: the technique's, the graph's own, and those of all graphs."""
    from vademecum import prompts

    area = graph.partition(":")[0]
    mine = [
        name
        for name in prompts.names()
        if name == f"answer/{technique}" or (name.partition("/")[0] == area != "answer") or "/" not in name
    ]
    found = {}
    for name in mine:
        with suppress(PromptError):  # a broken one says so where it is used
            found[name] = prompts.fingerprint(name)
    return found


def config(thread: str | None, graph: str | None = None) -> "RunnableConfig":
    """The configuration of one run: its id, its conversation, and the name of its graph, by which it can be resumed."""
    conversation = {"configurable": {"thread_id": thread}} if thread else {}
    run_id = uuid.uuid4()
    # The graph's nodes see the metadata, and not the run's id: an answer that is stored carries it from there.
    named = {"metadata": {"graph": graph, "run": str(run_id)}} if graph else {}
    return {"run_id": run_id, **conversation, **named}


def context(notebook: "Notebook", name: str, choices: Mapping[str, Any]) -> Any:
    """What the nodes of the graph called `name` work with: what this run chooses, else as the settings say."""
    settings = notebook.settings
    model_name = choices.get("model") or settings.model
    values = {
        **{each: getattr(settings, each) for each in Settings.model_fields},
        **choices,
        "settings": settings,
        "library": notebook.library,
        "verifier": notebook.verifier,
        "model": notebook.model(model_name),
        "model_name": model_name,
    }
    schema = getattr(graphs.module(name), "Context", None)
    return schema and schema(**{field.name: values[field.name] for field in fields(schema) if field.name in values})


def _asked(question: Any) -> Any:
    return {"question": question} if isinstance(question, str) else question


def _told(part: dict[str, Any]) -> Iterator[Event]:
    data, path = part["data"], tuple(step.partition(":")[0] for step in part["ns"])
    if part["type"] == "tasks":
        yield Step(data["name"], done="result" in data, path=path)
    elif part["type"] == "messages" and data[0].text and data[0].type == "AIMessageChunk":
        yield Token(data[0].text)
    elif part["type"] == "custom" and "sentence" in data:
        yield Checked(data["sentence"])
    elif part["type"] == "custom" and "output" in data:
        yield Output(data["step"], data["output"])


def _signed(run: Run, found: Answer, began: float) -> Answer:
    return found.model_copy(
        update={"run_id": run.run_id, "thread_id": run.thread_id, "seconds": time.perf_counter() - began}
    )


def tidy(run: Run) -> None:
    """Drop checkpoints of the run's conversation that are older than what is kept of the way back."""
    if run.thread_id:
        from vademecum.memory.checkpoints import prune

        prune(run.notebook.checkpointer, run.thread_id)
