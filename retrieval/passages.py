"""Where a passage is, and what every way to cut a text into passages needs: lines, blocks, sentences, visible ends.

The ways themselves are the members of `retrieval/splitters/`.
"""

import bisect
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from vademecum.language.sentences import sentence_spans
from vademecum.retrieval.layout import Layout
from vademecum.retrieval.structure import Block, blocks

_MOST_MARKS = 8
"""Marks on one letter; more are no writing."""

LONGEST_TITLE = 300
"""Characters of a title, or of a heading above passages: each of them carries it, and it may be most of the text."""


class PassageSpan(NamedTuple):
    """Where a passage is: characters `start` to `end`, headings outermost first, page and line from 1.

    `body`: where its own words begin, behind the headings; None where that is to be seen from its lines.
    """

    start: int
    end: int
    headings: tuple[str, ...]
    page: int | None
    line: int
    place: str | None = None
    body: int | None = None


class Lines:
    """Numbers the lines of a text, asked for in ascending order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._number = 1

    def number(self, offset: int) -> int:
        """The line, from 1, that the character at `offset` is in."""
        self._number += self._text.count("\n", self._at, offset)
        self._at = offset
        return self._number


def blocks_of(text: str, begin: int, kind: str, layout: Layout) -> list[Block]:
    """The blocks of `text`, the stretch that begins at `begin` of a source; offsets count from there."""
    first, last = (bisect.bisect_left(layout.headings, (at, 0)) for at in (begin, begin + len(text)))
    levels = {start - begin: level for start, level in layout.headings[first:last]}
    return blocks(
        text, marked=kind == "markdown" or layout.marked, levels=levels, guess=layout.guess, below=layout.deepest
    )


def open_heading(open_headings: list[Block], heading: Block) -> None:
    """Have `open_headings`, outermost first, be the headings above what follows `heading`."""
    if not heading.title:
        return
    while open_headings and open_headings[-1].level >= heading.level:
        open_headings.pop()
    open_headings.append(heading._replace(title=short_title(heading.title)))


def short_title(title: str) -> str:
    """What a document or a part of it calls itself, cut where that is no name any more."""
    return title if len(title) <= LONGEST_TITLE else f"{title[: LONGEST_TITLE - 1].rstrip()}…"


def sentences(text: str, start: int, end: int, longest: int) -> Iterator[tuple[int, int]]:
    """Sentences from `start` to `end`, those longer than `longest` characters cut at white space."""
    for a, b in sentence_spans(text[start:end]):
        first, last = start + a, start + b
        while last - first > longest:
            space = text.rfind(" ", first + 1, first + longest)
            stop = space if space > 0 else _before_marks(text, first + longest)
            yield first, stop
            first = stop
        yield first, last


def _before_marks(text: str, position: int) -> int:
    """`position`, or so far before it that no letter is cut off from the marks written on it."""
    letter = position
    while letter > position - _MOST_MARKS and unicodedata.category(text[letter]) in ("Mn", "Mc"):
        letter -= 1
    return letter


def next_visible(text: str, position: int, end: int) -> int:
    """The first place from `position` on that is not white space; `end` where there is none before."""
    while position < end and text[position].isspace():
        position += 1
    return position


def last_visible(text: str, start: int, end: int) -> int:
    """Behind the last character before `end` that is not white space; `start` where there is none."""
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
