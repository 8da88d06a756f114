"""The researcher: looks before it answers, reads documents and pages, and names the place each statement rests on.

    agent = researcher.build(model, tools.build(tools.Services(library), agents.tools_of("researcher")))
    state = agent.invoke({"messages": [("user", "What do my notes say about dropout?")]})
    state["messages"][-1].text, agents.citations(state["messages"])

It may not answer from memory: before tools have returned anything, it must call one. For answers in which every
sentence is verified, see `graphs/answer.py` and `graphs/research.py`.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from langchain.agents import create_agent
from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, HumanMessage

from vademecum import prompts
from vademecum.agents._decisions import Approval
from vademecum.agents._middleware import MAX_STEPS, Bounds, stack

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import Checkpointer

TOOLS = ("search-documents", "read-document", "query-table", "web-search", "read-page")


class LooksFirst(AgentMiddleware[Any, Any, Any]):
    """Has the model call a tool before it may say anything."""

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """Call the model; right after the person has spoken, for a call of a tool and nothing else."""
        spoken = bool(request.messages) and isinstance(request.messages[-1], HumanMessage)
        return handler(request.override(tool_choice="any") if spoken and request.tools else request)


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
        system_prompt=prompts.load("agents/researcher").render()[0].text,
        middleware=[*stack(model, tools, approve=approve, bounds=bounds), LooksFirst()],
        checkpointer=checkpointer,
        name="researcher",
    ).with_config(recursion_limit=MAX_STEPS)
