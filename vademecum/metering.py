"""What a run cost: calls of a language model, and the tokens they took, as the models themselves count them."""

import threading
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult


class Meter(BaseCallbackHandler):
    """Counts while a graph runs: put it into `callbacks`. A model that does not tell its usage counts as 0 tokens."""

    def __init__(self) -> None:
        self.calls = self.input_tokens = self.output_tokens = 0
        self._counting = threading.Lock()

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.input_tokens + self.output_tokens

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],  # noqa: ARG002 (LangChain's signature)
        messages: list[list[BaseMessage]],
        **_: Any,
    ) -> None:
        """A call begins."""
        with self._counting:
            self.calls += len(messages)

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """A call has ended."""
        for generations in response.generations:
            for generation in generations[:1]:
                usage = generation.message.usage_metadata if _is_told(generation) else None  # ty: ignore
                with self._counting:
                    self.input_tokens += usage["input_tokens"] if usage else 0
                    self.output_tokens += usage["output_tokens"] if usage else 0


def _is_told(generation: Any) -> bool:
    return isinstance(generation, ChatGeneration) and getattr(generation.message, "usage_metadata", None) is not None
