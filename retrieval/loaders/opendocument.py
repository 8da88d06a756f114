"""OpenDocument (ODT, ODS, ODP), as LibreOffice writes it: text, sheets and slides as they are shown."""

from collections.abc import Iterator
from typing import Any

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _zip
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, flowing, one_line
from vademecum.retrieval.loaders._grid import Copied
from vademecum.retrieval.loaders._rows import write_grid, write_table
from vademecum.retrieval.loaders._scripts import lowered, raised
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".odt", ".ott", ".ods", ".ots", ".odp", ".otp")

_NAMES = {
    name: f"{{urn:oasis:names:tc:opendocument:xmlns:{name}:1.0}}"
    for name in ("text", "table", "office", "style", "drawing")
}
_T, _TABLE, _OFFICE, _STYLE = (_NAMES[name] for name in ("text", "table", "office", "style"))
_DRAW, _FO = _NAMES["drawing"], "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_SKIPPED = {f"{_T}tracked-changes", f"{_T}sequence-decls", f"{_OFFICE}forms", f"{_T}table-of-content"}
_ASIDE = {f"{_OFFICE}annotation", f"{_T}note"}
_MOST_CELLS, _MOST_REPEATED = 2_000_000, 1000


class Loader(FileLoader):
    """Reads one document, one workbook, row by row, or one presentation, slide by slide."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: not OpenDocument, damaged, protected, or without text.
        """
        import lxml.etree as etree

        archive = _zip.open_zip(self.content, str(self.path), self.settings, what="OpenDocument file")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        if b"encryption-data" in (
            archive.read("META-INF/manifest.xml") if _has(archive, "META-INF/manifest.xml") else b""
        ):
            raise self.error("the document is protected by a password; save a copy without one")
        try:
            root = etree.fromstring(_zip.read_member(archive, "content.xml", str(self.path)), parser)
            styles = _zip.read_member(archive, "styles.xml", str(self.path)) if _has(archive, "styles.xml") else b""
            meta = _zip.read_member(archive, "meta.xml", str(self.path)) if _has(archive, "meta.xml") else b""
            builder = self.builder()
            writer = _Writer(builder, root)
            writer.write(root)
            writer.write_page_text(etree.fromstring(styles, parser) if styles else None)
            title = etree.fromstring(meta, parser).findtext(".//{*}title") if meta else ""
        except (etree.LxmlError, *_zip.DAMAGED) as error:
            raise self.error("the document is damaged or not complete; open it and save it anew") from error
        is_sheet = self.path.suffix.lower() in (".ods", ".ots")
        first = next((start for start, _ in builder.headings), None)
        title = title or ("" if is_sheet else builder.line_at(first)) or from_name(self.path)
        yield builder.document(title, records=is_sheet)


def _has(archive: Any, name: str) -> bool:
    return name in archive.NameToInfo


class _Writer:
    """Writes the content of a document; knows its automatic styles."""

    def __init__(self, builder: TextBuilder, root: Any) -> None:
        self.builder = builder
        self.hidden: set[str] = set()
        self.scripts: dict[str, int] = {}
        self.notes: list[tuple[str, str]] = []
        self.heading = ""
        self._in_list = False
        self._cells = 0
        for style in root.iter(f"{_STYLE}style"):
            name = style.get(f"{_STYLE}name", "")
            for properties in style:
                if (
                    properties.get(f"{_T}display") == "none"
                    or properties.get(f"{_STYLE}text-line-through-style") == "solid"
                ):
                    self.hidden.add(name)
                if properties.get(f"{_TABLE}display") == "false":
                    self.hidden.add(name)
                if properties.get(f"{_PRESENTATION}visibility") == "hidden":
                    self.hidden.add(name)
                position = properties.get(f"{_STYLE}text-position", "")
                if position.startswith(("super", "sub")) or position[:1].isdigit() or position[:1] == "-":
                    self.scripts[name] = (
                        0 if position.startswith("0") else -1 if position.startswith(("sub", "-")) else 1
                    )

    def write(self, root: Any) -> None:
        """Write the body: text, sheets or slides."""
        body = next(root.iter(f"{_OFFICE}body"))
        for content in body:
            if content.tag == f"{_OFFICE}spreadsheet":
                for sheet in content.iterchildren(f"{_TABLE}table"):
                    self._sheet(sheet)
            elif content.tag == f"{_OFFICE}presentation":
                for number, slide in enumerate(content.iterchildren(f"{_DRAW}page"), 1):
                    self._slide(slide, number)
            else:
                self.builder.place("the beginning")
                self._blocks(content, "")
        if self.notes:
            self.builder.place("notes")
            for mark, text in self.notes:
                self.builder.write(f"[{mark}] {text}")
            self.builder.no_place()

    def write_page_text(self, styles: Any) -> None:
        """Write what stands at the head and the foot of pages, once."""
        seen: set[str] = set()
        for name in ("header", "footer"):
            for element in styles.iter(f"{_STYLE}{name}") if styles is not None else ():
                text = "\n".join(filter(None, (flowing(self._text(p)) for p in element.iter(f"{_T}p"))))
                if any(map(str.isalpha, text)) and text not in seen:
                    seen.add(text)
                    self.builder.place(f"page {name}")
                    self.builder.write(text)

    def _blocks(self, element: Any, mark: str, depth: int = 0) -> None:
        for child in element:
            if child.tag in _SKIPPED or depth > 50:
                continue
            if child.tag == f"{_T}h":
                text, level = one_line(self._text(child)), int(child.get(f"{_T}outline-level") or 1)
                if text:
                    self.heading = text
                    self.builder.place(f"section “{text}”")
                    self.builder.write(text, level=min(max(level, 1), 9))
            elif child.tag == f"{_T}p":
                text = f"{mark}{flowing(self._text(child))}"
                self.builder.write(text if text != mark else "", tight=bool(mark) and self._in_list)
                self._in_list = bool(mark)
                self._boxes(child, depth)
            elif child.tag == f"{_T}list":
                self._list(child, depth)
            elif child.tag == f"{_TABLE}table":
                grid, header = self._grid(child)
                write_table(self.builder, grid, name=self.heading, header=header)
            elif isinstance(child.tag, str):
                self._blocks(child, mark, depth + 1)

    def _list(self, element: Any, depth: int) -> None:
        for item in element:
            if item.tag in (f"{_T}list-item", f"{_T}list-header"):
                self._blocks(item, "- " if item.tag == f"{_T}list-item" else "", depth + 1)

    def _boxes(self, paragraph: Any, depth: int) -> None:
        for box in paragraph.iter(f"{_DRAW}text-box"):
            self._blocks(box, "", depth + 1)

    def _text(self, paragraph: Any) -> str:
        """The text of a paragraph as it is shown."""
        parts: list[str] = []
        self._inline(paragraph, parts, 0)
        return "".join(parts)

    def _inline(self, element: Any, parts: list[str], depth: int) -> None:
        if depth > 60:
            return
        parts.append(element.text or "")
        for child in element:
            style = child.get(f"{_T}style-name", "") if isinstance(child.tag, str) else ""
            if child.tag == f"{_T}s":
                parts.append(" ")
            elif child.tag == f"{_T}tab":
                parts.append("\t")
            elif child.tag == f"{_T}line-break":
                parts.append("\n")
            elif child.tag in _ASIDE:
                self._aside(child, parts)
            elif child.tag == f"{_DRAW}frame" or child.tag == f"{_T}hidden-text" or not isinstance(child.tag, str):
                pass
            elif style in self.hidden:
                self.builder.left_out.append((self.heading or "the beginning", "".join(child.itertext())))
            elif self.scripts.get(style):
                inner: list[str] = []
                self._inline(child, inner, depth + 1)
                text = "".join(inner)
                parts.append(raised("".join(parts)[-30:], text) if self.scripts[style] > 0 else lowered(text))
            else:
                self._inline(child, parts, depth + 1)
            parts.append(child.tail or "")

    def _aside(self, element: Any, parts: list[str]) -> None:
        """A note's mark in the text, its words to be written at the end; so are comments."""
        text = flowing("\n".join(self._text(p) for p in element.iter(f"{_T}p")))
        if element.tag == f"{_T}note":
            mark = element.findtext(f"{_T}note-citation") or str(len(self.notes) + 1)
            parts.append(f"[{mark}]")
            self.notes.append((mark, text))
        elif text:
            author = one_line(element.findtext("{*}creator") or "")
            self.notes.append((f"comment by {author}" if author else "comment", text))

    def _sheet(self, sheet: Any) -> None:
        name = one_line(sheet.get(f"{_TABLE}name") or "")
        if sheet.get(f"{_TABLE}style-name") in self.hidden:
            self.builder.notes.append(f"the sheet “{name}” is hidden, and left out")
            return
        grid, _ = self._grid(sheet)
        write_grid(self.builder, grid, place=lambda number: f"sheet {name}, row {number}", heading=name)

    def _slide(self, slide: Any, number: int) -> None:
        self.builder.page()
        if slide.get(f"{_DRAW}style-name") in self.hidden:
            self.builder.notes.append(f"slide {number} is hidden, and left out")
            return
        self.builder.place(f"slide {number}")
        for frame in slide:
            if frame.tag == f"{_PRESENTATION}notes":
                text = flowing("\n".join(self._text(p) for p in frame.iter(f"{_T}p")))
                self.builder.write(f"Notes: {text}" if text else "")
            elif frame.get(f"{_PRESENTATION}class") == "title":
                self.heading = one_line(" ".join(self._text(p) for p in frame.iter(f"{_T}p")))
                self.builder.write(self.heading, level=1)
            elif isinstance(frame.tag, str):
                self._blocks(frame, "")

    def _grid(self, table: Any) -> tuple[list[list[str]], int]:
        """The cells of a table as they are shown, and how many of its first rows are its header."""
        grid: list[list[str]] = []
        header = 0
        spans: dict[int, tuple[int, str]] = {}
        for row in table.iter(f"{_TABLE}table-row"):
            if next(row.iterancestors(f"{_TABLE}table")) is not table:
                continue
            hidden = row.get(f"{_TABLE}visibility") in ("collapse", "filter")
            cells = [] if hidden else self._row(row, spans)
            repeated = int(row.get(f"{_TABLE}number-rows-repeated") or 1)
            for _ in range(min(repeated, _MOST_REPEATED if any(cells) else max(1, _MOST_REPEATED - len(grid)))):
                grid.append(list(cells))
                self._cells += len(cells)
            if self._cells > _MOST_CELLS:
                break
            if row.getparent().tag == f"{_TABLE}table-header-rows":
                header = len(grid)
        while grid and not any(grid[-1]):
            grid.pop()
        return grid, header if header < len(grid) else 0

    def _row(self, row: Any, spans: dict[int, tuple[int, str]]) -> list[str]:
        cells: list[str] = []
        for cell in row:
            repeated = min(int(cell.get(f"{_TABLE}number-columns-repeated") or 1), 16_384)
            if cell.tag == f"{_TABLE}covered-table-cell":
                for _ in range(repeated):
                    remaining, text = spans.get(len(cells), (0, ""))
                    spans[len(cells)] = (remaining - 1, text)
                    cells.append(text if remaining > 0 else "")
                continue
            if cell.tag != f"{_TABLE}table-cell":
                continue
            text = one_line(" ".join(self._text(p) for p in cell.iter(f"{_T}p") if not _is_note(p)))
            columns = int(cell.get(f"{_TABLE}number-columns-spanned") or 1)
            rows = int(cell.get(f"{_TABLE}number-rows-spanned") or 1)
            for number in range(min(columns, 1000)):
                spans[len(cells) + number] = (rows - 1 if not number else rows, text if not number else Copied(text))
            if not text and repeated > 1 and cell.getnext() is None:
                break
            cells += [text] * repeated
        while cells and not cells[-1]:
            cells.pop()
        return cells


def _is_note(paragraph: Any) -> bool:
    return any(parent.tag in _ASIDE for parent in paragraph.iterancestors())
