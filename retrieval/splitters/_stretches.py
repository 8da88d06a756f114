"""From places to cut to passages: exact, in order, leaving out nothing but white space, with headings and places."""

import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence

from vademecum.retrieval.layout import stretches
from vademecum.retrieval.loaded_text import LoadedText
from vademecum.retrieval.passages import (
    Lines,
    PassageSpan,
    blocks_of,
    last_visible,
    next_visible,
    open_heading,
    sentences,
)
from vademecum.retrieval.splitters import Splitter
from vademecum.retrieval.structure import Block

LONGEST = 8000
"""Characters; longer pieces are cut, whatever the splitter says: the embedded model reads no further."""

Cut = Callable[[str, Sequence[Block]], Iterable[tuple[int, int]]]
"""Given a stretch of text and its blocks, where its pieces begin and end."""


def stretchwise(cut: Cut) -> Splitter:
    """The splitter that cuts each stretch by `cut`; a row of a table stays whole where it is not too long."""

    def passages(loaded: LoadedText) -> Iterator[PassageSpan]:
        text, layout = loaded.text, loaded.layout
        lines, above = Lines(text), _Headings(loaded.title)
        for begin, end, page, place in stretches(len(text), loaded.page_starts or (), layout.places):
            part = text[begin:end]
            if not part.strip():
                continue
            blocks = blocks_of(part, begin, loaded.kind, layout)
            above.enter(blocks)
            whole = layout.records and len(part) <= LONGEST
            for start, stop in closed(part, [(0, len(part))] if whole else cut(part, blocks)):
                headings, body = above.at(start, stop)
                line = lines.number(begin + start)
                yield PassageSpan(begin + start, begin + stop, headings, page, line, place, begin + body)

    return passages


def closed(text: str, pieces: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pieces without the white space around them, widened where something visible lies between two of them.

    What adds nothing to the piece before is left out, and what is longer than `LONGEST` is cut. Each begins and ends
    behind the one before.
    """
    start, stop = 0, 0
    for begin, end in (short for piece in pieces for short in _shortened(text, *piece)):
        if end <= stop:
            continue
        begin = min(begin, next_visible(text, stop, end)) if begin > start or stop == 0 else stop
        begin = next_visible(text, begin, end)
        if begin >= end:
            continue
        if stop:
            yield start, stop
        start, stop = begin, end
    rest, end = next_visible(text, stop, len(text)), last_visible(text, stop, len(text))
    if stop and end - rest <= LONGEST // 2:
        yield start, end
        return
    if stop:
        yield start, stop
    if rest < end:
        yield from ((rest + begin, rest + end) for begin, end in closed(text[rest:end], [(0, end - rest)]))


def packed(units: Iterable[tuple[int, int]], size: int, overlap: int = 0) -> Iterator[tuple[int, int]]:
    """Neighbouring units joined up to `size` characters, the last ones up to `overlap` once more in the next piece."""
    group: list[tuple[int, int]] = []
    for start, end in units:
        if group and end - group[0][0] > size:
            yield group[0][0], group[-1][1]
            last = group[-1][1]
            group = [unit for unit in group if last - unit[0] <= overlap and end - unit[0] <= size]
        group.append((start, end))
    if group:
        yield group[0][0], group[-1][1]


def _shortened(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The piece without white space around it; cut between sentences where it is longer than `LONGEST`."""
    start, end = next_visible(text, start, end), last_visible(text, start, end)
    if end - start <= LONGEST:
        yield start, end
    else:
        yield from packed(sentences(text, start, end, LONGEST), LONGEST)


class _Headings:
    """The headings above each piece of a text whose stretches are entered in order."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._open: list[Block] = []
        self._blocks: Sequence[Block] = ()
        self._ends: list[int] = []
        self._above: list[tuple[str, ...]] = []

    def enter(self, blocks: Sequence[Block]) -> None:
        """Take the blocks of the next stretch, which begins under the headings that the last one left open."""
        self._blocks, self._above = blocks, []
        for block in blocks:
            if block.kind == "heading":
                open_heading(self._open, block)
            self._above.append(tuple(h.title for h in self._open if h.title and h.title != self._title))
        self._ends = [block.end for block in blocks]

    def at(self, start: int, stop: int) -> tuple[tuple[str, ...], int]:
        """The headings above the first words of the piece that are no heading, and where those begin."""
        if not self._blocks:
            return (), start
        first = i = min(bisect.bisect_right(self._ends, start), len(self._blocks) - 1)
        while i < len(self._blocks) and self._blocks[i].kind == "heading" and self._blocks[i].start < stop:
            i += 1
        if i == len(self._blocks) or self._blocks[i].start >= stop:
            return self._above[max(first, i - 1)], start
        return self._above[i], max(start, self._blocks[i].start)
