"""The planner: writes itself a list of what is to be done, works it off with tools, and ticks what is done.

    agent = planner.build(model, tools.build(tools.Services()))
    agent.invoke({"messages": [("user", "Work out 17.5% of 2,340, then a third of that.")]})["todos"]

A model in this process makes no list: it does the task as the assistant does, and `graphs/plan.py` splits it by rules.

Source: Wang et al. 2023, Plan-and-Solve Prompting; the list is LangChain's `TodoListMiddleware`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware, TodoListMiddleware

from vademecum.agents._decisions import Approval
from vademecum.agents._middleware import MAX_STEPS, Bounds, instructions, stack
from vademecum.agents._told import is_small

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import Checkpointer


def build(
    model: "BaseChatModel",
    tools: "Sequence[BaseTool]",
    *,
    checkpointer: "Checkpointer" = None,
    approve: Approval = "ask",
    bounds: Bounds | None = None,
) -> "CompiledStateGraph":
    """The agent as a graph over messages; see `agents` for `approve`."""
    listing: list[AgentMiddleware[Any, Any, Any]] = [] if is_small(model) else [TodoListMiddleware()]
    return create_agent(
        model,
        list(tools),
        system_prompt=instructions("agents/planner", model),
        middleware=[*stack(model, tools, approve=approve, bounds=bounds or Bounds(model_calls=20)), *listing],
        checkpointer=checkpointer,
        name="planner",
    ).with_config(recursion_limit=MAX_STEPS)
