"""CSV and TSV: a row is a passage that carries its column names."""

import csv
import re
from collections import Counter
from collections.abc import Iterator

from langchain_core.documents import Document

from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader, one_line
from vademecum.retrieval.loaders._rows import write_grid
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".csv", ".tsv", ".tab")

_DELIMITERS = ",;\t|"
_SAMPLE = 65536
"""Characters that the delimiter is tried on."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_DECLARED = re.compile(r"""sep=([^"\w\r\n])\r?\n""", re.IGNORECASE)
"""What Excel writes and reads above a table."""


class Loader(FileLoader):
    """Reads one table, row by row, in the dialect in which most rows have as many cells."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not text, not a table, or too long.
        """
        text = decode(self.content, str(self.path)).removeprefix("\ufeff")
        declared = _DECLARED.match(text)
        delimiter = declared.group(1) if declared else self._delimiter(text)
        lines = _lines(text[declared.end() :] if declared else text)
        builder = self.builder()
        try:
            grid = [[], *_rows(lines, delimiter)] if declared else list(_rows(lines, delimiter))
            write_grid(builder, grid, place="row {}".format)
        except csv.Error as error:
            raise self.error(f"it cannot be read as a table ({error}); save it anew as CSV") from error
        yield builder.document(from_name(self.path), records=True)

    def _delimiter(self, text: str) -> str:
        if self.path.suffix.lower() in (".tsv", ".tab"):
            return "\t"
        sample = text if len(text) <= _SAMPLE else text[: text.rfind("\n", 0, _SAMPLE) + 1] or text[:_SAMPLE]
        return max(_DELIMITERS, key=lambda delimiter: _fit(sample, delimiter))


def _fit(sample: str, delimiter: str) -> tuple[float, int]:
    """How well a delimiter divides the sample: the part of the rows that have as many cells as most, and how many."""
    try:
        widths = Counter(len(row) for row in _rows(_lines(sample), delimiter) if any(row))
    except csv.Error:
        return 0, 0
    if not (wide := Counter({width: rows for width, rows in widths.items() if width > 1})):
        return 0, 0
    width, rows = max(wide.items(), key=lambda item: (item[1], item[0]))
    return round(rows / widths.total(), 2), width


def _rows(lines: Iterator[str], delimiter: str) -> Iterator[list[str]]:
    for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter != "\t"):
        yield [one_line(cell) for cell in row]


def _lines(text: str) -> Iterator[str]:
    """The lines with their ends, one at a time: a table may be long."""
    return (match.group() for match in _LINE.finditer(text) if match.group())
