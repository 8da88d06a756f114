"""XLSX (Excel): a row is a passage that carries its column names and knows its sheet."""

import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _zip
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, one_line
from vademecum.retrieval.loaders._rows import write_grid
from vademecum.retrieval.loaders._sheet import SheetReader
from vademecum.retrieval.loaders._title import from_name

if TYPE_CHECKING:
    from openpyxl import Workbook

SUFFIXES = (".xlsx", ".xlsm")


class Loader(FileLoader):
    """Reads one workbook, row by row, as it is shown; of formulas, the values that were last computed."""

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
                self._write(builder, workbook)
                workbook.close()
        except (InvalidFileException, *_zip.DAMAGED) as error:
            raise self.error("the workbook is damaged or not complete; open it and save it anew") from error
        yield builder.document(title or from_name(self.path), records=True, otherwise="its sheets are empty")

    def _write(self, builder: TextBuilder, workbook: "Workbook") -> None:
        reader = SheetReader(workbook, self.error)
        for sheet in workbook.worksheets:
            name = one_line(sheet.title)
            if sheet.sheet_state != "visible":
                builder.notes.append(f"the sheet “{name}” is hidden, and left out")
                continue
            content = reader.read(sheet)
            builder.notes += [f"sheet “{name}”: {note}" for note in content.notes]
            place = lambda number, name=name: f"sheet {name}, row {number}"  # noqa: E731
            write_grid(builder, content.grid, place=place, heading=name, exact=content.exact)
