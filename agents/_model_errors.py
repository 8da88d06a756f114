"""What any provider may raise, as a `ModelError` in one line, and calls that cannot be read."""

import uuid
from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware, AgentState, SummarizationMiddleware, hook_config
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, ToolCall, ToolMessage
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime

from vademecum.core.errors import ModelError, VademecumError
from vademecum.models import reply_limits
from vademecum.models.retryable import unanswered

UNREADABLE = "The arguments could not be read: they must be one JSON object. Call it again."

MOST_UNREADABLE = 6
"""Calls that cannot be read, in what a model is shown; then it is not asked again."""

NO_REPLY = "The model gave no reply; ask again, or take another with --model."


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


class BoundedReplies(AgentMiddleware[Any, Any, Any]):
    """Cuts a reply off where it is too long or calls too many tools, and numbers calls anew that share an id."""

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """The model's reply, bounded."""
        response = handler(request)
        if isinstance(response, AIMessage):
            return self._bounded(response)
        response.result = [self._bounded(part) if isinstance(part, AIMessage) else part for part in response.result]
        return response

    def _bounded(self, message: AIMessage) -> AIMessage:
        calls = [call for call in message.tool_calls if call["name"]][: reply_limits.CALLS]
        ids = [call["id"] for call in calls]
        if len(set(ids)) < len(ids) or not all(ids):
            calls = [ToolCall({**call, "id": f"call_{uuid.uuid4().hex[:12]}"}) for call in calls]
        update: dict[str, Any] = {
            "tool_calls": calls,
            "invalid_tool_calls": message.invalid_tool_calls[: reply_limits.CALLS],
        }
        if calls != message.tool_calls:  # the providers' own form of them would be sent back beside these
            own = message.additional_kwargs
            update["additional_kwargs"] = {name: own[name] for name in own if name != "tool_calls"}
        text = message.text.strip()
        if not (text or calls or message.invalid_tool_calls):
            update["content"] = NO_REPLY
        elif len(message.text) > reply_limits.CHARS:
            update["content"] = text[: reply_limits.CHARS]
        return message.model_copy(update=update)


class UnreadableCalls(AgentMiddleware[Any, Any, Any]):
    """Tells the model where a call's arguments are not JSON, and lets it try again; LangChain would end in silence."""

    @hook_config(can_jump_to=["model", "end"])
    def after_model(self, state: AgentState[Any], runtime: Runtime[Any]) -> dict[str, Any] | None:  # noqa: ARG002
        """Answer each call that cannot be read; calls beside it that can be read are made."""
        latest = state["messages"][-1]
        if not isinstance(latest, AIMessage) or not latest.invalid_tool_calls:
            return None
        replies = [
            ToolMessage(
                UNREADABLE,
                name=call["name"] or "unknown",
                tool_call_id=call["id"] or f"unreadable_{number}",
                status="error",
            )
            for number, call in enumerate(latest.invalid_tool_calls)
        ]
        if latest.tool_calls:
            return {"messages": replies}
        # Where it jumps back to the model, nothing else counts the model's calls.
        failed = sum(message.text == UNREADABLE for message in state["messages"])
        if failed + len(replies) > MOST_UNREADABLE:
            return {"messages": [*replies, AIMessage(NO_REPLY)], "jump_to": "end"}
        return {"messages": replies, "jump_to": "model"}
