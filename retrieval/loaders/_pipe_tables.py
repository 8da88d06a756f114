"""Tables in Markdown, drawn with bars: their names stand above a line of dashes (GitHub Flavored Markdown, 4.10)."""

import re
from collections.abc import Iterator
from itertools import pairwise

from vademecum.retrieval.tables import MOST_CELLS, Span, Table

_BAR = re.compile(r"(?<!\\)\|")
_DIVIDER = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


def tables_of(text: str) -> list[Table]:
    """The tables of a Markdown text, with the places of their names and cells in it."""
    tables: list[Table] = []
    table, above, cells_left = None, Span(0, 0), MOST_CELLS
    for line in _lines(text):
        cells = _cells(text, line) if "|" in text[line.start : line.end] else []
        if not cells:
            table = None
        elif table is not None:
            cells_left -= len(table.columns)
            if cells_left > 0:
                empty = Span(line.start, line.start)
                table.add(line, [*cells, *[empty] * len(table.columns)][: len(table.columns)])
        elif _DIVIDER.fullmatch(text, line.start, line.end) and len(names := _cells(text, above)) == len(cells):
            table = Table("", tuple(text[name.start : name.end] for name in names), header=above)
            tables.append(table)
        above = line
    return [table for table in tables if len(table)]


def _lines(text: str) -> Iterator[Span]:
    """The lines without their ends, those of code as empty ones."""
    fence = ""
    for match in _LINE.finditer(text):
        line = match[0].rstrip("\r\n")
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1][:3]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence:
            yield Span(match.start(), match.start() + len(line))
            continue
        yield Span(match.start(), match.start())


def _cells(text: str, line: Span) -> list[Span]:
    """Where the cells of a line are that bars divide, without the bars at its ends."""
    bars = [match.start() for match in _BAR.finditer(text, line.start, line.end)]
    ends = [line.start - 1, *bars, line.end]
    cells = []
    for begin, end in pairwise(ends):
        inner = text[begin + 1 : end]
        first = begin + 1 + len(inner) - len(inner.lstrip())
        cells.append(Span(min(first, end), min(first, end) + len(inner.strip())))
    outer = [cells[0].start == cells[0].end, cells[-1].start == cells[-1].end]
    return cells[outer[0] : len(cells) - outer[1]] if bars else cells
