"""The assistant: a conversation with all tools, in the ReAct loop of reason, act, observe.

    agent = assistant.build(chat_model("embedded", settings), tools.build(tools.Services()))
    agent.invoke({"messages": [("user", "What is 17.5% of 2,340?")]})["messages"][-1].text

Source: Yao et al. 2023, ReAct: Synergizing Reasoning and Acting in Language Models.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain.agents import create_agent

from vademecum.agents._decisions import Approval
from vademecum.agents._middleware import MAX_STEPS, Bounds, instructions, stack

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
    return create_agent(
        model,
        list(tools),
        system_prompt=instructions("assistant", model),
        middleware=stack(model, tools, approve=approve, bounds=bounds),
        checkpointer=checkpointer,
        name="assistant",
    ).with_config(recursion_limit=MAX_STEPS)
