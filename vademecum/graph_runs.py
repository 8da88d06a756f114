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
from vademecum.core.disk_errors import disk_problems_told
from vademecum.core.errors import PromptError, VademecumError
from vademecum.core.types import Answer, Scope
from vademecum.events import Checked, Done, Event, Output, Quoted, Step, Token
from vademecum.graph_context import context
from vademecum.stopping import AtNextWord, Stopped
from vademecum.tracing.traced import traced
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig
    from langgraph.types import Command

Input = str | Mapping[str, Any] | None
"""What a graph is run on: a question, all that it takes, or nothing, where it goes on."""

KEPT_CHOICES = ("speaker", "agent")
"""Names of the choices saved with the checkpoints, so that a resumed run uses them again."""


@dataclass(frozen=True)
class Run:
    """A graph or an agent, ready to run.

    `graph` is compiled, with its checkpointer, tracing and the context that its nodes work with. `config` is
    LangGraph's: the run's id, its conversation if it has one, and its metadata. `stored` says where that conversation
    is kept: in the workspace, or (False) only as long as the process runs. `durability` is LangGraph's: when `invoke`
    writes checkpoints (None: LangGraph's default); `answer` calls `invoke`, `events` does not and ignores it.
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
        """The stored conversation; empty where there is none."""
        return self.config.get("configurable", {}).get("thread_id", "") if self.stored else ""

    @disk_problems_told()
    def invoke(self, graph_input: "Input | Command[Any]") -> dict[str, Any]:
        """The state that it ends with, or stops with to ask a person."""
        options = {"durability": self.durability} if self.durability else {}
        return self.graph.invoke(_as_input(graph_input), self.config, **options)

    @disk_problems_told()
    def answer(self, question: str) -> Answer:
        """The answer, when it is whole."""
        began = time.perf_counter()
        state = self.invoke(question)
        self.prune()
        return self._signed(state["answer"], began)

    def events(self, graph_input: "Input | Command[Any]", stop: threading.Event | None = None) -> Iterator[Event]:
        """What happens, while it does; once `stop` is set it ends, without `Done`."""
        with disk_problems_told():
            yield from self._events(graph_input) if stop is None else self._events_until(graph_input, stop)

    def _events_until(self, graph_input: "Input | Command[Any]", stop: threading.Event) -> Iterator[Event]:
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
        run_fields = {"run_id": self.run_id, "thread_id": self.thread_id, "seconds": seconds}
        return answer.model_copy(update=run_fields)


def check_before_run(
    workspace: Workspace,
    graph: str,
    question: str | None = None,
    *,
    thread: str | None = None,
    technique: str | None = None,
    collection: str | None = None,
) -> None:
    """`Workspace.check` for a run of the graph: documents, and samples, only as the graph declares to need them."""
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
    goes on as long as the process does. `durability`: see `Run`.

    Raises:
        UsageError: there is no such graph, choice or model.
    """
    choices = {**choices, "model": workspace.model_name(choices.get("model"))}
    node_context = context(workspace, graph, choices)
    saver = (workspace.checkpointer if stored else workspace.in_memory_checkpointer) if thread else None
    built = graphs.build(graph, checkpointer=saver)
    if hasattr(node_context, "user"):  # the graph has a long-term memory
        built = built.copy({"store": workspace.store})
    trace_config: RunnableConfig = {"metadata": trace_metadata(workspace, graph, choices)}
    config = new_config(thread, graph)
    if thread and stored:
        from vademecum.memory.time_travel import lineage

        kept_choices = {name: choices[name] for name in KEPT_CHOICES if choices.get(name)}
        fork_metadata = lineage(workspace.checkpointer, thread)
        config["metadata"] = {**config.get("metadata", {}), **kept_choices, **fork_metadata}
    runnable = traced(built, workspace.settings, trace_config, context=node_context)
    return Run(workspace, runnable, config, stored, durability)


def final_event(events: Iterator[Event]) -> Done:
    """The last event of a run, where the others do not matter; runs it to its end."""
    *_, end = events
    assert isinstance(end, Done)
    return end


def graph_for_thread(workspace: Workspace, graph: str, thread: str | None) -> "Runnable[Any, Any]":
    """The graph with its context, tracing and conversation (None: without), so that `invoke` needs only the input."""
    runnable = prepare(workspace, graph, thread=thread).graph
    if not thread:
        return runnable
    from vademecum.memory.time_travel import lineage

    return runnable.with_config(configurable={"thread_id": thread}, metadata=lineage(workspace.checkpointer, thread))


def trace_metadata(workspace: Workspace, graph: str, choices: Mapping[str, Any]) -> dict[str, Any]:
    """What a trace says of a run beside its inputs and outputs: its graph, user, model, settings and prompts."""
    model = workspace.model_name(choices.get("model"))
    settings = workspace.settings
    technique = choices.get("technique") or settings.technique
    fields = {
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
    return {key: value for key, value in fields.items() if value not in (None, "", {})}


def _prompts(graph: str, technique: str) -> dict[str, str]:
    """Fingerprints of the prompts that a run may use: the technique's, the graph's own, and those of all graphs."""
    from vademecum import prompts

    graph_folder = graph.partition(":")[0]

    def may_use(name: str) -> bool:
        folder, slash, _ = name.partition("/")
        is_of_graph = folder == graph_folder and folder != "answer"  # of "answer/" only the technique's
        return not slash or is_of_graph or name == f"answer/{technique}"

    fingerprints = {}
    for name in filter(may_use, prompts.names()):
        with suppress(PromptError):  # a broken one says so where it is used
            fingerprints[name] = prompts.fingerprint(name)
    return fingerprints


def new_config(thread: str | None, graph: str | None = None) -> "RunnableConfig":
    """LangGraph's configuration for a new run: its id, its conversation, and its graph's name, to resume it by."""
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
        yield Token(data[0].text, (*path, data[1].get("langgraph_node", "")))
    elif part["type"] == "custom" and "sentence" in data:
        yield Checked(data["sentence"])
    elif part["type"] == "custom" and "quotes" in data:
        yield Quoted(tuple(data["quotes"]))
    elif part["type"] == "custom" and "output" in data:
        yield Output(data["step"], data["output"])
