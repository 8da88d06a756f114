"""The assistant: a conversation with all tools, in the ReAct loop of reason, act, observe.

    agent = assistant.build(chat_model("embedded", settings), tools.build(services))
    agent.invoke({"messages": [("user", "What is 17.5% of 2,340?")]})["messages"][-1].text

Source: Yao et al. 2023, ReAct: Synergizing Reasoning and Acting in Language Models.
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    HumanInTheLoopMiddleware,
    ModelCallLimitMiddleware,
    ToolErrorMiddleware,
)
from langchain.agents.middleware.types import ToolCallRequest

import prompts
from agents._model_errors import ModelErrors
from core.errors import ToolError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

MODEL_CALLS = 8
"""Calls of the model in one run: LangGraph's own limit of 10,007 steps would let a confused model run for hours."""


def build(
    model: "BaseChatModel",
    tools: "Sequence[BaseTool]",
    *,
    checkpointer: "BaseCheckpointSaver | None" = None,
    ask_before: Collection[str] = (),
) -> "CompiledStateGraph":
    """The agent as a graph over messages.

    Before a call of a tool named in `ask_before` it stops and waits for a person (LangGraph's interrupt: it needs a
    `checkpointer`, and is resumed with `Command(resume={"decisions": [{"type": "approve"}, ...]})`).
    """
    middleware: list[AgentMiddleware[Any, Any, Any]] = [
        ModelCallLimitMiddleware(run_limit=MODEL_CALLS, exit_behavior="end"),
        ToolErrorMiddleware(told_to_the_model),
        ModelErrors(),
    ]
    if ask_before:
        middleware.append(HumanInTheLoopMiddleware(dict.fromkeys(ask_before, True)))
    return create_agent(
        model,
        list(tools),
        system_prompt=prompts.load("assistant").render()[0].text,
        middleware=middleware,
        checkpointer=checkpointer,
        name="assistant",
    )


def told_to_the_model(error: Exception, request: ToolCallRequest) -> str | None:
    """What the model reads where a tool failed: the words of our own errors; any other error ends the run."""
    if isinstance(error, ToolError):
        return f"{request.tool_call['name']} could not do this: {error}"
    return None
