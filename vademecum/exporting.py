"""Conversations and answers as Markdown to keep or to paste: every citation is a footnote with path, place and quote.

The layout of sentences is kept: emphasis, code, formulas, lists, tables with their header. What else documents and
people wrote is escaped, so that whoever opens the file sees it as it is and loads nothing.
"""

from collections.abc import Collection, Iterable, Sequence

from vademecum.core import markdown
from vademecum.core.types import Answer, Citation
from vademecum.memory.checkpoints import Turn

ABSTAINED = "*Not in your documents.*"
NEAREST = "The passages that come nearest:"
UNANSWERED = "*Stopped before there was an answer.*"


def conversation(turns: Sequence[Turn], ambiguous: Collection[str] = ()) -> str:
    """The conversation under the first question as its title; footnotes are numbered through."""
    footnotes = _Footnotes(ambiguous)
    title = _line(turns[0].question) if turns else "An empty conversation"
    parts = [f"# {title}"]
    for turn in turns:
        parts += [f"## {_line(turn.question)}", *_reply_parts(turn, footnotes)]
    return "\n\n".join([*parts, *footnotes.paragraph()]) + "\n"


def answer(answer: Answer, ambiguous: Collection[str] = ()) -> str:
    """One answer with its footnotes."""
    footnotes = _Footnotes(ambiguous)
    return "\n\n".join([*_answer_parts(answer, footnotes), *footnotes.paragraph()]) + "\n"


class _Footnotes:
    """The citations in the order in which they are used first."""

    def __init__(self, ambiguous: Collection[str]) -> None:
        self._numbers: dict[Citation, int] = {}
        self._ambiguous = ambiguous

    def marks(self, citations: Iterable[Citation]) -> str:
        """The marks of these citations: "[^1][^2]"."""
        return "".join(f"[^{self._numbers.setdefault(citation, len(self._numbers) + 1)}]" for citation in citations)

    def paragraph(self) -> list[str]:
        """The footnotes, as one paragraph; nothing where there are none."""
        lines = [
            f"[^{number}]: {self._place(citation)}: “{_line(citation.quote)}”"
            for citation, number in self._numbers.items()
        ]
        return ["\n".join(lines)] if lines else []

    def _place(self, cited: Citation) -> str:
        path = f"{cited.root}/{cited.path}" if cited.path in self._ambiguous else cited.path
        return f"{_line(path)}, {_line(cited.where)}"


def _reply_parts(turn: Turn, footnotes: _Footnotes) -> list[str]:
    if turn.answer:
        return _answer_parts(turn.answer, footnotes)
    return [markdown.escaped(turn.reply)] if turn.reply else [UNANSWERED]


def _answer_parts(answer: Answer, footnotes: _Footnotes) -> list[str]:
    if not answer.abstained:
        sentences = [(sentence.layout, footnotes.marks(sentence.citations)) for sentence in answer.sentences]
        return [markdown.paragraphs(sentences)]
    nearest = "\n".join(f"- “{_line(citation.quote)}”{footnotes.marks([citation])}" for citation in answer.nearest)
    return [ABSTAINED, *([NEAREST, nearest] if nearest else [])]


def _line(text: str) -> str:
    return markdown.escaped(" ".join(text.split()))
