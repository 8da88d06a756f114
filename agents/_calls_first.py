"""Has a model call a tool before it may say anything."""

from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.tools import BaseTool


class CallsFirst(AgentMiddleware[Any, Any, Any]):
    """Asks the model, right after the person has spoken, for a call of a tool and nothing else.

    `tool`: of that one, where it is among those offered; else of any.
    """

    def __init__(self, tool: str = "any") -> None:
        super().__init__()
        self.tool = tool

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """Call the model."""
        spoken = bool(request.messages) and isinstance(request.messages[-1], HumanMessage)
        names = {tool.name for tool in request.tools if isinstance(tool, BaseTool)}
        choice = self.tool if self.tool in names else "any"
        return handler(request.override(tool_choice=choice) if spoken and request.tools else request)
