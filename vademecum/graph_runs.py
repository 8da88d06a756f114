"""How a graph is run: what it is given, where it is traced, what it reports while it runs.

run = prepare(workspace, "answer", thread="t1", mode="dense")
run.answer("Why?"), or: for event in run.events("Why?"): ...
"""

import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vademecum import agents, graphs
from vademecum.core.errors import PromptError, VademecumError
from vademecum.core.types import Answer, Scope
from vademecum.events import Checked, Done, Event, Output, Step, Token
from vademecum.graph_context import context
from vademecum.stopping import AtNextWord, Stopped
from vademecum.tracing.traced import traced
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig
    from langgraph.types import Command

Input = str | Mapping[str, Any] | None
"""What a graph is run on: a question, all that it takes, or nothing, where it goes on."""

SPEAKER_CHOICES = ("speaker", "agent")
"""Choices that a run which stopped goes on with: they are kept beside its checkpoints."""


@dataclass(frozen=True)
class Run:
    """One run, of a graph or of an agent: with all that its nodes work with, its conversation, its name in traces.

    `stored` is False where the conversation ends with the process. `durability`: when checkpoints are written (None:
    as LangGraph does by default).
    """

    workspace: Workspace
    graph: "Runnable[Any, Any]"
    config: "RunnableConfig"
    stored: bool = True
    durability: str | None = None

    @property
    def run_id(self) -> str:
        """The run's id, in traces and in the answer."""
        return str(self.config.get("run_id", ""))

    @property
    def thread_id(self) -> str:
        """The conversation; empty where nothing is stored."""
        return self.config.get("configurable", {}).get("thread_id", "") if self.stored else ""

    def invoke(self, graph_input: "Input | Command[Any]") -> dict[str, Any]:
        """The state that it ends with, or stops with to ask a person."""
        options = {"durability": self.durability} if self.durability else {}
        return self.graph.invoke(_as_input(graph_input), self.config, **options)

    def answer(self, question: str) -> Answer:
        """The answer, when it is whole."""
        began = time.perf_counter()
        state = self.invoke(question)
        self.prune()
        return self._signed(state["answer"], began)

    def events(self, graph_input: "Input | Command[Any]", stop: threading.Event | None = None) -> Iterator[Event]:
        """What happens, while it does; once `stop` is set it ends, without `Done`."""
        if stop is None:
            yield from self._events(graph_input)
            return
        self.config["callbacks"] = [AtNextWord(stop)]
        try:
            for event in self._events(graph_input):
                yield event
                if stop.is_set():
                    return
        except Stopped:
            return
        except VademecumError:
            if not stop.is_set():  # what fails while a run ends is of no interest
                raise

    def waiting(self, interrupts: Sequence[Any]) -> tuple[agents.Waiting, ...]:
        """The calls that wait for a person, of what the run was interrupted by."""
        return tuple(call._replace(thread=self.thread_id) for call in agents.waiting(interrupts))

    def prune(self) -> None:
        """Drop checkpoints of the conversation that are older than what is kept of the way back."""
        if self.thread_id:
            from vademecum.memory.checkpoints import prune

            prune(self.workspace.checkpointer, self.thread_id)

    def _events(self, graph_input: "Input | Command[Any]") -> Iterator[Event]:
        began = time.perf_counter()
        state: dict[str, Any] = {}
        waits: tuple[agents.Waiting, ...] = ()
        for part in self.graph.stream(
            _as_input(graph_input),
            self.config,
            stream_mode=["tasks", "messages", "custom", "values"],
            subgraphs=True,
            version="v2",
        ):
            if part["type"] == "values" and not part["ns"]:
                state, waits = part["data"], self.waiting(part.get("interrupts", ()))
            else:
                yield from _reported(part)
        self.prune()
        messages, answer = state.get("messages", []), state.get("answer")
        reply = "" if waits else answer.text if answer else agents.reply(messages)
        yield Done(self._signed(answer, began) if answer else None, reply, agents.calls(messages), state, waits)

    def _signed(self, answer: Answer, began: float) -> Answer:
        seconds = time.perf_counter() - began
        marks = {"run_id": self.run_id, "thread_id": self.thread_id, "seconds": seconds}
        return answer.model_copy(update=marks)


def check(
    workspace: Workspace,
    graph: str,
    question: str | None = None,
    *,
    thread: str | None = None,
    technique: str | None = None,
    collection: str | None = None,
) -> None:
    """Raise what is wrong with a run before anything is loaded for it; documents as the graph declares to need them."""
    need = graphs.documents(graph)
    workspace.check(
        question,
        thread=thread,
        technique=technique,
        collection=collection,
        documents=need == "needed",
        samples=need != "unused",
    )


def prepare(
    workspace: Workspace,
    graph: str,
    *,
    thread: str | None,
    stored: bool = True,
    durability: str | None = None,
    **choices: Any,
) -> Run:
    """A run of the graph with everything it needs; stored as a conversation only where `thread` names one.

    `choices` are those of `vademecum.graph_context` (None: as the settings say). A conversation that is not `stored`
    goes on as long as the process does.

    Raises:
        UsageError: there is no such graph, choice or model.
    """
    node_context = context(workspace, graph, choices)
    saver = (workspace.checkpointer if stored else workspace.unstored) if thread else None
    built = graphs.build(graph, checkpointer=saver)
    if hasattr(node_context, "user"):  # the graph has a long-term memory
        built = built.copy({"store": workspace.store})
    labels: RunnableConfig = {"metadata": metadata(workspace, graph, choices)}
    run_config = config(thread, graph)
    if thread and stored:
        from vademecum.memory.time_travel import lineage

        speaker = {key: choices[key] for key in SPEAKER_CHOICES if choices.get(key)}
        marks = lineage(workspace.checkpointer, thread)
        run_config["metadata"] = {**run_config.get("metadata", {}), **speaker, **marks}
    runnable = traced(built, workspace.settings, labels, context=node_context)
    return Run(workspace, runnable, run_config, stored, durability)


def last(events: Iterator[Event]) -> Done:
    """The last event of a run, where the others do not matter."""
    *_, end = events
    assert isinstance(end, Done)
    return end


def bound(workspace: Workspace, graph: str, thread: str | None) -> "Runnable[Any, Any]":
    """The graph with its context, conversation and tracing, so that `invoke` needs only the input."""
    runnable = prepare(workspace, graph, thread=thread).graph
    if not thread:
        return runnable
    from vademecum.memory.time_travel import lineage

    return runnable.with_config(configurable={"thread_id": thread}, metadata=lineage(workspace.checkpointer, thread))


def metadata(workspace: Workspace, graph: str, choices: Mapping[str, Any]) -> dict[str, Any]:
    """What a trace says of a run beside its inputs and outputs: with what it was made, and for whom."""
    settings = workspace.settings
    model = choices.get("model") or settings.model
    technique = choices.get("technique") or settings.technique
    labels = {
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
    return {key: value for key, value in labels.items() if value not in (None, "", {})}


def _prompts(graph: str, technique: str) -> dict[str, str]:
    """Fingerprints of the prompts that a run may use: the technique's, the graph's own, and those of all graphs."""
    from vademecum import prompts

    area = graph.partition(":")[0]
    used = [
        name
        for name in prompts.names()
        if name == f"answer/{technique}" or (name.partition("/")[0] == area != "answer") or "/" not in name
    ]
    fingerprints = {}
    for name in used:
        with suppress(PromptError):  # a broken one says so where it is used
            fingerprints[name] = prompts.fingerprint(name)
    return fingerprints


def config(thread: str | None, graph: str | None = None) -> "RunnableConfig":
    """The configuration of one run: its id, its conversation, and the name of its graph, by which it can be resumed."""
    configuration: RunnableConfig = {"run_id": (run_id := uuid.uuid4())}
    if thread:
        configuration["configurable"] = {"thread_id": thread}
    # The graph's nodes see the metadata, and not the run's id: an answer that is stored carries it from there.
    if graph:
        configuration["metadata"] = {"graph": graph, "run": str(run_id)}
    return configuration


def _as_input(graph_input: Any) -> Any:
    return {"question": graph_input} if isinstance(graph_input, str) else graph_input


def _reported(part: dict[str, Any]) -> Iterator[Event]:
    data, path = part["data"], tuple(step.partition(":")[0] for step in part["ns"])
    if part["type"] == "tasks":
        yield Step(data["name"], done="result" in data, path=path)
    elif part["type"] == "messages" and data[0].text and data[0].type == "AIMessageChunk":
        yield Token(data[0].text)
    elif part["type"] == "custom" and "sentence" in data:
        yield Checked(data["sentence"])
    elif part["type"] == "custom" and "output" in data:
        yield Output(data["step"], data["output"])
