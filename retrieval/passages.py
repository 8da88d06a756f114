"""Passages that follow the document: a section's paragraphs and lists, never a window of so many characters.

Each passage belongs to one section and one page. Short neighbours in a section are joined, long blocks are cut between
sentences. Together the passages leave out nothing but white space: headings lie at the beginning of the passage
below them, where retrieval reads them, but no sentence of an answer quotes them.
"""

import bisect
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from retrieval.sentences import sentence_spans
from retrieval.structure import Block, blocks

LONGEST = 1100
"""Characters without headings; about 250 tokens of English, what the embedded model reads at once."""

JOIN_BELOW = 350
"""Characters; blocks of one section are joined until a passage has as many."""

NEVER_ALONE = 120
"""Characters; a block as short as this joins the next one even where that makes a passage too long to keep whole."""


class PassageSpan(NamedTuple):
    """Where a passage is: characters `start` to `end`, headings outermost first, page and line from 1."""

    start: int
    end: int
    headings: tuple[str, ...]
    page: int | None
    line: int


def split(text: str, *, kind: str, page_starts: Sequence[int] | None, title: str) -> list[PassageSpan]:
    """The passages of a source's text, in order.

    `page_starts` are the offsets at which pages begin (None: no pages). A heading equal to `title` is left out of
    `headings`, since the title stands with the source anyway.
    """
    newlines = [i for i, character in enumerate(text) if character == "\n"]
    starts = list(page_starts) if page_starts else [0]
    open_headings: list[Block] = []
    spans: list[PassageSpan] = []
    for number, (begin, end) in enumerate(zip(starts, [*starts[1:], len(text)], strict=True), 1):
        for start, stop in _pieces(text[begin:end], kind, open_headings):
            spans.append(
                PassageSpan(
                    start=begin + start,
                    end=_last_visible(text, begin + start, begin + stop),
                    headings=tuple(h.title for h in open_headings if h.title and h.title != title),
                    page=number if page_starts else None,
                    line=bisect.bisect_left(newlines, begin + start) + 1,
                )
            )
    return spans


def _pieces(text: str, kind: str, open_headings: list[Block]) -> Iterator[tuple[int, int]]:
    """Spans of the passages of one page; `open_headings` is kept at the headings above the span just yielded."""
    begin: int | None = None
    body: list[Block] = []
    for block in blocks(text, marked=kind == "markdown"):
        size = body[-1].end - body[0].start if body else 0
        overflows = size > NEVER_ALONE and block.end - body[0].start > LONGEST
        if body and (block.kind == "heading" or size >= JOIN_BELOW or overflows):
            yield from _cut(text, begin if begin is not None else body[0].start, body)
            begin, body = None, []
        begin = block.start if begin is None else begin
        if block.kind == "heading":
            _open(open_headings, block)
        else:
            body.append(block)
    if body and begin is not None:
        yield from _cut(text, begin, body)
    elif begin is not None:
        yield begin, len(text.rstrip())


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
