"""The researcher: looks before it answers, reads documents and pages, and names the place each statement rests on.

    agent = researcher.build(model, tools.build(tools.Services(library), agents.tools_of("researcher")))
    state = agent.invoke({"messages": [("user", "What do my notes say about dropout?")]})
    state["messages"][-1].text, agents.citations(state["messages"])

It may not answer from memory: before tools have returned anything, it must call one. For answers in which every
sentence is verified, see `graphs/answer.py` and `graphs/research.py`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain.agents import create_agent

from vademecum.agents._calls_first import CallsFirst
from vademecum.agents._decisions import Approval
from vademecum.agents._middleware import MAX_STEPS, Bounds, instructions, stack

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import Checkpointer

TOOLS = ("search-documents", "read-document", "query-table", "web-search", "read-page")


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
        system_prompt=instructions("agents/researcher", model),
        middleware=[*stack(model, tools, approve=approve, bounds=bounds), CallsFirst()],
        checkpointer=checkpointer,
        name="researcher",
    ).with_config(recursion_limit=MAX_STEPS)
