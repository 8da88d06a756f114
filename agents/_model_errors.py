"""What any provider may raise, as a `ModelError` in one line, and calls that cannot be read."""

from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, SummarizationMiddleware, hook_config
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime

from vademecum.core.errors import ModelError, VademecumError
from vademecum.models.retryable import unanswered


class ModelErrors(AgentMiddleware[Any, Any, Any]):
    """Turns what a call of the model raises into a ModelError."""

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """Call the model.

        Raises:
            ModelError: it cannot call tools, or did not answer.
        """
        try:
            return handler(request)
        except (VademecumError, GraphBubbleUp):
            raise
        except NotImplementedError as error:
            raise ModelError("this model cannot call tools; take another with --model") from error
        except Exception as error:  # providers share no base class; nothing is swallowed
            raise unanswered(error) from error


class Summarization(SummarizationMiddleware[Any, Any]):
    """LangChain's, which asks the model outside of what wraps its calls: its errors are told here."""

    def before_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:
        """Put a summary in the place of what was said long ago, where the conversation has become too long.

        Raises:
            ModelError: the model did not answer; the conversation is as it was.
        """
        try:
            return super().before_model(state, runtime)
        except (VademecumError, GraphBubbleUp):
            raise
        except Exception as error:  # as above
            raise unanswered(error) from error


class UnreadableCalls(AgentMiddleware[Any, Any, Any]):
    """Tells the model where a call's arguments are not JSON, and lets it try again; LangChain would end in silence."""

    @hook_config(can_jump_to=["model"])
    def after_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:  # noqa: ARG002
        """Answer each call that cannot be read; calls beside it that can be read are made."""
        latest = state["messages"][-1]
        if not isinstance(latest, AIMessage) or not latest.invalid_tool_calls:
            return None
        replies = [
            ToolMessage(
                "The arguments could not be read: they must be one JSON object. Call it again.",
                name=call["name"] or "unknown",
                tool_call_id=call["id"] or f"unreadable_{number}",
                status="error",
            )
            for number, call in enumerate(latest.invalid_tool_calls)
        ]
        return {"messages": replies} if latest.tool_calls else {"messages": replies, "jump_to": "model"}
