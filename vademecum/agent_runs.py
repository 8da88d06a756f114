"""Runs of agents: where a call needs approval a person is asked, now or in another process later.

A run that stops to ask is stored with its conversation, with the agent, tools and model it was started with.
A task without a conversation of its own gets one for as long as it waits: nothing is stored unasked.
"""

import json
import time
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum import agents, tools
from vademecum.agents import AgentAnswer, Approval, Decide, Decision, Waiting
from vademecum.core.errors import UsageError
from vademecum.graph_runs import Run, new_config, prepare, trace_metadata
from vademecum.memory import checkpoints
from vademecum.tracing.traced import traced
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langchain_core.tools import BaseTool
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.types import Command

UNNAMED = "task-"
"""Prefix of the conversation made for a task without one: it is deleted when the task is done."""


class Order(NamedTuple):
    """What an agent's run was started with; stored beside its checkpoints."""

    agent: str
    tools: list[str] | None
    approve: Approval
    model: str


class AgentRun(NamedTuple):
    """A run that uses tools: `offered` are those whose calls a person may edit."""

    run: Run
    order: Order
    offered: "Sequence[BaseTool]" = ()


def act(workspace: Workspace, task: str, order: Order, *, thread: str | None, decide: Decide | None) -> AgentAnswer:
    """Do a task with tools; see `Notebook.agent`."""
    _require_decided(workspace, thread)
    return _finish(_of_agent(workspace, order, thread), {"messages": [("user", agents.redacted(task))]}, decide)


def work(
    workspace: Workspace, graph: str, task: str, *, thread: str | None, model: str | None, decide: Decide | None
) -> AgentAnswer:
    """Do a task by a graph that has an agent in it; see `Notebook.plan`."""
    _require_decided(workspace, thread)
    run = _of_graph(workspace, graph, thread or _unnamed(), model)
    return _finish(run, {"question": agents.redacted(task)}, decide)


def resume(
    workspace: Workspace, thread: str, decisions: Sequence[Decision], *, model: str | None, decide: Decide | None
) -> AgentAnswer:
    """Go on with a run that waits; see `Notebook.resume`."""
    calls = waiting(workspace.checkpointer, thread)
    checkpoint = workspace.checkpointer.get_tuple(checkpoints.at(thread))
    stored_metadata: dict[str, Any] = dict(checkpoint.metadata) if checkpoint else {}
    if "order" in stored_metadata:
        order = Order(**json.loads(stored_metadata["order"]))
        run = _of_agent(workspace, order._replace(model=model or order.model), thread)
    elif "graph" in stored_metadata:  # one with an agent in it, such as that of the chat
        run = _of_graph(workspace, stored_metadata["graph"], thread, model)
    else:
        raise UsageError(f"conversation {thread!r} was begun by another program; go on with it there")
    if not decisions and decide:
        decisions = [decide(call) for call in calls]
    return _finish(run, _command(run, calls, decisions), decide)


def waiting(saver: "BaseCheckpointSaver[Any]", thread: str) -> tuple[Waiting, ...]:
    """The calls of a conversation that wait for a person.

    Raises:
        UsageError: there is no such conversation, or nothing in it waits.
    """
    if saver.get_tuple(checkpoints.at(thread)) is None:
        raise UsageError(f"no conversation {thread!r}; a task begun without --thread is forgotten when it is done")
    if not (calls := pending(saver, thread)):
        raise UsageError(f"nothing waits for a decision in conversation {thread!r}; it was made, or never asked for")
    return calls


def pending(saver: "BaseCheckpointSaver[Any]", thread: str) -> tuple[Waiting, ...]:
    """The calls of a conversation that wait for a person; empty where none does, or there is no such conversation."""
    checkpoint = saver.get_tuple(checkpoints.at(thread))
    writes = checkpoint.pending_writes or () if checkpoint else ()
    interrupts = [interrupt for _, channel, value in writes if channel == "__interrupt__" for interrupt in value]
    return tuple(call._replace(thread=thread) for call in agents.waiting(interrupts))


def _require_decided(workspace: Workspace, thread: str | None) -> None:
    """Raise UsageError where the conversation waits for a person already."""
    if thread and pending(workspace.checkpointer, thread):
        raise UsageError(f"conversation {thread!r} waits for a decision; decide first: vade agent --resume {thread}")


def _finish(agent_run: AgentRun, graph_input: Any, decide: Decide | None) -> AgentAnswer:
    """Run to the end, or to a call that needs approval where there is no `decide`."""
    began, run = time.perf_counter(), agent_run.run
    state = run.invoke(graph_input)
    while (calls := run.waiting(state.get("__interrupt__", ()))) and decide:
        state = run.invoke(_command(agent_run, calls, [decide(call) for call in calls]))
    is_over = not calls and run.thread_id.startswith(UNNAMED)
    if is_over:
        run.workspace.checkpointer.delete_thread(run.thread_id)
    messages = state["messages"]
    return AgentAnswer(
        task=next((message.text for message in reversed(messages) if message.type == "human"), ""),
        text="" if calls else agents.reply(messages),
        calls=tuple(call for call in agents.calls(messages) if not calls or call.result != agents.NOT_RUN),
        waiting=calls,
        trail=tuple(state.get("trail", ())),
        citations=agents.citations(messages),
        agent=agent_run.order.agent,
        model=agent_run.order.model,
        run_id=run.run_id,
        thread_id="" if is_over else run.thread_id,
        seconds=time.perf_counter() - began,
    )


def _command(agent_run: AgentRun, calls: Sequence[Waiting], decisions: Sequence[Decision]) -> "Command[Any]":
    """The command that resumes the run; UsageError where the decisions do not fit the calls."""
    agents.check_edits(calls, decisions, agent_run.offered)
    return agents.resumption(calls, decisions)


def _of_graph(workspace: Workspace, graph: str, thread: str, model: str | None) -> AgentRun:
    """A run of the graph, in its conversation."""
    model = workspace.model_name(model)
    run = prepare(workspace, graph, thread=thread, durability=_durability(thread), model=model)
    return AgentRun(run, Order(graph, None, "ask", model))


def _of_agent(workspace: Workspace, order: Order, thread: str | None) -> AgentRun:
    """A run of the agent, in its conversation if it needs one."""
    from vademecum.memory.time_travel import lineage

    model = workspace.model(order.model)
    if model is None:
        raise UsageError(
            f"an agent needs a language model, which {order.model!r} is not; take another: --model embedded"
        )
    services = tools.Services(library=workspace.library, settings=workspace.settings)
    offered = tools.build(services, agents.tools_of(order.agent) if order.tools is None else order.tools)
    asks = order.approve == "ask" and any(map(tools.needs_approval, offered))
    conversation = thread or (_unnamed() if asks else None)
    saver = workspace.checkpointer if conversation else None
    graph = agents.build(order.agent, model, offered, checkpointer=saver, approve=order.approve)
    fork_metadata = lineage(workspace.checkpointer, conversation) if conversation else {}
    # LangGraph keeps only plain values of the metadata beside a checkpoint, so the order is text.
    config: RunnableConfig = {
        **new_config(conversation),
        "metadata": {"order": json.dumps(order._asdict()), **fork_metadata},
    }
    trace_config: RunnableConfig = {
        "metadata": trace_metadata(workspace, f"agent:{order.agent}", {"model": order.model})
    }
    runnable = traced(graph, workspace.settings, trace_config)
    return AgentRun(Run(workspace, runnable, config, durability=_durability(conversation)), order, offered)


def _unnamed() -> str:
    """The name of a conversation for a task without one."""
    return f"{UNNAMED}{uuid.uuid4().hex[:8]}"


def _durability(thread: str | None) -> str | None:
    """Where nobody asked for a conversation, nothing is written before there is something to wait for."""
    return "exit" if thread and thread.startswith(UNNAMED) else None
