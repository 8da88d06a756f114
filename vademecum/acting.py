"""How a notebook has a task done by an agent, with a person's leave where that is asked for."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import agents
import tools
from agents import AgentAnswer, Approval, assistant
from core.errors import UsageError
from tracing.traced import traced
from vademecum.running import config, metadata

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from vademecum.notebook import Notebook

Decide = Callable[[str, dict[str, Any]], bool]
"""Whether a tool may be called with these arguments."""

REFUSED = "The person does not allow this call. Do not try it again; answer without it, or say what is missing."


def act(
    notebook: "Notebook",
    task: str,
    *,
    wanted: Sequence[str] | None,
    approve: Approval,
    decide: Decide | None,
    thread: str | None,
    model: str | None,
) -> AgentAnswer:
    """Do a task with tools; see `Notebook.agent`."""
    began = time.perf_counter()
    name = model or notebook.settings.model
    offered = tools.build(tools.Services(library=notebook.library), wanted)
    chat_model = _chat_model(notebook, name)
    messages, run_id = _run(notebook, (name, chat_model), offered, task, thread, _gate(approve, decide))
    return AgentAnswer(
        task=task,
        text=agents.reply(messages),
        calls=agents.calls(messages),
        model=name,
        run_id=run_id,
        thread_id=thread or "",
        seconds=time.perf_counter() - began,
    )


def _run(
    notebook: "Notebook",
    named: "tuple[str, BaseChatModel]",
    offered: "Sequence[BaseTool]",
    task: str,
    thread: str | None,
    gate: Decide | None,
) -> tuple[list[Any], str]:
    """The messages of the run, and its id; stops at each call for `gate`, where there is one."""
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.types import Command

    model_name, model = named
    saver = notebook.checkpointer if thread else InMemorySaver() if gate else None
    run = config(thread or ("unstored" if gate else None))
    ask_before = [tool.name for tool in offered] if gate else ()
    graph = assistant.build(model, offered, checkpointer=saver, ask_before=ask_before)
    told = metadata(notebook, model=model_name, technique=None, collection=None, graph="agent")
    agent = traced(graph, notebook.settings, {"metadata": told})
    state = agent.invoke({"messages": [("user", task)]}, run)
    while gate and (stops := state.get("__interrupt__")):
        decisions = [_decision(gate, action) for action in stops[0].value["action_requests"]]
        again = config(thread or "unstored")
        state = agent.invoke(Command(resume={"decisions": decisions}), again)
    return state["messages"], str(run["run_id"])


def _gate(approve: Approval, decide: Decide | None) -> Decide | None:
    if approve == "ask":
        if decide is None:
            raise UsageError('approve="ask" needs `decide`, which is asked before each call')
        return decide
    return None if approve == "all" else lambda tool, arguments: False  # noqa: ARG005


def _decision(gate: Decide, action: dict[str, Any]) -> dict[str, str]:
    return {"type": "approve"} if gate(action["name"], action["args"]) else {"type": "reject", "message": REFUSED}


def _chat_model(notebook: "Notebook", name: str) -> "BaseChatModel":
    model = notebook.model(name)
    if model is None:
        raise UsageError(f"an agent needs a language model, which {name!r} is not; take another: --model embedded")
    return model
