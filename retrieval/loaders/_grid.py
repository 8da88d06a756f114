"""Where in a grid of cells tables are, and which of their rows name the columns: all rows are looked at.

A row names the columns where it says something else than the cells below it: words above numbers or dates, years in
order above other numbers. Where all columns are words, it is the first whole row, if no name is there twice. What
stands above the names and is narrower (a title, the account, the period) is no row of the table.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from vademecum.retrieval.loaders._file import one_line

Grid = Sequence[Sequence[str]]

_WITHIN = 20
"""Rows of a block among which the one that names the columns is looked for."""

_SAMPLE = 1000
"""Rows that a column's type is read from: half of them the first ones, the others evenly from the rest."""

_LONGEST_NAME, _LONGEST_VALUE = 120, 40
"""Characters: longer names of columns are cut, since each row has them; longer cells are no number."""

_AMOUNT = re.compile(
    r"[-+−(]{0,2}\s?(?:[$€£¥₹]|[A-Z]{2,3}\$?)?\s?[-+−]?[.,]?\d[\d.,'’\s]*(?:[eE][-+]?\d+)?\s?"
    r"(?:[%‰$€£¥₹]|[A-Za-zµ°²³/]{1,5})?[)-]?"
)
_WHEN = re.compile(
    r"\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{0,4})?(?:[T\s]\d.*)?|\d{1,3}:\d{2}(?::\d{2})?(?:\s?[AaPp][Mm])?"
    r"|\d{1,2}\.?\s[^\W\d]{3,9}\.?,?\s\d{2,4}|[^\W\d]{3,9}\.?\s\d{1,2},?\s\d{4}"
)
_MOST, _WIDE = 0.6, 0.6
"""The part of a column's filled cells that makes its type; of a table's usual width that a row of names has."""


class Copied(str):
    """What a merged cell shows in the places to its right, that it covers too."""

    __slots__ = ()


class Region(NamedTuple):
    """A table in a grid: its own rows are those from `first` up to `last`, behind the rows `header` that name its
    columns. `columns`: a name for each column of the grid, empty where there is none.
    """

    first: int
    last: int
    columns: tuple[str, ...]
    header: tuple[int, ...] = ()


def regions(grid: Grid) -> list[Region]:
    """The tables of a sheet, in order. A block without names goes on with the table above, if it is no wider."""
    tables: list[Region] = []
    for first, last in _blocks(grid):
        block = grid[first:last]
        header = find_header(block)
        if header:
            rows = tuple(first + number for number in header)
            tables.append(Region(rows[-1] + 1, last, names_of([grid[row] for row in rows]), rows))
        elif tables and _width(block) > 1 and _continues(grid, tables[-1], block):
            tables.append(Region(first, last, tables[-1].columns))
    widest = max((len(table.columns) for table in tables), default=0)
    return [table for table in tables if not _is_list(table, widest)]


def _is_list(table: Region, widest: int) -> bool:
    """Whether it is two or three lines of what is said of a wider table: the account, the period."""
    return len(table.columns) == 2 < widest and table.last - table.first < 3


def _continues(grid: Grid, table: Region, block: Grid) -> bool:
    """Whether a block is no wider than the table above it, and has words where that has words."""
    if max(map(_end, block)) > len(table.columns):
        return False
    above, below = _Sheet(grid[table.first : table.last]), _Sheet(block)
    kinds = [(above.below_kind(-1, column), below.below_kind(-1, column)) for column in range(below.columns)]
    return all(first == second for first, second in kinds if first and second)


def _blocks(grid: Grid) -> Iterator[tuple[int, int]]:
    """Runs of rows of which none is empty."""
    first = None
    for number, row in enumerate(grid):
        if any(row):
            first = number if first is None else first
        elif first is not None:
            yield first, number
            first = None
    if first is not None:
        yield first, len(grid)


def _end(row: Sequence[str]) -> int:
    """Behind the last cell that is not empty."""
    return next((number for number in range(len(row), 0, -1) if row[number - 1]), 0)


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell)


def _width(block: Grid) -> int:
    """How many cells of most rows are filled."""
    counts = Counter(map(_filled, block))
    return max(counts, key=lambda count: (counts[count], count))


def find_header(block: Grid, *, words: bool = True) -> tuple[int, ...]:
    """The rows of the block that name its columns; none where none does. `words`: also above words alone."""
    sheet = _Sheet(block)
    scores = [sheet.score(number, words=words) for number in range(min(_WITHIN, len(block) - 1))]
    best = max(range(len(scores)), key=scores.__getitem__, default=0)
    if not scores or scores[best] <= 0:
        return ()
    return (*sheet.above(best), best, *sheet.below(best))


def names_of(rows: Grid) -> tuple[str, ...]:
    """The names of the columns: of several rows the cells above each other, of which the outer ones are spread."""
    width = max(map(len, rows))
    levels = [[one_line(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    levels = [*map(_spread, levels[:-1]), levels[-1]]
    names = [" ".join(name for name in dict.fromkeys(column) if name) for column in zip(*levels, strict=True)]
    return tuple(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in names)


def _spread(cells: list[str]) -> list[str]:
    """The cells with empty ones filled from the left, where no merged cell has been filled already."""
    if any(before and before == cell for before, cell in pairwise(cells)):
        return cells
    last = ""
    return [last := cell or last for cell in cells]


class _Sheet:
    """A block of rows, with the kinds of its cells: number, date, word, or empty."""

    def __init__(self, block: Grid) -> None:
        self.block = block
        self.width = _width(block)
        half = _SAMPLE // 2
        step = max(1, (len(block) - half) // half)
        self.sample = [*block[:half], *block[half::step]]
        self.kinds = [[_kind(cell) for cell in row] for row in self.sample]
        self.columns = max(map(len, block))
        self._below = [self._totals(number) for number in range(min(_WITHIN, len(block)) + 1)]

    def _totals(self, first: int) -> list[Counter[str]]:
        """How many cells of each kind a column has from that row on."""
        totals: list[Counter[str]] = [Counter() for _ in range(self.columns)]
        for row in self.kinds[first:]:
            for total, kind in zip(totals, row, strict=False):
                total[kind] += 1
        return totals

    def below_kind(self, number: int, column: int) -> str:
        """The kind that most cells of the column below that row are; empty where there is no such kind."""
        if column >= self.columns:
            return ""
        counts = self._below[number + 1][column]
        filled = counts.total() - counts[""]
        return next((kind for kind in ("n", "d", "w") if filled and counts[kind] >= _MOST * filled), "")

    def score(self, number: int, *, words: bool) -> float:
        """How much the row reads as names of columns; nothing or less where it does not."""
        row, kinds = self.block[number], self.kinds[number]
        filled = _filled(row)
        if len(set(filter(None, row))) < min(2, self.columns) or filled < _WIDE * self.width:
            return 0
        rows_above = zip(self.block[:number], self.kinds, strict=False)
        if any(_filled(above) >= filled and "n" in kinds for above, kinds in rows_above):
            return 0
        is_series, has_words = _is_series(row, kinds), kinds.count("n") < self.columns
        telling = 0
        for column, kind in enumerate(kinds):
            below = self.below_kind(number, column)
            if kind == "n" and (
                not is_series or self._has_years(number, column) or not (has_words or _is_year(row[column]))
            ):
                return -1
            if kind == "d" and below != "n":
                return -1
            telling += kind != "" and below in ("n", "d")
        if telling:
            return telling / filled + 2 * filled / self.width
        whole = filled == max(map(_end, self.block[number:])) and len(set(filter(None, row))) == filled > 1
        return 1 if words and whole and not self._recurs(number) else 0

    def _has_years(self, number: int, column: int) -> bool:
        """Whether most cells of the column below are years."""
        cells = [row[column] for row in self.sample[number + 1 :] if column < len(row) and row[column]]
        return sum(map(_is_year, cells)) > len(cells) / 2

    def _recurs(self, number: int) -> bool:
        """Whether a cell of the row is in its column again."""
        return any(
            name and any(column < len(row) and row[column] == name for row in self.sample[number + 1 :])
            for column, name in enumerate(self.block[number])
        )

    def above(self, number: int) -> tuple[int, ...]:
        """The row above that groups the names: set in, each of its cells above several columns."""
        if not number:
            return ()
        outer, inner = self.block[number - 1], self.block[number]
        spans = any(before and before == cell for before, cell in pairwise(outer))
        repeats = _filled(inner) > len(set(filter(None, inner)))
        own = [cell for cell, name in zip(outer, inner, strict=False) if cell and cell != name]
        set_in = not outer[0] or outer[0] == inner[0]
        words = "n" not in self.kinds[number - 1] or _is_series(list(dict.fromkeys(own)), None)
        return (number - 1,) if (spans or repeats) and own and set_in and words else ()

    def below(self, number: int) -> tuple[int, ...]:
        """The row below that goes on with the names: words above numbers, and nothing above words."""
        if number + 2 >= len(self.block):
            return ()
        names = self.block[number]
        telling = 0
        for column, (cell, kind) in enumerate(zip(self.block[number + 1], self.kinds[number + 1], strict=True)):
            below = self.below_kind(number + 1, column)
            same = column < len(names) and cell == names[column]
            if kind in ("n", "d") or (kind == "w" and below not in ("n", "d") and not same):
                return ()
            telling += kind == "w" and not same
        return (number + 1,) if telling else ()


def _kind(cell: str) -> str:
    """What a cell is: n(umber), d(ate or time), w(ord), or nothing."""
    if not cell:
        return ""
    if len(cell) > _LONGEST_VALUE or not any(map(str.isdigit, cell)):
        return "w"
    text = cell.strip()
    return "d" if _WHEN.fullmatch(text) else "n" if _AMOUNT.fullmatch(text) else "w"


def _is_year(cell: str) -> bool:
    return len(cell) == 4 and cell.isdigit() and "1500" <= cell <= "2200"


def _is_series(row: Sequence[str], kinds: Sequence[str] | None) -> bool:
    """Whether the row's numbers are years or counts in order, each followed by the next one."""
    cells = [cell for cell, kind in zip(row, kinds, strict=False) if kind == "n"] if kinds else [c for c in row if c]
    cells = list(dict.fromkeys(cells))
    if not cells or not all(cell.isdigit() and len(cell) <= 4 for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    steps = {after - before for before, after in pairwise(numbers)}
    if all(map(_is_year, cells)):
        return len(steps) <= 1
    return steps == {1} and numbers[0] in (0, 1) and len(numbers) > 3
