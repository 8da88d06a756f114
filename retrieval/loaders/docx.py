"""DOCX (Word): paragraphs with their numbers, tables, text boxes, notes and comments, with the section of each."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document

from vademecum.language.sentences import LIST_ITEM
from vademecum.retrieval.loaders import _zip
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, flowing
from vademecum.retrieval.loaders._rows import write_table
from vademecum.retrieval.loaders._title import from_name
from vademecum.retrieval.loaders._word_numbering import Numbering
from vademecum.retrieval.loaders._word_tables import read_table
from vademecum.retrieval.loaders._word_text import NoteNumbers, ParagraphText, W, paragraph_text

if TYPE_CHECKING:
    from docx.document import Document as WordDocument

SUFFIXES = (".docx", ".docm")

_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)


class Loader(FileLoader):
    """Reads one Word document as it is shown; what is deleted, struck out or hidden is left out, and listed."""

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
            _Writer(builder, document).write()
        except (PackageNotFoundError, LxmlError, *_zip.DAMAGED) as error:
            raise self.error("the Word document is damaged or not complete; open it and save it anew") from error
        first = next((start for start, _ in builder.headings), None)
        yield builder.document(title or builder.line_at(first) or from_name(self.path))


class _Writer:
    """Writes the blocks of a document; knows its styles."""

    def __init__(self, builder: TextBuilder, document: "WordDocument") -> None:
        self.builder = builder
        self.document = document
        self.styles = {style.style_id: style for style in document.styles}
        self.parts = _Parts(document)
        self.numbering = Numbering(self.parts.root("numbering"))
        self.comments = {comment.get(f"{W}id"): comment for comment in self.parts.elements("comments", "comment")}
        self.notes = NoteNumbers()
        self._levels: dict[str, int] = {}
        self._heading = self._place = ""
        self._in_list = False

    def write(self) -> None:
        """Write the body, then what stands at the foot and the head of its pages."""
        self.body(self.document.element.body)
        for kind in ("footnote", "endnote"):
            self._notes(kind)
        for name, place in (("header", "page header"), ("footer", "page footer")):
            seen: set[str] = set()
            for root in self.parts.roots(name):
                text = "\n".join(filter(None, (flowing(self._text(p).text) for p in root.iter(f"{W}p"))))
                if any(map(str.isalpha, text)) and text not in seen:
                    self.builder.place(place)
                    self.builder.write(text)
                seen.add(text)

    def body(self, body: Any) -> None:
        """Write the blocks of an element, one after the other."""
        for element in body.iterchildren():
            if element.tag == f"{W}p":
                self._paragraph(element)
            elif element.tag == f"{W}tbl":
                self._table(element)
            elif element.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml"):
                self.body(element)

    def _text(self, paragraph: Any) -> ParagraphText:
        text = paragraph_text(paragraph, self.notes)
        self.builder.left_out += [(self._place or "the beginning", words) for words in text.hidden if words.strip()]
        return text

    def _paragraph(self, paragraph: Any) -> None:
        content = self._text(paragraph)
        text, level, mark = flowing(content.text), self._level(paragraph), self._mark(paragraph)
        text = f"{mark} {text}" if mark and text and not (level and mark == "-") else text
        if level and text:
            self._place = f"section “{' '.join(text.split())}”"
            self._heading = text
            self.builder.place(self._place)
        item = not level and LIST_ITEM.match(text) is not None and mark is not None
        if text:
            self.builder.write(text, level=level, tight=item and self._in_list)
            self._in_list = item
        self._comment(content.comments)
        for box in _boxes(paragraph):
            self.body(box)

    def _comment(self, numbers: list[str]) -> None:
        for comment in (self.comments[number] for number in numbers if number in self.comments):
            text = flowing("\n".join(self._text(p).text for p in comment.iter(f"{W}p")))
            author = flowing(comment.get(f"{W}author", ""))
            self.builder.write(f"Comment by {author}: {text}" if author else f"Comment: {text}")

    def _notes(self, kind: str) -> None:
        """Footnotes or endnotes, each with its mark; those that separate them from the text have none."""
        self.builder.place(f"{kind}s")
        for note in self.parts.elements(f"{kind}s", kind):
            if (mark := self.notes.marks.get((kind, note.get(f"{W}id", "")))) is not None:
                text = flowing("\n".join(self._text(p).text for p in note.iter(f"{W}p")))
                self.builder.write(f"[{mark}] {text}" if text else "")
        self.builder.no_place()

    def _table(self, table: Any) -> None:
        comments: list[str] = []

        def text(paragraph: Any) -> str:
            content = self._text(paragraph)
            comments.extend(content.comments)
            boxes = [flowing(self._text(inner).text) for box in _boxes(paragraph) for inner in box.iter(f"{W}p")]
            return "\n".join([content.text, *boxes])

        grid, header = read_table(table, text)
        write_table(self.builder, grid, name=self._heading, header=header)
        self._comment(comments)
        self._in_list = False

    def _mark(self, paragraph: Any) -> str | None:
        """The number or the bullet that Word puts before a paragraph."""
        own, style = paragraph.find(f"{W}pPr/{W}numPr"), self._style(paragraph)
        number, depth, name = _number_of(own), _depth_of(own), "" if style is None else style.style_id
        for _ in range(10):
            if number is not None or style is None:
                break
            inherited = style.element.find(f"{W}pPr/{W}numPr")
            number, at = _number_of(inherited), _depth_of(inherited)
            if number is not None and depth is None:
                depth = at if at is not None else self.numbering.level_of_style(number, name)
            style = getattr(style, "base_style", None)
        if number is not None:
            return self.numbering.mark(number, depth or 0)
        listed = self._style(paragraph)
        return "-" if listed is not None and (listed.name or "").lower().startswith("list bullet") else None

    def _level(self, paragraph: Any) -> int:
        """The level of the heading that the paragraph is; 0 where it is none."""
        own = paragraph.find(f"{W}pPr/{W}outlineLvl")
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
            outline = style.element.find(f"{W}pPr/{W}outlineLvl")
            if outline is not None:
                return _outline(outline)
            style = getattr(style, "base_style", None)
        return 0

    def _style(self, paragraph: Any) -> Any:
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        return None if style is None else self.styles.get(style.get(f"{W}val"))


class _Parts:
    """The parts of a document beside its body, by the names of their relations."""

    def __init__(self, document: "WordDocument") -> None:
        self._relations = [relation for relation in document.part.rels.values() if not relation.is_external]

    def roots(self, name: str) -> Iterator[Any]:
        """The outermost elements of all parts of a kind."""
        import lxml.etree as etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        for relation in self._relations:
            if relation.reltype.endswith(f"/{name}"):
                yield etree.fromstring(relation.target_part.blob, parser)

    def root(self, name: str) -> Any:
        """The outermost element of the first of them; None where there is none."""
        return next(self.roots(name), None)

    def elements(self, part: str, name: str) -> Iterator[Any]:
        """The elements called `name` in the parts of a kind."""
        for root in self.roots(part):
            yield from root.iterchildren(f"{W}{name}")


def _number_of(properties: Any) -> str | None:
    """The list that the properties of a paragraph or a style name; "0" takes it out of any."""
    element = None if properties is None else properties.find(f"{W}numId")
    return None if element is None else element.get(f"{W}val", "")


def _depth_of(properties: Any) -> int | None:
    element = None if properties is None else properties.find(f"{W}ilvl")
    return None if element is None else int(element.get(f"{W}val", "0"))


def _boxes(paragraph: Any) -> Iterator[Any]:
    """The text boxes of a paragraph, without those inside of them: their own paragraphs have these."""
    waiting = list(reversed(list(paragraph)))
    while waiting:
        element = waiting.pop()
        if element.tag == f"{W}txbxContent":
            yield element
        elif element.tag != f"{_COMPATIBLE}Fallback":
            waiting += reversed(list(element))


def _outline(element: Any) -> int:
    """The heading level of an outline level, of which 9 is the body's."""
    value = int(element.get(f"{W}val", "9"))
    return value + 1 if 0 <= value < 9 else 0
