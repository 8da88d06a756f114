"""Counts what language models do during a run: calls, tokens, log-probabilities. A LangChain callback handler."""

import itertools
import threading
from collections.abc import Mapping
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.outputs import ChatGeneration, LLMResult

from vademecum.evaluation.outcomes import Usage


class Spending(BaseCallbackHandler):
    """Give it to a run as a callback; `usage()` is what the run's chat models did. Several threads may call it.

    A model that does not report its usage counts as 0 tokens.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = self._read = self._written = self._scored = 0
        self._log_probability = 0.0
        self._models: dict[str, float | None] = {}

    def on_llm_end(self, response: LLMResult, **_: Any) -> None:
        """Add one call of a model."""
        with self._lock:
            self._calls += 1
            for generation in itertools.chain.from_iterable(response.generations):
                if isinstance(generation, ChatGeneration):
                    self._add(generation)

    def usage(self) -> Usage:
        """The sums so far. What runs in this process costs nothing; else the price of every model must be known."""
        costs = list(self._models.values())
        return Usage(
            calls=self._calls,
            input_tokens=self._read,
            output_tokens=self._written,
            log_probability=self._log_probability,
            scored_tokens=self._scored,
            models=tuple(self._models),
            cost=None if not costs or None in costs else sum(cost for cost in costs if cost is not None),
        )

    def _cost(self, name: str, metadata: Mapping[str, Any], tokens: Mapping[str, Any]) -> float | None:
        from vademecum.tracing.store.usage import cost

        if metadata.get("model_provider") == "llama.cpp":
            return 0.0
        return cost(name, tokens.get("input_tokens", 0), tokens.get("output_tokens", 0))

    def _add(self, generation: ChatGeneration) -> None:
        message = generation.message
        tokens = getattr(message, "usage_metadata", None) or {}
        self._read += tokens.get("input_tokens", 0)
        self._written += tokens.get("output_tokens", 0)
        metadata = message.response_metadata
        name = str(metadata.get("model_name") or "unknown")
        before, more = self._models.get(name, 0.0), self._cost(name, metadata, tokens)
        self._models[name] = None if before is None or more is None else before + more
        for token in (metadata.get("logprobs") or {}).get("content") or ():
            self._log_probability += token["logprob"]
            self._scored += 1
