"""Passages that follow the document: a section's paragraphs and lists, never a window of so many characters.

Each passage belongs to one section, one page and one place (a slide, a cell). Short neighbours in a section are
joined, long blocks are cut between sentences. Together the passages leave out nothing but white space: headings
lie at the beginning of the passage below them, where retrieval reads them, but no sentence of an answer quotes them.
"""

import bisect
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, Self

from vademecum.retrieval.layout import PLAIN, Layout, stretches
from vademecum.retrieval.passages import (
    Lines,
    PassageSpan,
    blocks_of,
    last_visible,
    next_visible,
    open_heading,
    sentences,
)
from vademecum.retrieval.structure import Block

if TYPE_CHECKING:
    from vademecum.retrieval.loaded_text import LoadedText
    from vademecum.retrieval.splitters import Cutting, Splitter

LONGEST = 1100
"""Characters without headings; about 250 tokens of English, what the embedded model reads at once."""

JOIN_BELOW = 350
"""Characters; blocks of one section are joined until a passage has as many."""

NEVER_ALONE = 120
"""Characters; a block as short as this joins the next one even where that makes a passage too long to keep whole."""


class Measures(NamedTuple):
    """Characters: the longest passage; up to where blocks are joined; below which one never stands alone."""

    longest: int = LONGEST
    join_below: int = JOIN_BELOW
    never_alone: int = NEVER_ALONE

    @classmethod
    def of(cls, longest: int) -> Self:
        """All three for passages of that length, in the proportions of the default ones."""
        return cls(longest, longest * JOIN_BELOW // LONGEST, longest * NEVER_ALONE // LONGEST)


USUAL = Measures()


def build(cutting: "Cutting") -> "Splitter":
    """Passages of up to `chunk_size` characters; they do not overlap."""
    longest, _ = cutting.sizes(LONGEST, overlaps=False)
    measures = Measures.of(longest)

    def passages(loaded: "LoadedText") -> Iterator[PassageSpan]:
        return spans(
            loaded.text,
            kind=loaded.kind,
            page_starts=loaded.page_starts,
            title=loaded.title,
            layout=loaded.layout,
            measures=measures,
        )

    return passages


def split(
    text: str, *, kind: str, page_starts: Sequence[int] | None, title: str, layout: Layout = PLAIN
) -> list[PassageSpan]:
    """The passages of a source's text, in order.

    `page_starts` are the offsets at which pages begin (None: no pages). A heading equal to `title` is left out of
    `headings`, since the title is shown with the source anyway.
    """
    return list(spans(text, kind=kind, page_starts=page_starts, title=title, layout=layout))


def spans(
    text: str,
    *,
    kind: str,
    page_starts: Sequence[int] | None,
    title: str,
    layout: Layout = PLAIN,
    measures: Measures = USUAL,
) -> Iterator[PassageSpan]:
    """What `split` returns, one by one: of a table of a million rows, no list is needed."""
    lines = Lines(text)
    open_headings: list[Block] = []
    for begin, end, page, place in stretches(len(text), tuple(page_starts or ()), layout.places):
        part = text[begin:end]
        if layout.records:
            pieces = _record(part, _level_at(begin, layout), open_headings, measures)
        else:
            pieces = _pieces(part, blocks_of(part, begin, kind, layout), open_headings, measures)
        for start, stop, body in pieces:
            yield PassageSpan(
                start=begin + start,
                end=last_visible(text, begin + start, begin + stop),
                headings=tuple(h.title for h in open_headings if h.title and h.title != title),
                page=page,
                line=lines.number(begin + start),
                place=place,
                body=None if layout.guess else begin + body,
            )


def _level_at(begin: int, layout: Layout) -> int:
    """The level of the heading that begins there; 0 where none does."""
    at = bisect.bisect_left(layout.headings, (begin, 0))
    return layout.headings[at][1] if at < len(layout.headings) and layout.headings[at][0] == begin else 0


def _record(text: str, level: int, open_headings: list[Block], measures: Measures) -> Iterator[tuple[int, int, int]]:
    """The whole of it as one passage, or as several where it is too long; its first line may be a heading."""
    begin, end = next_visible(text, 0, len(text)), len(text.rstrip())
    start = begin
    if level and begin < end:
        line = text.find("\n", begin, end)
        stop = end if line < 0 else line
        open_heading(open_headings, Block("heading", begin, stop, level, text[begin:stop].strip()))
        start = next_visible(text, stop, end)
    if start < end:
        yield from _bodies(_cut(text, begin, [Block("prose", start, end)], measures.longest), start)
    elif begin < end:
        yield begin, end, begin


def _pieces(
    text: str, blocks: Sequence[Block], open_headings: list[Block], measures: Measures
) -> Iterator[tuple[int, int, int]]:
    """Start, end and body of the passages of a stretch; `open_headings` is kept at those above the one just yielded."""
    begin: int | None = None
    body: list[Block] = []
    for block in blocks:
        size = body[-1].end - body[0].start if body else 0
        overflows = size > measures.never_alone and block.end - body[0].start > measures.longest
        if body and (block.kind == "heading" or size >= measures.join_below or overflows):
            yield from _bodies(
                _cut(text, begin if begin is not None else body[0].start, body, measures.longest), body[0].start
            )
            begin, body = None, []
        begin = block.start if begin is None else begin
        if block.kind == "heading":
            open_heading(open_headings, block)
        else:
            body.append(block)
    if body and begin is not None:
        yield from _bodies(_cut(text, begin, body, measures.longest), body[0].start)
    elif begin is not None:
        yield begin, len(text.rstrip()), begin


def _bodies(pieces: Iterator[tuple[int, int]], body: int) -> Iterator[tuple[int, int, int]]:
    """Each piece with where its own words begin; only the first one has headings in front."""
    for start, end in pieces:
        yield start, end, min(max(start, body), end)


def _cut(text: str, begin: int, body: list[Block], longest: int) -> Iterator[tuple[int, int]]:
    """One span, or several of about equal size where the body is longer than `longest`."""
    start, end = body[0].start, body[-1].end
    count = -(-(end - start) // longest)
    if count == 1:
        yield begin, end
        return
    target = (end - start) / count
    for _, sentence_end in sentences(text, start, end, longest):
        if sentence_end - start >= target * 0.95 and end - sentence_end > target * 0.3:
            yield begin, sentence_end
            begin = start = next_visible(text, sentence_end, end)
    yield begin, end
