"""What a chat model is trusted with: how it answers, from its name. The one place that decides it."""

from pathlib import Path
from typing import Literal

from vademecum.core.settings import Settings
from vademecum.models.local_models import local_models, resolved

Strategy = Literal["quotes", "one sentence", "numbered", "draft"]
"""How an answer comes about. `quotes`: without a model. `one sentence`: quotes, one of them in a very small model's
words. `numbered`: a small one reads numbered sentences, and names those it rests on. `draft`: a large one reads
passages, and copies its quotes."""

MAX_NUMBERED_BYTES = 4_000_000_000
"""Largest GGUF file that is shown numbered sentences: some four thousand million parameters, or seven in few bits."""


def strategy_of(model_name: str, settings: Settings | None = None) -> Strategy:  # noqa: ARG001 (for measured profiles)
    """How the chat model called `model_name` answers; one that nothing is known of is trusted with a draft."""
    model_name = resolved(model_name)
    if model_name == "extractive":
        return "quotes"
    if model_name == "embedded":
        return "one sentence"
    if model_name in local_models():
        return "numbered"
    if model_name.lower().endswith(".gguf") and not model_name.startswith(("http://", "https://")):
        return "numbered" if _size(model_name) <= MAX_NUMBERED_BYTES else "draft"
    return "draft"


def is_very_small(model_name: str, settings: Settings | None = None) -> bool:
    """Whether the model can draft from a few sentences, but not rewrite a question, plan, or correct itself."""
    return strategy_of(model_name, settings) == "one sentence"


def plans(model_name: str, settings: Settings | None = None) -> bool:
    """Whether the model plans, judges and routes: a small one does so worse, and seconds later, than rules."""
    return strategy_of(model_name, settings) == "draft"


def _size(path: str) -> int:
    """Bytes of the file; 0 where there is none, which is said when it is loaded."""
    try:
        return Path(path).expanduser().stat().st_size
    except OSError:
        return 0
