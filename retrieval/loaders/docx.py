"""DOCX (Word): paragraphs, lists, tables, text boxes and notes, with the section that each stretch is in."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _zip
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, flowing, table_row
from vademecum.retrieval.loaders._title import from_name

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

SUFFIXES = (".docx", ".docm")

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_APART = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-", f"{_W}ptab": "\t"}
_ELSEWHERE = {f"{_W}txbxContent", f"{_COMPATIBLE}Fallback", f"{_W}del", f"{_W}moveFrom", f"{_W}p"}
"""What is inside a paragraph but not of it: text boxes (read after it), older copies of the same, what was deleted."""

_NOTES = ("footnotes", "endnotes")


class Loader(FileLoader):
    """Reads one Word document; what was deleted with changes tracked is left out, what was inserted is not."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: not a Word document, damaged, protected, or without text.
        """
        from docx import Document as open_document
        from docx.opc.exceptions import PackageNotFoundError
        from lxml.etree import LxmlError

        _zip.open_zip(self.content, str(self.path), self.settings, what="Word document").close()
        try:
            document = open_document(io.BytesIO(self.content))
            title = document.core_properties.title
            builder = self.builder()
            builder.place("the beginning")
            _Writer(builder, document).body(document.element.body)
            _write_notes(builder, document)
        except (PackageNotFoundError, LxmlError, *_zip.DAMAGED) as error:
            raise self.error("the Word document is damaged or not complete; open it and save it anew") from error
        first = next((start for start, _ in builder.headings), None)
        yield builder.document(title or builder.line_at(first) or from_name(self.path))


class _Writer:
    """Writes the blocks of a document; knows its styles."""

    def __init__(self, builder: TextBuilder, document: "WordDocument") -> None:
        self.builder = builder
        self.styles = {style.style_id: style for style in document.styles}
        self._levels: dict[str, int] = {}
        self._in_list = False

    def body(self, body: Any) -> None:
        for element in body.iterchildren():
            self._element(element)

    def _element(self, element: Any) -> None:
        if element.tag == f"{_W}p":
            self._paragraph(element)
        elif element.tag == f"{_W}tbl":
            self._table(element)
        elif element.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"):
            self.body(element)

    def _paragraph(self, paragraph: Any) -> None:
        text, level = flowing(text_of(paragraph)), self._level(paragraph)
        if level and text:
            self.builder.place(f"section “{' '.join(text.split())}”")
        item = not level and self._is_item(paragraph)
        if text:
            self.builder.write(f"- {text}" if item else text, level=level, tight=item and self._in_list)
            self._in_list = item
        for box in _boxes(paragraph):
            self.body(box)

    def _table(self, table: Any) -> None:
        tight = False
        for row in table.iterchildren(f"{_W}tr"):
            cells = ["\n".join(text_of(p) for p in cell.iter(f"{_W}p")) for cell in row.iter(f"{_W}tc")]
            if any(cell.strip() for cell in cells):
                self.builder.write(table_row(cells), tight=tight)
                tight = True
        self._in_list = False

    def _level(self, paragraph: Any) -> int:
        """The level of the heading that the paragraph is; 0 where it is none."""
        own = paragraph.find(f"{_W}pPr/{_W}outlineLvl")
        if own is not None:
            return _outline(own)
        style = self._style(paragraph)
        if style is not None and style.style_id in self._levels:
            return self._levels[style.style_id]
        level = self._level_of_style(style)
        if style is not None:
            self._levels[style.style_id] = level
        return level

    def _level_of_style(self, style: Any) -> int:
        for _ in range(10):  # a style may be based on another one, and a broken file on itself
            if style is None:
                return 0
            match = _HEADING.fullmatch(style.name or "")
            if match or (style.name or "").lower() == "title":
                return int(match.group(1)) if match else 1
            outline = style.element.find(f"{_W}pPr/{_W}outlineLvl")
            if outline is not None:
                return _outline(outline)
            style = getattr(style, "base_style", None)
        return 0

    def _is_item(self, paragraph: Any) -> bool:
        style = self._style(paragraph)
        numbered = paragraph.find(f"{_W}pPr/{_W}numPr") is not None
        return numbered or (style is not None and (style.name or "").lower().startswith("list"))

    def _style(self, paragraph: Any) -> Any:
        style = paragraph.find(f"{_W}pPr/{_W}pStyle")
        return None if style is None else self.styles.get(style.get(f"{_W}val"))


def _boxes(paragraph: Any) -> Iterator[Any]:
    """The text boxes of a paragraph, without those inside of them: their own paragraphs have these."""
    waiting = list(reversed(list(paragraph)))
    while waiting:
        element = waiting.pop()
        if element.tag == f"{_W}txbxContent":
            yield element
        elif element.tag != f"{_COMPATIBLE}Fallback":
            waiting += reversed(list(element))


def _outline(element: Any) -> int:
    """The heading level of an outline level, of which 9 is the body's."""
    value = int(element.get(f"{_W}val", "9"))
    return value + 1 if 0 <= value < 9 else 0


def text_of(paragraph: Any) -> str:
    """The text of a paragraph, with that of its links, fields, equations and insertions."""
    words: list[str] = []
    waiting = list(reversed(list(paragraph)))
    while waiting:
        element = waiting.pop()
        if element.tag in (f"{_W}t", f"{_M}t"):
            words.append(element.text or "")
        elif element.tag in _APART:
            words.append(_APART[element.tag])
        elif element.tag not in _ELSEWHERE and element.tag != f"{_W}pPr":
            waiting += reversed(list(element))
    return "".join(words)


def _write_notes(builder: TextBuilder, document: "WordDocument") -> None:
    """Footnotes and endnotes, which are parts of their own."""
    import lxml.etree as etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for name in _NOTES:
        for relation in document.part.rels.values():
            if relation.is_external or not relation.reltype.endswith(f"/{name}"):
                continue
            root = etree.fromstring(relation.target_part.blob, parser)
            builder.place(name)
            for paragraph in root.iter(f"{_W}p"):
                builder.write(flowing(text_of(paragraph)))
