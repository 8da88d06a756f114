"""XLSX (Excel): a row is a passage that carries its column names and knows its sheet."""

import io
import warnings
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _zip
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, one_line
from vademecum.retrieval.loaders._rows import is_header, sentence
from vademecum.retrieval.loaders._title import from_name

if TYPE_CHECKING:
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

SUFFIXES = (".xlsx", ".xlsm")

_HEADER_WITHIN = 10
"""Rows from the top among which the one that names the columns is looked for."""

_MOST_CELLS = 20_000_000
"""Of a workbook, empty ones included: a row of which only the last cell is filled has 16,384."""

_TOO_WIDE = f"it has more than {_MOST_CELLS:,} cells, empty ones included; keep what is filled, and save it anew"

_MOST_ROWS = 1_048_576
"""Of a sheet in Excel. A file may give its only row a far higher number, and each before it would be gone through."""


class Loader(FileLoader):
    """Reads one workbook, row by row; of formulas, the values that were last computed."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: not a workbook, damaged, protected, or empty.
        """
        from openpyxl import load_workbook
        from openpyxl.utils.exceptions import InvalidFileException

        _zip.open_zip(self.content, str(self.path), self.settings, what="Excel workbook").close()
        builder = self.builder()
        try:
            with warnings.catch_warnings():  # of parts that are passed over: styles, extensions, validations
                warnings.simplefilter("ignore")
                workbook = load_workbook(io.BytesIO(self.content), read_only=True, data_only=True, keep_links=False)
                title = workbook.properties.title
                cells = 0
                for sheet in workbook.worksheets:
                    for width in _write_sheet(builder, sheet):
                        cells += width
                        if cells > _MOST_CELLS:
                            raise self.error(_TOO_WIDE)
                workbook.close()
        except (InvalidFileException, *_zip.DAMAGED) as error:
            raise self.error("the workbook is damaged or not complete; open it and save it anew") from error
        yield builder.document(title or from_name(self.path), records=True, otherwise="its sheets are empty")


def _write_sheet(builder: TextBuilder, sheet: "ReadOnlyWorksheet") -> Iterator[int]:
    """The sheet's name, and its rows; of each, how many cells it has."""
    sheet.reset_dimensions()  # what a file says of its size may be wrong, or a million rows
    name, names, headed = one_line(sheet.title), [], False
    for number, cells in enumerate(sheet.iter_rows(max_row=_MOST_ROWS), 1):
        yield len(cells)
        row = [_cell_text(cell) for cell in cells]
        if not any(row):
            continue
        filled = [value for value in row if value]
        if not names and number <= _HEADER_WITHIN and len(filled) > 1 and is_header(filled):
            names = row
            continue
        builder.place(f"sheet {name}, row {number}")
        if not headed:
            builder.write(name, level=1)
            headed = True
        builder.write(sentence(row, names), tight=True)
    if names and not headed:
        builder.place(f"sheet {name}")
        builder.write(name, level=1)
        builder.write(sentence(names, []), tight=True)


def _cell_text(cell: Any) -> str:
    """The value as the sheet shows it, as far as its format is plain."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, getattr(cell, "number_format", "") or "")
    return str(value)


def _number(value: float, form: str) -> str:
    if form.endswith("%"):
        decimals = len(form.rstrip("%").partition(".")[2])
        return f"{value * 100:.{decimals}f}%"
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.15g}"
