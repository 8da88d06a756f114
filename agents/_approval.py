"""The gate before tools that do more than return text: a person is asked, or the call is refused."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, get_args

from langchain.agents.middleware import AgentMiddleware, InterruptOnConfig
from langchain.agents.middleware.types import AgentState, ToolCallRequest
from langchain_core.messages import HumanMessage, ToolCall, ToolMessage
from langgraph.runtime import Runtime

from vademecum.agents._decisions import REFUSED, Kind
from vademecum.tools import effect

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langgraph.types import Command

_DOES = {
    "network": "sends this to another machine",
    "writes": "writes or changes something",
    "spends": "spends money",
}


def review(tool: "BaseTool") -> InterruptOnConfig:
    """How calls of the tool are put before a person."""

    def about(tool_call: ToolCall, state: AgentState[Any], runtime: Runtime[Any]) -> str:  # noqa: ARG001 (LangChain's)
        tools_read = _read_since_asked(state)
        warned = (
            f"; before it asked for this, the agent read what {', '.join(tools_read)} returned" if tools_read else ""
        )
        return f"{tool_call['name']} {_DOES[effect(tool)]}{warned}"

    return InterruptOnConfig(allowed_decisions=list(get_args(Kind)), description=about)


class Refusals(AgentMiddleware[Any, Any, Any]):
    """Runs no call of the tools named, and tells the model so."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self.names = frozenset(names)

    def wrap_tool_call(
        self, request: ToolCallRequest, handler: "Callable[[ToolCallRequest], ToolMessage | Command[Any]]"
    ) -> "ToolMessage | Command[Any]":
        """Call the tool, if it may be."""
        call = request.tool_call
        if call["name"] not in self.names:
            return handler(request)
        return ToolMessage(REFUSED, name=call["name"], tool_call_id=call["id"], status="error")


def _read_since_asked(state: AgentState[Any]) -> list[str]:
    """Tools that have returned something since the person last spoke."""
    names: set[str] = set()
    for message in reversed(state["messages"]):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, ToolMessage):
            names.add(message.name or "a tool")
    return sorted(names)
