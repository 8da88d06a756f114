"""Jupyter notebooks: their text, code and output, cell by cell."""

import json
from collections.abc import Iterator
from typing import Any

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _markup
from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, clean
from vademecum.retrieval.loaders._title import from_name
from vademecum.retrieval.structure import blocks

SUFFIXES = (".ipynb",)


class Loader(FileLoader):
    """Reads one notebook, of format 3 or later."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not a notebook, or is empty.
        """
        cells, metadata = self._cells()
        builder = self.builder()
        for number, cell in enumerate(cells, 1):
            if isinstance(cell, dict):
                builder.place(f"cell {number}")
                _write_cell(builder, cell, str(self.path))
        own_title = metadata.get("title") if isinstance(metadata, dict) else None
        first = min(builder.headings, key=lambda heading: heading[1], default=(None, 0))[0]
        title = (own_title if isinstance(own_title, str) else "") or builder.line_at(first) or from_name(self.path)
        yield builder.document(title, otherwise="its cells are empty")

    def _cells(self) -> tuple[list[Any], Any]:
        try:
            notebook = json.loads(decode(self.content, str(self.path)))
        except (ValueError, RecursionError) as error:
            raise self.error("not a notebook: it is not valid JSON") from error
        cells = notebook.get("cells") if isinstance(notebook, dict) else None
        if cells is None and isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
            sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
            cells = [cell for sheet in sheets for cell in sheet.get("cells") or []]
        if not isinstance(cells, list):
            raise self.error("not a notebook: it is JSON without cells")
        return cells, notebook.get("metadata")


def _write_cell(builder: TextBuilder, cell: dict[str, Any], path: str) -> None:
    source = _joined(cell.get("source", cell.get("input")))
    if cell.get("cell_type") == "markdown":
        _write_markdown(builder, source)
    elif cell.get("cell_type") == "heading":
        level = cell.get("level")
        builder.write(source, level=level if isinstance(level, int) and level > 0 else 1)
    else:
        builder.write(source)
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        if isinstance(output, dict):
            _write_output(builder, output, path)


def _write_markdown(builder: TextBuilder, source: str) -> None:
    """Markdown as it is written, but headings without their marks."""
    source, at = clean(source), 0
    for block in blocks(source, marked=True):
        if block.kind == "heading" and block.title:
            builder.write(source[at : block.start])
            builder.write(block.title, level=block.level)
            at = block.end
        elif block.kind == "heading":  # the line under a heading that underlines it
            at = block.end
    builder.write(source[at:])


def _write_output(builder: TextBuilder, output: dict[str, Any], path: str) -> None:
    inner = output.get("data")
    data: dict[str, Any] = inner if isinstance(inner, dict) else output
    if output.get("ename"):
        builder.write(f"{output['ename']}: {_joined(output.get('evalue'))}")
    elif text := _joined(data.get("text/markdown") or data.get("text/plain") or data.get("text")):
        builder.write(text)
    elif (markup := _joined(data.get("text/html") or data.get("html"))).strip():
        _markup.write(builder, _markup.parse(markup.encode(), path, charset="utf-8"), deeper=6)


def _joined(lines: Any) -> str:
    """A text that a notebook may hold as a list of its lines."""
    if isinstance(lines, list):
        return "".join(line for line in lines if isinstance(line, str))
    return lines if isinstance(lines, str) else ""
