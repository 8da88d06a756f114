"""What of a conversation a model is shown: remembered facts, the summary, the last turns, within one budget of tokens.

compose(messages, kind="both", summary=summary, summarised=12, facts=["I prefer tea."])
"""

from collections.abc import Sequence
from typing import Literal

from langchain_core.messages import AnyMessage, BaseMessage
from langchain_core.messages.utils import count_tokens_approximately

from vademecum import prompts
from vademecum.memory.buffer import TOKENS, TURNS, recent
from vademecum.memory.summary import unfenced

Kind = Literal["buffer", "summary", "both"]
"""The last turns as they were; a summary of what came before the last turn or two; a summary and the last turns."""

SUMMARY_TURNS = 2
"""Turns not yet summarised, at most, where a summary is all there is: a follow-up leans on the one before it."""

SUMMARY_SHARE, FACTS_SHARE = 1 / 3, 1 / 5
"""Parts of the budget; the turns have the rest."""

CHARS_PER_TOKEN = 4
"""What LangChain's approximate count assumes."""


def turns_kept(kind: Kind, turns: int = TURNS) -> int:
    """Turns that are shown as they were."""
    return min(turns, SUMMARY_TURNS) if kind == "summary" else turns


def summary_chars(tokens: int = TOKENS) -> int:
    """Longest summary, in characters, under a budget of `tokens`."""
    return int(tokens * SUMMARY_SHARE) * CHARS_PER_TOKEN


def turns_tokens(tokens: int = TOKENS) -> int:
    """What the turns have of the budget, beside a summary and facts that take all of theirs."""
    return int(tokens * (1 - SUMMARY_SHARE - FACTS_SHARE)) - 80  # the words around what is remembered


def compose(
    messages: Sequence[AnyMessage],
    *,
    kind: Kind = "buffer",
    summary: str = "",
    summarised: int = 0,
    facts: Sequence[str] = (),
    turns: int = TURNS,
    tokens: int = TOKENS,
) -> list[BaseMessage]:
    """At most about `tokens` tokens, oldest first; human and AI messages by turns, as every provider takes them.

    `messages` is all that was said before the question at hand; `summary` tells of the first `summarised` of them. What
    is remembered comes first, as material in a fence: it is never an instruction, and nothing to cite.
    """
    fact_lines = [f"- {fact}" for fact in _within(facts, int(tokens * FACTS_SHARE) * CHARS_PER_TOKEN)]
    parts = ["\n".join(["What I told you about myself:", *fact_lines])] if fact_lines else []
    if summary and kind != "buffer":
        parts.append(f"Earlier in our conversation:\n{summary[: summary_chars(tokens)]}")
    remembered = unfenced("\n\n".join(parts))
    material = prompts.load("memory/remembered").render(remembered=remembered) if parts else []
    rest = tokens - count_tokens_approximately(material)
    spoken = messages if kind == "buffer" else messages[summarised:]
    return [*material, *recent(spoken, turns=turns_kept(kind, turns), tokens=max(0, rest))]


def _within(texts: Sequence[str], most_chars: int) -> list[str]:
    fitting: list[str] = []
    for text in texts:
        if sum(map(len, fitting)) + len(text) <= most_chars:
            fitting.append(text)
    return fitting
