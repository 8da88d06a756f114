"""What of a conversation a model is shown: remembered facts, the summary, the last turns, within one budget of tokens.

context_messages(messages, kind="both", summary=summary, summarised_count=12, facts=["I prefer tea."])
"""

from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import AnyMessage, BaseMessage
from langchain_core.messages.utils import count_tokens_approximately

from vademecum import prompts
from vademecum.memory.buffer import TOKENS, TURNS, recent
from vademecum.memory.summary import unfenced

MemoryKind = Literal["buffer", "summary", "both"]
"""What a model is shown of earlier turns. buffer: the last turns as they were. summary: a summary of all but the last
one or two, which are shown as they were. both: a summary, and the last turns as they were.
"""

SUMMARY_TURNS = 2
"""Turns shown as they were beside a summary of kind "summary", at most: a follow-up leans on the turn before it."""

SUMMARY_SHARE, FACTS_SHARE = 1 / 3, 1 / 5
"""Shares of the budget of tokens for the summary and for the facts; the turns have the rest."""

FRAME_TOKENS = 80
"""Tokens of the words around what is remembered: the prompt `memory/remembered`."""

CHARS_PER_TOKEN = 4
"""What LangChain's approximate count assumes."""


def turns_kept(kind: MemoryKind, turns: int = TURNS) -> int:
    """Number of turns that are shown as they were."""
    return min(turns, SUMMARY_TURNS) if kind == "summary" else turns


def summary_chars(tokens: int = TOKENS) -> int:
    """Longest summary, in characters, under a budget of `tokens`."""
    return int(tokens * SUMMARY_SHARE) * CHARS_PER_TOKEN


def turns_tokens(tokens: int = TOKENS) -> int:
    """Tokens left for the turns of a budget of `tokens`, where summary and facts take their whole shares."""
    return int(tokens * (1 - SUMMARY_SHARE - FACTS_SHARE)) - FRAME_TOKENS


def context_messages(
    messages: Sequence[AnyMessage],
    *,
    kind: MemoryKind = "buffer",
    summary: str = "",
    summarised_count: int = 0,
    facts: Sequence[str] = (),
    turns: int = TURNS,
    tokens: int = TOKENS,
) -> list[BaseMessage]:
    """The messages to show a model before the question at hand: at most about `tokens` tokens, oldest first.

    Human and AI messages alternate, as all providers require. `messages` is all that was said before; `summary` tells
    of the first `summarised_count` of them. Facts and summary come first, as material in a fence: that is never an
    instruction, and nothing to cite.
    """
    fact_lines = [f"- {fact}" for fact in _within(facts, int(tokens * FACTS_SHARE) * CHARS_PER_TOKEN)]
    parts = ["\n".join(["What I told you about myself:", *fact_lines])] if fact_lines else []
    if summary and kind != "buffer":
        parts.append(f"Earlier in our conversation:\n{summary[: summary_chars(tokens)]}")
    remembered = unfenced("\n\n".join(parts))
    material = prompts.load("memory/remembered").render(remembered=remembered) if parts else []
    tokens_left = tokens - count_tokens_approximately(material)
    not_summarised = messages if kind == "buffer" else messages[summarised_count:]
    return [*material, *recent(not_summarised, turns=turns_kept(kind, turns), tokens=max(0, tokens_left))]


def _within(texts: Sequence[str], most_chars: int) -> list[str]:
    """The first texts that fit into `most_chars` characters together; one too long is left out, later ones may fit."""
    fitting: list[str] = []
    for text in texts:
        if sum(map(len, fitting)) + len(text) <= most_chars:
            fitting.append(text)
    return fitting
