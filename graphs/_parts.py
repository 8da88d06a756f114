"""The parts of a question: sub-questions found by rules, without a language model, and their rewording."""

import re
from collections.abc import Sequence
from typing import TypedDict

from vademecum.core.types import Answer, Hit
from vademecum.language.questions import content_words, with_topic

HEADINGS_LOOKED_AT = 6
"""Passages whose headings become sub-questions of a question that does not split; lower ones are about others."""

_ASKING = r"(?:what|how|why|when|where|who|whom|whose|which|do|does|did|is|are|was|were|can|could|should|will|would)"
_SEAM = re.compile(rf"\?\s+|;\s+|,?\s+(?:and|but|or)\s+(?={_ASKING}\b)", re.IGNORECASE)


class Part(TypedDict):
    """One sub-question. `title` heads its section, `asked` are its wordings so far, `answer` that to the last."""

    number: int
    title: str
    asked: list[str]
    answer: Answer | None


def part(number: int, title: str, question: str) -> Part:
    """A part that is to be answered."""
    return Part(number=number, title=title, asked=[question], answer=None)


def merge(parts: list[Part], updates: list[Part]) -> list[Part]:
    """The reducer: parts by number, the news in the place of what they are news of."""
    return [part for _, part in sorted({part["number"]: part for part in [*parts, *updates]}.items())]


def answered(part: Part) -> bool:
    """True where the documents answer the part."""
    return part["answer"] is not None and not part["answer"].abstained


def split(question: str) -> list[tuple[str, str]]:
    """Title and question for each of those joined in one ("What is A, and why B?"), with the topic of the first."""
    pieces = [piece.strip(" ,.?") for piece in _SEAM.split(question) if content_words(piece)]
    if len(pieces) < 2:
        return [(question.strip(), question.strip())]
    first, *others = [f"{piece[0].upper()}{piece[1:]}?" for piece in pieces]
    return [(first, first), *((question_part, with_topic(question_part, first)) for question_part in others)]


def by_headings(question: str, hits: Sequence[Hit]) -> list[tuple[str, str]]:
    """Title and question for each heading under which the best passages stand."""
    headings = dict.fromkeys(hit.passage.headings[-1] for hit in hits[:HEADINGS_LOOKED_AT] if hit.passage.headings)
    return [(heading, f"{question} ({heading.rstrip('?')})") for heading in headings]


def reworded(part: Part, question: str, others: Sequence[Part]) -> str:
    """The part's own words, those of the whole question, and the titles of what answered the other parts.

    The same wording where these add none: the answer graph has tried the part's words by themselves.
    """
    own = content_words(part["asked"][-1])
    titles = dict.fromkeys(
        citation.title
        for answered_part in others
        if answered_part["answer"]
        for citation in answered_part["answer"].citations
    )
    own_words = {word.casefold() for word in own}
    more = [word for word in content_words(" ".join([question, *titles])) if word.casefold() not in own_words]
    return " ".join([*own, *more]) if more else part["asked"][-1]
