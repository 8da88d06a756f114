"""A sheet of a workbook as it is shown: hidden rows and columns left out, merged cells in all the places they cover."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vademecum.core.child_serving import progress
from vademecum.core.errors import DocumentError
from vademecum.retrieval.loaders._file import one_line
from vademecum.retrieval.loaders._grid import Copied
from vademecum.retrieval.loaders._number_format import general, number

if TYPE_CHECKING:
    from openpyxl import Workbook

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ROW, _COLUMN, _MERGE = f"{_NS}row", f"{_NS}col", f"{_NS}mergeCell"
_VALUE, _INLINE, _FORMULA, _TEXT = f"{_NS}v", f"{_NS}is", f"{_NS}f", f"{_NS}t"

_MOST_CELLS = 20_000_000
"""Of a workbook, empty ones included: a row of which only the last cell is filled has 16,384."""

_TOO_WIDE = f"it has more than {_MOST_CELLS:,} cells, empty ones included; keep what is filled, and save it anew"

_MOST_ROWS = 1_048_576
"""Of a sheet in Excel. A file may give its only row a far higher number, and each before it would be gone through."""

_MOST_MERGED = 100_000
"""Cells of a sheet that merged ones fill."""

_LISTED = 5


@dataclass
class SheetContent:
    """The rows of a sheet, the values of cells that show less, by row and column from 0, and what was left out."""

    grid: list[list[str]] = field(default_factory=list)
    exact: dict[int, dict[int, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class SheetReader:
    """Reads the sheets of one workbook."""

    def __init__(self, workbook: "Workbook", error: Callable[[str], DocumentError]) -> None:
        self.error = error
        self.strings: list[str] = next((sheet._shared_strings for sheet in workbook.worksheets), [])
        self.formats = _formats(workbook)
        self.epoch: datetime = workbook.epoch
        self._archive: Any = getattr(workbook, "_archive")  # noqa: B009 - of read-only workbooks alone
        self._cells = 0

    def read(self, sheet: Any) -> SheetContent:
        """What a sheet shows.

        Raises:
            DocumentError: the workbook has more cells than can be read.
        """
        from lxml import etree

        content, hidden, merged, unknown = SheetContent(), set(), [], []
        hidden_rows = 0
        with self._archive.open(sheet._worksheet_path) as source:
            parts = etree.iterparse(source, tag=(_ROW, _COLUMN, _MERGE), resolve_entities=False, no_network=True)
            for _, part in parts:
                if part.tag == _COLUMN and _is_true(part.get("hidden")):
                    hidden.update(range(int(part.get("min")) - 1, min(int(part.get("max")), 16_384)))
                elif part.tag == _MERGE:
                    merged.append(part.get("ref"))
                elif part.tag == _ROW and (row := int(float(part.get("r") or len(content.grid) + 1))) <= _MOST_ROWS:
                    is_hidden = _is_true(part.get("hidden"))
                    cells = self._row(part, row - 1, content, unknown) if not is_hidden else []
                    hidden_rows += is_hidden and len(part) > 0
                    content.grid += [[] for _ in range(len(content.grid), row - 1)]
                    content.grid.append(cells)
                part.clear()
        _fill(content, merged, hidden)
        _hide(content, hidden)
        _note(content, hidden, hidden_rows, unknown)
        return content

    def _row(self, row: Any, number_of_row: int, content: SheetContent, unknown: list[str]) -> list[str]:
        """The cells of a row, as they are shown."""
        progress()
        cells: list[str] = []
        exact: dict[int, str] = {}
        for cell in row:
            reference = cell.get("r")
            column = _column(reference) if reference else len(cells)
            if column > len(cells):
                cells += [""] * (column - len(cells))
            text, value = self._shown(cell)
            if text is None:
                unknown.append(reference or "")
                text = ""
            if value is not None:
                exact[column] = value
            cells[column : column + 1] = [text]
        self._cells += len(cells)
        if self._cells > _MOST_CELLS:
            raise self.error(_TOO_WIDE)
        if exact:
            content.exact[number_of_row] = exact
        return cells

    def _shown(self, cell: Any) -> tuple[str | None, str | None]:
        """What a cell shows (None where nobody has computed its formula yet), and its value where that says more."""
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find(_INLINE)
            return ("" if inline is None else one_line("".join(t.text or "" for t in inline.iter(_TEXT)))), None
        value = cell.findtext(_VALUE)
        if not value:
            return (None if cell.find(_FORMULA) is not None and kind != "str" else ""), None
        if kind == "s":
            return one_line(self.strings[int(value)]), None
        if kind == "b":
            return ("TRUE" if value == "1" else "FALSE"), None
        if kind != "n":
            return one_line(value), None
        amount = float(value) if any(letter in value for letter in ".eE") else int(value)
        form = self.formats[int(cell.get("s") or 0)] if self.formats else ""
        if not form:
            return general(amount), None
        display = number(amount, form, epoch=self.epoch)
        return one_line(display.text), display.exact


def _formats(workbook: "Workbook") -> list[str]:
    """The number format of each style; empty where it is the general one."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS, BUILTIN_FORMATS_MAX_SIZE

    own = workbook._number_formats
    formats = []
    for style in workbook._cell_styles:
        number_id = style.numFmtId
        at = number_id - BUILTIN_FORMATS_MAX_SIZE
        form = own[at] if 0 <= at < len(own) else BUILTIN_FORMATS.get(number_id, "")
        formats.append("" if form == "General" else form)
    return formats


def _is_true(value: str | None) -> bool:
    return value in ("1", "true")


def _column(reference: str) -> int:
    """The column of a cell, from 0, by the letters of its reference: "AB12"."""
    column = 0
    for letter in reference:
        if not letter.isalpha():
            break
        column = column * 26 + ord(letter.upper()) - 64
    if not 0 < column <= 16_384:
        raise ValueError("no such column")
    return column - 1


def _fill(content: SheetContent, merged: list[str], hidden: set[int]) -> None:
    """Have merged cells show their text in all the places that they cover."""
    filled = 0
    for reference in merged:
        (top, remaining), (bottom, right) = _corners(reference)
        while remaining in hidden and remaining < right:  # a merged cell shows in what is left of it
            _set(content.grid, top, remaining + 1, _get(content.grid, top, remaining))
            remaining += 1
        text = _get(content.grid, top, remaining)
        for row in range(top, min(bottom + 1, len(content.grid))):
            for column in range(remaining, right + 1):
                filled += 1
                if not text or filled > _MOST_MERGED:
                    break
                if content.grid[row] or row == top:
                    _set(content.grid, row, column, text if column == remaining else Copied(text))


def _corners(reference: str) -> tuple[tuple[int, int], tuple[int, int]]:
    first, _, last = reference.replace("$", "").partition(":")
    corners = [(int("".join(filter(str.isdigit, cell))) - 1, _column(cell)) for cell in (first, last or first)]
    return corners[0], corners[1]


def _get(grid: list[list[str]], row: int, column: int) -> str:
    return grid[row][column] if row < len(grid) and column < len(grid[row]) else ""


def _set(grid: list[list[str]], row: int, column: int, text: str) -> None:
    cells = grid[row]
    cells += [""] * (column + 1 - len(cells))
    cells[column] = text


def _hide(content: SheetContent, hidden: set[int]) -> None:
    """Empty the cells of hidden columns, which keeps the others in their places."""
    for cells in content.grid if hidden else ():
        for column in hidden:
            if column < len(cells):
                cells[column] = ""


def _note(content: SheetContent, hidden: set[int], hidden_rows: int, unknown: list[str]) -> None:
    used = max(map(len, content.grid), default=0)
    columns = len([column for column in hidden if column < used])
    for count, what in ((hidden_rows, "row"), (columns, "column")):
        if count:
            content.notes.append(f"{count:,} hidden {what}{'s' if count > 1 else ''} left out")
    if unknown:
        cells = ", ".join(unknown[:_LISTED]) + (", ..." if len(unknown) > _LISTED else "")
        many = f"{len(unknown):,} formulas have" if len(unknown) > 1 else "a formula has"
        content.notes.append(f"{many} no value ({cells}): open it in a spreadsheet program, and save it")
