"""What a quote needs of its surroundings to be understood: headings, the head of its record, whom "she" stands for."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from vademecum.core.types import Citation, Hit
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
    """The pieces of a cited quote, each with the record that it is a field of where it stands.

    What gives it its meaning there is not added: an answer cites that too.
    """
    for hit in hits:
        passage = hit.passage
        start, end = citation.start - passage.start, citation.end - passage.start
        if passage.source_id == citation.source_id and start >= 0 and end <= len(passage.text):
            for statement in _statements(passage.text):
                if statement.start <= start and end <= statement.end and statement.record is not None:
                    return [Piece(citation.quote, "", (passage.id, statement.record))]
    return pieces(citation.quote, str(number))


def begins_with_pronoun(sentence: str) -> bool:
    """Whether the subject of a sentence was named before ("she", "its", "this")."""
    return bool(_STANDS_FOR.match(sentence))


_statements = lru_cache(maxsize=64)(statements)
