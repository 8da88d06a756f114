"""Shows a very small model the last turns only; the conversation itself stays whole."""

from collections.abc import Callable
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ModelRequest, ModelResponse
from langchain_core.messages import AIMessage, HumanMessage

from vademecum.memory.buffer import recent


class Trimming(AgentMiddleware[Any, Any, Any]):
    """Of earlier turns what was said, up to `tokens` (estimated); the turn at hand whole, with its tools' results."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.tokens = tokens

    def wrap_model_call(
        self, request: ModelRequest[Any], handler: Callable[[ModelRequest[Any]], ModelResponse[Any]]
    ) -> ModelResponse[Any] | AIMessage:
        """Call the model with the last turns."""
        messages = request.messages
        questions = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
        latest = questions[-1] if questions else 0
        messages_shown: list[Any] = [*recent(messages[:latest], tokens=self.tokens), *messages[latest:]]
        return handler(request.override(messages=messages_shown))
