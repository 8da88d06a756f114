"""Passages that follow the document: a section's paragraphs and lists, never a window of so many characters.

Each passage belongs to one section, one page and one place (a slide, a cell). Short neighbours in a section are
joined, long blocks are cut between sentences. Together the passages leave out nothing but white space: headings
lie at the beginning of the passage below them, where retrieval reads them, but no sentence of an answer quotes them.
"""

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from retrieval.layout import PLAIN, Layout, stretches
from retrieval.sentences import sentence_spans
from retrieval.structure import Block, blocks

LONGEST = 1100
"""Characters without headings; about 250 tokens of English, what the embedded model reads at once."""

JOIN_BELOW = 350
"""Characters; blocks of one section are joined until a passage has as many."""

NEVER_ALONE = 120
"""Characters; a block as short as this joins the next one even where that makes a passage too long to keep whole."""


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


def split(
    text: str, *, kind: str, page_starts: Sequence[int] | None, title: str, layout: Layout = PLAIN
) -> list[PassageSpan]:
    """The passages of a source's text, in order.

    `page_starts` are the offsets at which pages begin (None: no pages). A heading equal to `title` is left out of
    `headings`, since the title stands with the source anyway.
    """
    return list(spans(text, kind=kind, page_starts=page_starts, title=title, layout=layout))


def spans(
    text: str, *, kind: str, page_starts: Sequence[int] | None, title: str, layout: Layout = PLAIN
) -> Iterator[PassageSpan]:
    """What `split` returns, one by one: of a table of a million rows, no list is needed."""
    lines = _Lines(text)
    open_headings: list[Block] = []
    for begin, end, page, place in stretches(len(text), tuple(page_starts or ()), layout.places):
        part = text[begin:end]
        if layout.records:
            pieces = _record(part, _level_at(begin, layout), open_headings)
        else:
            pieces = _pieces(part, _blocks(part, begin, kind, layout), open_headings)
        for start, stop, body in pieces:
            yield PassageSpan(
                start=begin + start,
                end=_last_visible(text, begin + start, begin + stop),
                headings=tuple(h.title for h in open_headings if h.title and h.title != title),
                page=page,
                line=lines.number(begin + start),
                place=place,
                body=None if layout.guess else begin + body,
            )


class _Lines:
    """Numbers the lines of a text, asked for in ascending order."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._number = 1

    def number(self, offset: int) -> int:
        self._number += self._text.count("\n", self._at, offset)
        self._at = offset
        return self._number


def _blocks(text: str, begin: int, kind: str, layout: Layout) -> list[Block]:
    """The blocks of the stretch of text that begins at `begin`."""
    first, last = (bisect.bisect_left(layout.headings, (at, 0)) for at in (begin, begin + len(text)))
    known = {start - begin: level for start, level in layout.headings[first:last]}
    return blocks(
        text, marked=kind == "markdown" or layout.marked, known=known, guess=layout.guess, below=layout.deepest
    )


def _level_at(begin: int, layout: Layout) -> int:
    """The level of the heading that begins there; 0 where none does."""
    at = bisect.bisect_left(layout.headings, (begin, 0))
    return layout.headings[at][1] if at < len(layout.headings) and layout.headings[at][0] == begin else 0


def _record(text: str, level: int, open_headings: list[Block]) -> Iterator[tuple[int, int, int]]:
    """The whole of it as one passage, or as several where it is too long; its first line may be a heading."""
    begin, end = _next_visible(text, 0, len(text)), len(text.rstrip())
    start = begin
    if level and begin < end:
        line = text.find("\n", begin, end)
        stop = end if line < 0 else line
        _open(open_headings, Block("heading", begin, stop, level, text[begin:stop].strip()))
        start = _next_visible(text, stop, end)
    if start < end:
        yield from _bodies(_cut(text, begin, [Block("prose", start, end)]), start)
    elif begin < end:
        yield begin, end, begin


def _pieces(text: str, found: Sequence[Block], open_headings: list[Block]) -> Iterator[tuple[int, int, int]]:
    """Start, end and body of the passages of a stretch; `open_headings` is kept at those above the one just yielded."""
    begin: int | None = None
    body: list[Block] = []
    for block in found:
        size = body[-1].end - body[0].start if body else 0
        overflows = size > NEVER_ALONE and block.end - body[0].start > LONGEST
        if body and (block.kind == "heading" or size >= JOIN_BELOW or overflows):
            yield from _bodies(_cut(text, begin if begin is not None else body[0].start, body), body[0].start)
            begin, body = None, []
        begin = block.start if begin is None else begin
        if block.kind == "heading":
            _open(open_headings, block)
        else:
            body.append(block)
    if body and begin is not None:
        yield from _bodies(_cut(text, begin, body), body[0].start)
    elif begin is not None:
        yield begin, len(text.rstrip()), begin


def _bodies(pieces: Iterator[tuple[int, int]], body: int) -> Iterator[tuple[int, int, int]]:
    """Each piece with where its own words begin; only the first one has headings in front."""
    for start, end in pieces:
        yield start, end, min(max(start, body), end)


def _open(open_headings: list[Block], heading: Block) -> None:
    if not heading.title:
        return
    while open_headings and open_headings[-1].level >= heading.level:
        open_headings.pop()
    open_headings.append(heading)


def _cut(text: str, begin: int, body: list[Block]) -> Iterator[tuple[int, int]]:
    """One span, or several of about equal size where the body is longer than `LONGEST`."""
    start, end = body[0].start, body[-1].end
    count = -(-(end - start) // LONGEST)
    if count == 1:
        yield begin, end
        return
    wanted = (end - start) / count
    for _, sentence_end in _breaks(text, start, end):
        if sentence_end - start >= wanted * 0.95 and end - sentence_end > wanted * 0.3:
            yield begin, sentence_end
            begin = start = _next_visible(text, sentence_end, end)
    yield begin, end


def _breaks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Sentences from `start` to `end`, those longer than a passage cut at white space."""
    for a, b in sentence_spans(text[start:end]):
        first, last = start + a, start + b
        while last - first > LONGEST:
            space = text.rfind(" ", first + 1, first + LONGEST)
            stop = space if space > 0 else first + LONGEST
            yield first, stop
            first = stop
        yield first, last


def _next_visible(text: str, position: int, end: int) -> int:
    while position < end and text[position].isspace():
        position += 1
    return position


def _last_visible(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
