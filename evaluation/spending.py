"""Counts what language models do during a run: calls, tokens, log-probabilities. A LangChain callback handler."""

import threading
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import ChatGeneration, LLMResult

from evaluation.outcomes import Usage


class Spending(BaseCallbackHandler):
    """Give it to a run as a callback; `usage()` is what the run's chat models did. Safe in parallel runs' threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = self._read = self._written = self._scored = 0
        self._log_probability = 0.0
        self._models: dict[str, None] = {}

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """Add one call of a model."""
        with self._lock:
            self._calls += 1
            for generation in (one for made in response.generations for one in made):
                if isinstance(generation, ChatGeneration):
                    self._add(generation)

    def usage(self) -> Usage:
        """The sums so far."""
        return Usage(
            calls=self._calls,
            input_tokens=self._read,
            output_tokens=self._written,
            log_probability=self._log_probability,
            scored_tokens=self._scored,
            models=tuple(self._models),
        )

    def _add(self, generation: ChatGeneration) -> None:
        message = generation.message
        used = getattr(message, "usage_metadata", None) or {}
        self._read += used.get("input_tokens", 0)
        self._written += used.get("output_tokens", 0)
        told = message.response_metadata
        if name := told.get("model_name"):
            self._models[name] = None
        for token in (told.get("logprobs") or {}).get("content") or ():
            self._log_probability += token["logprob"]
            self._scored += 1
