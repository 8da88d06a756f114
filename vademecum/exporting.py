"""Conversations and answers as Markdown to keep or to paste: every citation is a footnote with path, place and quote.

What documents and people wrote is escaped, so that whoever opens the file sees it as it is and loads nothing.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from vademecum.core.types import Answer, Citation
from vademecum.memory.checkpoints import Turn

ABSTAINED = "*Not in your documents.*"
NEAREST = "The passages that come nearest:"
UNANSWERED = "*Stopped before there was an answer.*"

_ACTIVE = re.compile(r"([\\`*_\[\]<>|~$&])")
_LEADING = re.compile(r"^(\s*(?:\d+(?=[.)]))?)([#+.)-])", re.MULTILINE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


def conversation(turns: Sequence[Turn], ambiguous: Collection[str] = ()) -> str:
    """The conversation under the first question as its title; footnotes are numbered through."""
    notes = _Footnotes(ambiguous)
    title = _line(turns[0].question) if turns else "An empty conversation"
    parts = [f"# {title}"]
    for turn in turns:
        parts += [f"## {_line(turn.question)}", *_said(turn, notes)]
    return "\n\n".join([*parts, *notes.written()]) + "\n"


def answer(found: Answer, ambiguous: Collection[str] = ()) -> str:
    """One answer with its footnotes."""
    notes = _Footnotes(ambiguous)
    return "\n\n".join([*_answered(found, notes), *notes.written()]) + "\n"


class _Footnotes:
    """The citations in the order in which they are used first."""

    def __init__(self, ambiguous: Collection[str]) -> None:
        self._numbers: dict[Citation, int] = {}
        self._ambiguous = ambiguous

    def marks(self, citations: Iterable[Citation]) -> str:
        """The marks of these citations: "[^1][^2]"."""
        return "".join(f"[^{self._numbers.setdefault(one, len(self._numbers) + 1)}]" for one in citations)

    def written(self) -> list[str]:
        """The footnotes, as one paragraph; nothing where there are none."""
        lines = [f"[^{number}]: {self._place(one)}: “{_line(one.quote)}”" for one, number in self._numbers.items()]
        return ["\n".join(lines)] if lines else []

    def _place(self, cited: Citation) -> str:
        path = f"{cited.root}/{cited.path}" if cited.path in self._ambiguous else cited.path
        return f"{_line(path)}, {_line(cited.where)}"


def _said(turn: Turn, notes: _Footnotes) -> list[str]:
    if turn.answer:
        return _answered(turn.answer, notes)
    return [_escaped(turn.reply)] if turn.reply else [UNANSWERED]


def _answered(found: Answer, notes: _Footnotes) -> list[str]:
    if not found.abstained:
        return [" ".join(f"{_escaped(one.text)}{notes.marks(one.citations)}" for one in found.sentences)]
    nearest = "\n".join(f"- “{_line(one.quote)}”{notes.marks([one])}" for one in found.nearest)
    return [ABSTAINED, *([NEAREST, nearest] if nearest else [])]


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _LEADING.sub(r"\1\\\2", _ACTIVE.sub(r"\\\1", _UNSEEN.sub(" ", text).strip()))


def _line(text: str) -> str:
    return _escaped(" ".join(text.split()))
