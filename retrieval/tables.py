"""Tables that stand in a kept text: the names of their columns, and where each row and each cell is."""

import base64
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Self

MOST_CELLS = 2_000_000
"""Of the tables of a document; of what is beyond there is the text alone."""

_LONGEST_EXACT = 100
"""Characters."""


class Span(NamedTuple):
    """Characters `start` to `end` of the kept text; of an empty cell both are where its row begins."""

    start: int
    end: int


class TableRow(NamedTuple):
    """Where a row is as a whole, and where the value of each of its cells is, without its column's name."""

    span: Span
    cells: tuple[Span, ...]


@dataclass(frozen=True)
class Table:
    """A table of a document, without its header and what stands above it.

    `name`: the sheet, the caption or the heading above it; may be empty. `columns`: the name of each column as it is
    shown; some may be empty, or equal. `spans`: of each row, one after the other, begin and end of the whole, then of
    each cell. `exact`: where what a cell shows says less than its value, that value (a decimal number, or a date or
    time in ISO 8601), by the number of the cell, counted row by row from 0. `header`: where the names stand in the
    text, where they do so once; in most formats each row carries them.
    """

    name: str
    columns: tuple[str, ...]
    spans: "array[int]" = field(default_factory=lambda: array("I"))
    exact: dict[int, str] = field(default_factory=dict)
    header: Span | None = None

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.spans) // self._stride

    @property
    def _stride(self) -> int:
        return 2 + 2 * len(self.columns)

    def rows(self) -> Iterator[TableRow]:
        """The rows, in their order."""
        for at in range(0, len(self.spans), self._stride):
            numbers = self.spans[at : at + self._stride]
            pairs = [Span(*numbers[i : i + 2]) for i in range(0, len(numbers), 2)]
            yield TableRow(pairs[0], tuple(pairs[1:]))

    def add(self, row: Span, cells: Sequence[Span]) -> None:
        """Add a row of as many cells as there are columns."""
        numbers = [*row]
        for cell in cells:
            numbers += cell
        self.spans.extend(numbers)

    def moved(self, by: int) -> Self:
        """The same table, where its text stands so many characters further on."""
        header = Span(self.header.start + by, self.header.end + by) if self.header else None
        return replace(self, spans=array("I", (number + by for number in self.spans)), header=header)

    def to_json(self) -> list[Any]:
        """What `from_json` makes the table of: small, however many rows it has."""
        packed = base64.b64encode(zlib.compress(self.spans.tobytes(), 1)).decode()
        exact = [list(self.exact), list(self.exact.values())]
        return [self.name, list(self.columns), packed, exact, list(self.header) if self.header else None]

    @classmethod
    def from_json(cls, content: list[Any], length: int) -> Self:
        """The table that `to_json` described, of a text of `length` characters.

        Raises:
            ValueError, TypeError: it is none, or its places are outside of the text.
        """
        name, columns, packed, (numbers, values), header = content
        if any(type(value) is not str for value in (name, packed, *columns, *values)):
            raise TypeError("a table's names and values are texts")
        spans = _unpacked(packed)
        _check(spans, len(columns), length)
        cells = len(spans) // (2 + 2 * len(columns)) * len(columns)
        if any(type(number) is not int or not 0 <= number < cells for number in numbers):
            raise ValueError("a value of no cell")
        if max(map(len, values), default=0) > _LONGEST_EXACT:
            raise ValueError("a value is too long")
        exact = dict(zip(numbers, values, strict=True))
        return cls(name, tuple(columns), spans, exact, None if header is None else _within(header, length))


def _check(spans: "array[int]", columns: int, length: int) -> None:
    """Raise ValueError where cells are outside of their rows, or rows out of order or outside of the text."""
    import numpy as np

    if not spans:
        return
    rows = np.frombuffer(spans, np.uintc).reshape(-1, 2 + 2 * columns)
    starts, ends, first, last = rows[:, 2::2], rows[:, 3::2], rows[:, :1], rows[:, 1:2]
    inside = (first <= starts).all() and (starts <= ends).all() and (ends <= last).all()
    if not inside or (first > last).any() or (first[1:] < last[:-1]).any() or last[-1] > length:
        raise ValueError("a cell outside of its row, or a row outside of the text")


def _within(span: list[int], length: int) -> Span:
    start, end = span
    if type(start) is not int or type(end) is not int or not 0 <= start <= end <= length:
        raise ValueError("a header outside of the text")
    return Span(start, end)


def _unpacked(packed: str) -> "array[int]":
    inflater = zlib.decompressobj()
    try:
        data = inflater.decompress(base64.b64decode(packed, validate=True), 16 * MOST_CELLS)
    except zlib.error as error:
        raise ValueError("not packed") from error
    if not inflater.eof:
        raise ValueError("more cells than allowed")
    spans = array("I")
    spans.frombytes(data)
    return spans
