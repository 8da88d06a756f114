"""A table of a web page while it is read: cells fill the columns and rows that they span."""

import re
from typing import Any

from vademecum.retrieval.loaders._file import flowing, one_line
from vademecum.retrieval.loaders._grid import Copied

_WIDEST, _MOST_CELLS = 1000, 200_000
"""Columns and cells of a table, with those that others span; a cell may say that it spans far more."""


class MarkupTable:
    """The grid of a table, its caption, and how many of its first rows are names of columns."""

    def __init__(self) -> None:
        self.grid: list[list[str]] = []
        self.caption = ""
        self.header = 0
        self.outer: list[str] = []
        """The words of the cell around it, where it is inside another table."""
        self._waiting: dict[int, tuple[int, str]] = {}
        self._spans = (1, 1)
        self._all_names = self._in_head = False
        self._cells = 0

    def enter(self, name: str, element: Any, words: list[str]) -> list[str]:
        """Begin a part of the table; the words that go on from there."""
        if name == "thead":
            self._in_head = True
        elif name == "tr":
            self.grid.append([])
            self._all_names = True
        elif name in ("td", "th"):
            if not self.grid:
                self.grid.append([])
            self._fill()
            self._all_names = self._all_names and name == "th"
            self._spans = (_span(element.get("colspan")), _span(element.get("rowspan")))
        return words if name == "thead" else []

    def leave(self, name: str, words: list[str]) -> list[str]:
        """End a part of the table; the words that go on from there."""
        if name == "caption":
            self.caption = "".join(words)
        elif name in ("td", "th") and self.grid:
            self._add(flowing("".join(words)))
        elif name == "tr" and self.grid:
            self._fill(to_end=True)
            if (self._in_head or self._all_names) and self.grid[-1] and self.header == len(self.grid) - 1:
                self.header += 1
        elif name == "thead":
            self._in_head = False
        return [] if name != "thead" else words

    def _add(self, text: str) -> None:
        columns, rows = self._spans
        columns = min(columns, _WIDEST - min(len(self.grid[-1]), _WIDEST))
        self._cells += columns
        if self._cells > _MOST_CELLS:
            columns = min(columns, 1)
        for number in range(columns):
            cell = text if not number else Copied(text)
            if rows > 1:
                self._waiting[len(self.grid[-1])] = (rows - 1, cell)
            self.grid[-1].append(cell)

    def _fill(self, *, to_end: bool = False) -> None:
        """Put cells of rows above into the row at hand, where they span it."""
        row = self.grid[-1]
        while len(row) in self._waiting or (to_end and any(column > len(row) for column in self._waiting)):
            column = len(row)
            if column not in self._waiting:
                row.append("")
                continue
            rows, cell = self._waiting.pop(column)
            row.append(cell)
            if rows > 1:
                self._waiting[column] = (rows - 1, cell)
            if self._cells > _MOST_CELLS:
                self._waiting.clear()
            self._cells += 1

    def as_text(self) -> str:
        """The rows one after another, a name and its value with a colon."""
        rows = [[one_line(cell) for cell in row if cell and not isinstance(cell, Copied)] for row in self.grid]
        return " " + "; ".join((": " if len(row) == 2 else ", ").join(row) for row in rows if row) + " "


def _span(value: str | None) -> int:
    return max(1, min(int(value), _WIDEST)) if value and re.fullmatch(r"\s*\d{1,5}\s*", value) else 1
