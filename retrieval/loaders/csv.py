"""CSV and TSV: a row is a passage that carries its column names."""

import csv
import re
from collections.abc import Iterator

from langchain_core.documents import Document

from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader, one_line
from vademecum.retrieval.loaders._rows import is_header, sentence
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".csv", ".tsv", ".tab")

_SAMPLE = 8192
"""Characters that the delimiter is guessed from."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")


class Loader(FileLoader):
    """Reads one table, row by row; its first row names the columns where it reads so."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not text, not a table, or too long.
        """
        text = decode(self.content, str(self.path)).removeprefix("\ufeff")
        builder = self.builder()
        names: list[str] = []
        try:
            for number, row in enumerate(csv.reader(_lines(text), delimiter=self._delimiter(text)), 1):
                if number == 1 and is_header(row):
                    names = [one_line(name) for name in row]
                    continue
                builder.place(f"row {number}")
                builder.write(sentence(row, names), tight=True)
        except csv.Error as error:
            raise self.error(f"it cannot be read as a table ({error}); save it anew as CSV") from error
        if names and not builder.length:
            builder.write("; ".join(names))
        yield builder.document(from_name(self.path), records=True)

    def _delimiter(self, text: str) -> str:
        if self.path.suffix.lower() in (".tsv", ".tab"):
            return "\t"
        sample = text[:_SAMPLE] if len(text) <= _SAMPLE else text[:_SAMPLE].rpartition("\n")[0] or text[:_SAMPLE]
        try:
            return csv.Sniffer().sniff(sample, ",;\t|").delimiter
        except csv.Error:
            return ","


def _lines(text: str) -> Iterator[str]:
    """The lines with their ends, one at a time: a table may be long."""
    return (match.group() for match in _LINE.finditer(text) if match.group())
