"""What a quote needs of its surroundings to be understood: headings, the head of its record, whom "she" stands for."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from vademecum.core.types import Citation, Hit
from vademecum.language.sentences import sentence_spans
from vademecum.verification.statements import Statement, statements

_STANDS_FOR = re.compile(
    r"\W*(?:he|she|it|they|his|her|its|their|this|these|the (?:former|latter|same))\b", re.IGNORECASE
)
"""What a sentence begins with whose subject was named before."""


class Piece(NamedTuple):
    """A stretch that is weighed by itself: its text, what it needs before it, and the record it is a field of."""

    text: str
    context: str = ""
    record: tuple[str, int] | None = None

    @property
    def whole(self) -> str:
        """The text behind its context."""
        return f"{self.context}. {self.text}" if self.context else self.text


def pieces(text: str, name: str = "") -> list[Piece]:
    """The statements of a text as pieces; `name` tells its records from those of other texts."""
    return [_piece(text, statement, name) for statement in statements(text)]


def _piece(text: str, statement: Statement, name: str) -> Piece:
    record = None if statement.record is None else (name, statement.record)
    return Piece(text[statement.start : statement.end], statement.context, record)


def pieces_of(citation: Citation, number: int, hits: Sequence[Hit]) -> list[Piece]:
    """The pieces of a cited quote, with the record and headings that it has where it stands."""
    for hit in hits:
        passage = hit.passage
        start, end = citation.start - passage.start, citation.end - passage.start
        if passage.source_id == citation.source_id and start >= 0 and end <= len(passage.text):
            for statement in _statements(passage.text):
                if statement.start <= start and end <= statement.end and statement.record is not None:
                    return [Piece(citation.quote, statement.context, (passage.id, statement.record))]
    return pieces(citation.quote, str(number))


def begins_with_pronoun(sentence: str) -> bool:
    """Whether the subject of a sentence was named before ("she", "its", "this")."""
    return bool(_STANDS_FOR.match(sentence))


def surroundings(citation: Citation, hits: Sequence[Hit]) -> list[str]:
    """What names the subject of a quote that begins with "she" or "its": the headings, or the sentences before it."""
    if not begins_with_pronoun(citation.quote):
        return []
    for hit in hits:
        passage = hit.passage
        start = citation.start - passage.start
        if passage.source_id == citation.source_id and 0 <= start < len(passage.text):
            headings = ". ".join(dict.fromkeys((hit.title, *passage.headings)))
            before = [span for span in sentence_spans(passage.text) if span[1] <= start][-2:]
            return [text for text in (headings, passage.text[before[0][0] : start] if before else "") if text]
    return []


_statements = lru_cache(maxsize=64)(statements)
