"""How a notebook has a task done by an agent: a person is asked where that is due, now or in another process later.

A run that stops to ask lies in the checkpoints of its conversation, with the agent, tools and model it was begun with.
A task without a conversation of its own gets one for as long as it waits: nothing is stored unasked.
"""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum import agents, tools
from vademecum.agents import AgentAnswer, Approval, Decide, Decision, Waiting
from vademecum.core.errors import UsageError
from vademecum.graph_runs import config, metadata, prepare
from vademecum.tracing.traced import traced

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable, RunnableConfig
    from langchain_core.tools import BaseTool
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.types import Command

    from vademecum.notebook import Notebook

UNNAMED = "task-"
"""How the conversation of a task begins that was given none: it is deleted when the task is done."""


class Order(NamedTuple):
    """What a run was begun with; it is kept beside its checkpoints."""

    agent: str
    tools: list[str] | None
    approve: Approval
    model: str


@dataclass(frozen=True)
class _Run:
    """An agent's graph, ready to go on. `durability`: when its checkpoints are written; None is LangGraph's default."""

    notebook: "Notebook"
    order: Order
    graph: "Runnable[Any, Any]"
    config: "RunnableConfig"
    offered: "Sequence[BaseTool]" = ()
    durability: str | None = None
    began: float = field(default_factory=time.perf_counter)

    @property
    def thread(self) -> str:
        """The conversation; empty where nothing is stored."""
        return self.config.get("configurable", {}).get("thread_id", "")

    def finish(self, given: Any, decide: Decide | None) -> AgentAnswer:
        """Run until the end, or until a person is to be asked whom `decide` does not ask."""
        state = self._go(given)
        while (calls := self._waiting(state)) and decide:
            state = self._go(self.command(calls, [decide(call) for call in calls]))
        if not calls and self.thread.startswith(UNNAMED):
            self.notebook.checkpointer.delete_thread(self.thread)
        return self._told(state, calls)

    def command(self, calls: Sequence[Waiting], decisions: Sequence[Decision]) -> "Command[Any]":
        """What the run goes on with; UsageError where the decisions do not fit the calls."""
        agents.check_edits(calls, decisions, self.offered)
        return agents.resumption(calls, decisions)

    def _waiting(self, state: dict[str, Any]) -> tuple[Waiting, ...]:
        return tuple(it._replace(thread=self.thread) for it in agents.waiting(state.get("__interrupt__", ())))

    def _go(self, given: Any) -> dict[str, Any]:
        more = {"durability": self.durability} if self.durability else {}
        return self.graph.invoke(given, self.config, **more)

    def _told(self, state: dict[str, Any], calls: tuple[Waiting, ...]) -> AgentAnswer:
        messages = state["messages"]
        return AgentAnswer(
            task=next((message.text for message in reversed(messages) if message.type == "human"), ""),
            text="" if calls else agents.reply(messages),
            calls=tuple(it for it in agents.calls(messages) if not calls or it.result != agents.NOT_RUN),
            waiting=calls,
            trail=tuple(state.get("trail", ())),
            citations=agents.citations(messages),
            agent=self.order.agent,
            model=self.order.model,
            run_id=str(self.config.get("run_id", "")),
            thread_id="" if self.thread.startswith(UNNAMED) and not calls else self.thread,
            seconds=time.perf_counter() - self.began,
        )


def act(notebook: "Notebook", task: str, order: Order, *, thread: str | None, decide: Decide | None) -> AgentAnswer:
    """Do a task with tools; see `Notebook.agent`."""
    if thread and pending(notebook.checkpointer, thread):
        raise UsageError(f"conversation {thread!r} waits for a decision; decide first: vade agent --resume {thread}")
    return _prepared(notebook, order, thread).finish({"messages": [("user", agents.redacted(task))]}, decide)


def work(
    notebook: "Notebook", name: str, task: str, *, thread: str | None, model: str | None, decide: Decide | None
) -> AgentAnswer:
    """Do a task by the graph called `name`, which has an agent in it; see `Notebook.plan`."""
    if thread and pending(notebook.checkpointer, thread):
        raise UsageError(f"conversation {thread!r} waits for a decision; decide first: vade agent --resume {thread}")
    kept = thread or f"{UNNAMED}{uuid.uuid4().hex[:8]}"
    run = _of_graph(notebook, name, kept, model)
    return run.finish({"question": agents.redacted(task)}, decide)


def resume(
    notebook: "Notebook", thread: str, decisions: Sequence[Decision], *, model: str | None, decide: Decide | None
) -> AgentAnswer:
    """Go on with a run that waits; see `Notebook.resume`."""
    calls = waiting(notebook.checkpointer, thread)
    begun = notebook.checkpointer.get_tuple(config(thread))
    kept: dict[str, Any] = dict(begun.metadata) if begun else {}
    if "order" in kept:
        order = Order(**json.loads(kept["order"]))
        run = _prepared(notebook, order._replace(model=model or order.model), thread)
    elif "graph" in kept:  # one with an agent in it, such as that of the chat
        run = _of_graph(notebook, kept["graph"], thread, model)
    else:
        raise UsageError(f"conversation {thread!r} was begun by another program; go on with it there")
    if not decisions and decide:
        decisions = [decide(call) for call in calls]
    return run.finish(run.command(calls, decisions), decide)


def waiting(saver: "BaseCheckpointSaver[Any]", thread: str) -> tuple[Waiting, ...]:
    """The calls of a conversation that wait for a person.

    Raises:
        UsageError: there is no such conversation, or nothing in it waits.
    """
    if saver.get_tuple(config(thread)) is None:
        raise UsageError(f"no conversation {thread!r}; a task begun without --thread is forgotten when it is done")
    if not (found := pending(saver, thread)):
        raise UsageError(f"nothing waits for a decision in conversation {thread!r}; it was made, or never asked for")
    return found


def pending(saver: "BaseCheckpointSaver[Any]", thread: str) -> tuple[Waiting, ...]:
    """The calls of a conversation that wait for a person; empty where none does, or there is no such conversation."""
    kept = saver.get_tuple(config(thread))
    writes = kept.pending_writes or () if kept else ()
    stops = [stop for _, channel, value in writes if channel == "__interrupt__" for stop in value]
    return tuple(it._replace(thread=thread) for it in agents.waiting(stops))


def _of_graph(notebook: "Notebook", name: str, thread: str, model: str | None) -> _Run:
    """The graph called `name`, in its conversation."""
    order = Order(name, None, "ask", model or notebook.settings.model)
    run = prepare(notebook, name, thread=thread, model=model)
    return _Run(notebook, order, run.graph, run.config, durability="exit" if thread.startswith(UNNAMED) else None)


def _prepared(notebook: "Notebook", order: Order, thread: str | None) -> _Run:
    """The agent that was ordered, in its conversation, if it needs one."""
    from vademecum.memory.time_travel import lineage

    model = notebook.model(order.model)
    if model is None:
        raise UsageError(
            f"an agent needs a language model, which {order.model!r} is not; take another: --model embedded"
        )
    services = tools.Services(library=notebook.library, settings=notebook.settings)
    offered = tools.build(services, agents.tools_of(order.agent) if order.tools is None else order.tools)
    asks = order.approve == "ask" and any(map(tools.needs_approval, offered))
    kept = thread or (f"{UNNAMED}{uuid.uuid4().hex[:8]}" if asks else None)
    saver = notebook.checkpointer if kept else None
    graph = agents.build(order.agent, model, offered, checkpointer=saver, approve=order.approve)
    marks = lineage(notebook.checkpointer, kept) if kept else {}
    # LangGraph keeps only plain values of the metadata beside a checkpoint, so the order is text.
    run: RunnableConfig = {**config(kept), "metadata": {"order": json.dumps(order._asdict()), **marks}}
    # Where nobody asked for it, nothing is written before there is something to wait for.
    durability = "exit" if kept and kept.startswith(UNNAMED) else None
    told: RunnableConfig = {"metadata": metadata(notebook, f"agent:{order.agent}", {"model": order.model})}
    return _Run(notebook, order, traced(graph, notebook.settings, told), run, offered, durability)
