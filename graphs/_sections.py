"""The sections of a report: each sentence once, what is prose and on the question, at most a few under a title."""

import re
from collections.abc import Sequence

from vademecum.core.types import Section, Sentence
from vademecum.graphs._claims import plain
from vademecum.graphs._parts import Part
from vademecum.verification.words import parse

MOST_SENTENCES = 3
"""Sentences under a heading that was found, and not asked for."""

IN_SHORT = "In short"
"""The title of the part that is the question itself, where there are others."""

ALIKE = 0.8
"""Share of a sentence's weighty words, both ways, from which on another says the same."""

_WORD = re.compile(r"[^\W\d_]{2,}")
_NO_PROSE = re.compile(r"^\s*(?:\||\$\$|```|!\[)|\\[a-z]+\{|\$\$")


def of(question: str, parts: Sequence[Part]) -> tuple[Section, ...]:
    """The sections, in the order of the parts; of a part with nothing new there is none."""
    message: list[set[str]] = []
    texts: set[str] = set()
    sections = []
    for part in parts:
        sentences: list[Sentence] = []
        matches = is_of_heading(part, question)
        for sentence in part["answer"].sentences if part["answer"] else ():
            stems = _stems(sentence.text)
            beside = matches and (len(sentences) == MOST_SENTENCES or not _fits(sentence.text, question))
            if beside or plain(sentence.text) in texts or any(_alike(stems, other) for other in message):
                continue
            texts.add(plain(sentence.text))
            message.append(stems)
            sentences.append(sentence)
        if sentences:
            sections.append(Section(title=part["title"], sentences=tuple(sentences)))
    if len(sections) > 1 and plain(sections[0].title) == plain(question):
        sections[0] = sections[0].model_copy(update={"title": IN_SHORT})
    return tuple(sections)


def is_of_heading(part: Part, question: str) -> bool:
    """Whether the part is the question again, with a heading that was found."""
    return part["title"] != question and part["asked"][0].startswith(question)


def _fits(sentence: str, question: str) -> bool:
    """Whether a sentence is prose, and shares a word of weight with the question."""
    is_prose = len(_WORD.findall(sentence)) >= 4 and not _NO_PROSE.search(sentence)
    return is_prose and bool(_stems(sentence) & _stems(question))


def _alike(one: set[str], other: set[str]) -> bool:
    return bool(one) and len(one & other) >= ALIKE * max(len(one), len(other))


def _stems(text: str) -> set[str]:
    return {word.stem for word in parse(text).words if word.kind != "function"}
