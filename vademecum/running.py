"""How a notebook runs its graphs: what they are given, where they are traced, what they tell while they run."""

import re
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import agents
import graphs
from core import plugins
from core.types import Answer
from tracing.traced import traced
from vademecum.events import Checked, Done, Event, Step, Token

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig

    from vademecum.notebook import Notebook


@dataclass(frozen=True)
class Run:
    """One run to be made: the graph with all that its nodes work with, and its name in traces."""

    notebook: "Notebook"
    graph: "Runnable[Any, Any]"
    config: "RunnableConfig"

    @property
    def run_id(self) -> str:
        """The run's id, in traces and in the answer."""
        return str(self.config["run_id"])

    @property
    def thread_id(self) -> str:
        """The conversation; empty where nothing is stored."""
        return self.config.get("configurable", {}).get("thread_id", "")


def prepare(
    notebook: "Notebook",
    name: str,
    *,
    thread: str | None,
    model: str | None = None,
    technique: str | None = None,
    collection: str | None = None,
) -> Run:
    """The graph called `name` with everything it needs; stored as a conversation only where `thread` names one."""
    context = _context(notebook, name, model=model, technique=technique, collection=collection)
    graph = graphs.build(name, checkpointer=notebook.checkpointer if thread else None)
    told = metadata(notebook, model=model, technique=technique, collection=collection, graph=name)
    return Run(notebook, traced(graph, notebook.settings, {"metadata": told}, context=context), config(thread))


def answer(run: Run, question: str) -> Answer:
    """The answer, when it is whole."""
    began = time.perf_counter()
    state = run.graph.invoke(_asked(question), run.config)
    _tidy(run)
    return _signed(run, state["answer"], began)


def events(run: Run, question: str) -> Iterator[Event]:
    """The answer as it is made."""
    began = time.perf_counter()
    state: dict[str, Any] = {}
    for part in run.graph.stream(
        _asked(question),
        run.config,
        stream_mode=["tasks", "messages", "custom", "values"],
        subgraphs=True,
        version="v2",
    ):
        if part["type"] == "values" and not part["ns"]:
            state = part["data"]
        else:
            yield from _told(part)
    _tidy(run)
    messages, found = state.get("messages", []), state.get("answer")
    signed = _signed(run, found, began) if found else None
    yield Done(signed, found.text if found else agents.reply(messages), agents.calls(messages), state)


def last(told: Iterator[Event]) -> Done:
    """What a run came to, where the way there is of no interest."""
    *_, done = told
    assert isinstance(done, Done)
    return done


def bound(notebook: "Notebook", name: str, thread: str | None) -> "Runnable[Any, Any]":
    """The graph with context, conversation and tracing given, so that `invoke` needs only the input."""
    graph = prepare(notebook, name, thread=thread).graph
    return graph.with_config(configurable={"thread_id": thread}) if thread else graph


def metadata(
    notebook: "Notebook", *, model: str | None, technique: str | None, collection: str | None, **more: str
) -> dict[str, Any]:
    """What a trace says of a run beside its inputs and outputs: with what it was made, and for whom."""
    settings = notebook.settings
    name = model or settings.model
    told = {
        **more,
        "user": getattr(settings, "user", None),
        "model": re.sub(r"(?<=://)[^/@\s]+@", "***@", name),
        "technique": technique or settings.technique,
        "mode": settings.mode,
        "refuse_below": settings.refuse_below,
        "embeddings": settings.embeddings,
        "collection": collection,
        "prompts": {} if name == "extractive" else _prompts(technique or settings.technique),
    }
    return {key: value for key, value in told.items() if value not in (None, "", {})}


def _prompts(technique: str) -> dict[str, str]:
    """Fingerprints of the prompts that a run may use: the technique's, and all that are no technique's."""
    import prompts

    names = [name for name in prompts.names() if not name.startswith("answer/") or name == f"answer/{technique}"]
    return {name: prompts.fingerprint(name) for name in names}


def config(thread: str | None) -> "RunnableConfig":
    """The configuration of one run: its id and its conversation."""
    conversation = {"configurable": {"thread_id": thread}} if thread else {}
    return {"run_id": uuid.uuid4(), **conversation}


def _context(
    notebook: "Notebook", name: str, *, model: str | None, technique: str | None, collection: str | None
) -> Any:
    """What the nodes of the graph called `name` work with."""
    settings = notebook.settings
    model_name = model or settings.model
    offered = {
        "library": notebook.library,
        "verifier": notebook.verifier,
        "model": notebook.model(model_name),
        "model_name": model_name,
        "technique": technique or settings.technique,
        "mode": settings.mode,
        "collection": collection,
        "refuse_below": settings.refuse_below,
        "max_question_chars": settings.max_question_chars,
    }
    schema = plugins.member(graphs, name).Context
    return schema(**{field.name: offered[field.name] for field in fields(schema) if field.name in offered})


def _asked(question: str) -> dict[str, Any]:
    return {"question": question}


def _told(part: dict[str, Any]) -> Iterator[Event]:
    data, path = part["data"], tuple(step.partition(":")[0] for step in part["ns"])
    if part["type"] == "tasks":
        yield Step(data["name"], done="result" in data, path=path)
    elif part["type"] == "messages" and data[0].text and data[0].type == "AIMessageChunk":
        yield Token(data[0].text)
    elif part["type"] == "custom" and "sentence" in data:
        yield Checked(data["sentence"])


def _signed(run: Run, found: Answer, began: float) -> Answer:
    return found.model_copy(
        update={"run_id": run.run_id, "thread_id": run.thread_id, "seconds": time.perf_counter() - began}
    )


def _tidy(run: Run) -> None:
    if run.thread_id:
        from memory.checkpoints import prune

        prune(run.notebook.checkpointer, run.thread_id)
