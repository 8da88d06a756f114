"""PDF, through PDFium: the text that its pages carry, line wraps undone, with the place of each page.

Pages that are pictures are read by OCR, where that is installed. What the PDF's outline names is a heading.
"""

import re
import threading
from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.documents import Document

from vademecum.core.child_serving import progress
from vademecum.retrieval.loaders import _ocr
from vademecum.retrieval.loaders._columns import in_reading_order
from vademecum.retrieval.loaders._file import FileLoader, too_long, too_many_pages
from vademecum.retrieval.loaders._furniture import without_furniture
from vademecum.retrieval.loaders._hyphens import Hyphens
from vademecum.retrieval.loaders._layout import Line, append_page, headline, page_text, words_of
from vademecum.retrieval.loaders._page_tables import with_names
from vademecum.retrieval.loaders._pdf_annotations import with_annotations
from vademecum.retrieval.loaders._pdf_lines import lines_of
from vademecum.retrieval.loaders._title import from_name

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage

SUFFIXES = (".pdf",)

pdfium_lock = threading.Lock()
"""PDFium must not be called from two threads at once."""

_NO_TITLE = re.compile(
    r"\W*|\(?(?:anonymous|unspecified|untitled|unknown|title|document\d*)\)?|.*\.\w{2,5}", re.IGNORECASE
)

_FEWEST, _SECTION = 3, 5000
"""From so many headings on, and with no more characters to each on average, an outline names the sections and not only
the chapters. Of some 120 other lines that look like headings in four such documents, few were: they are formulas,
running titles, code, lines of a table of contents, and what leads to a list."""

_OCR_SCALE = 2.0
"""Pixels a point at which a page is read by OCR: 144 to the inch, at which type of 8 points still reads well."""


class _Entry(NamedTuple):
    """An entry of the outline; `page` from 0, `level` 1 outermost."""

    page: int
    level: int
    title: str


class _Extract(NamedTuple):
    """What a PDF holds: the lines of its pages, its title and outline, and the pages that are pictures left unread."""

    pages: list[list[Line]]
    title: str | None
    outline: list[_Entry]
    unread: list[int]


class Loader(FileLoader):
    """Reads one PDF; pages are joined by blank lines."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: not a PDF, damaged, protected by a password, without text, or of too many pages.
        """
        if b"%PDF-" not in self.content[:1024]:
            raise self.error("the file is not a PDF, though its name says so")
        with pdfium_lock:
            extract = self._read()
        if not any(extract.pages):
            reason = _ocr.missing() or "OCR found no words in them" if extract.unread else "they are empty"
            raise self.error(f"no text in its pages: {reason}")
        pages, left_out = without_furniture(extract.pages)
        hyphens = Hyphens(words_of(pages))
        entries: dict[int, list[_Entry]] = {}
        for entry in extract.outline:
            entries.setdefault(entry.page, []).append(entry)
        text, starts, headings = "", [], []
        for number, lines in enumerate(pages):
            page = page_text(lines, hyphens)
            before = pages[number - 1] if number else []
            text, begin, start = append_page(text, page, before, hyphens)
            starts.append(start)
            headings += _headings(text, begin, entries.get(number, []))
        title = extract.title or headline(pages[0]) or from_name(self.path)
        notes = [_unread_note(extract.unread)] if extract.unread else []
        guess = len(headings) < _FEWEST or len(text) > _SECTION * len(headings)
        metadata = {"title": title, "pages": len(pages), "page_starts": starts, "headings": headings, "notes": notes}
        metadata["left_out"] = [(f"page {page + 1}", words) for page, words in left_out]
        metadata["guess"] = guess
        yield Document(text, metadata=metadata)

    def _read(self) -> _Extract:
        from pypdfium2 import PdfDocument, PdfiumError

        try:
            with PdfDocument(self.content) as document:
                if len(document) > self.settings.max_pages:
                    raise too_many_pages(str(self.path), self.settings)
                if document.get_formtype():
                    document.init_forms()
                pages = self._pages(document)
                unread = self._read_pictures(document, pages)
                return _Extract(pages, _title_of(document), list(_outline(document)), unread)
        except PdfiumError as error:
            reason = "the PDF is damaged or not complete"
            if "password" in str(error).lower():
                reason = "the PDF is protected by a password; save a copy without one"
            raise self.error(reason) from error

    def _pages(self, document: "PdfDocument") -> list[list[Line]]:
        pages, characters = [], 0
        for number in range(len(document)):
            progress()
            lines = _lines_of(document, number, self.settings.max_text_chars)
            characters += sum(len(line.text) for line in lines or ())
            if lines is None or characters > self.settings.max_text_chars:
                raise too_long(str(self.path), self.settings)
            pages.append(lines)
        return pages

    def _read_pictures(self, document: "PdfDocument", pages: list[list[Line]]) -> list[int]:
        """Read, in place, the pages that are pictures; the numbers of those that gave nothing, from 1."""
        pictures = [number for number, lines in enumerate(pages) if not lines and _has_picture(document, number)]
        able = 0 if _ocr.missing() else self.settings.max_ocr_pages
        for number in pictures[:able]:
            progress()
            page: Any = document[number]  # its `render` declares no type for a scale, which may be a fraction
            pages[number] = _ocr.lines(page.render(scale=_ocr_scale(page)).to_pil(), threads=self.settings.threads)
            page.close()
        return [number + 1 for number in pictures if not pages[number]]


def _has_picture(document: "PdfDocument", number: int) -> bool:
    from pypdfium2 import raw

    page = document[number]
    try:
        return next(iter(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE])), None) is not None
    finally:
        page.close()


def _ocr_scale(page: "PdfPage") -> float:
    """The scale to read a page at; a poster is drawn smaller."""
    return min(_OCR_SCALE, _ocr.WIDEST / max(page.get_width(), page.get_height(), 1.0))


def _unread_note(unread: list[int]) -> str:
    numbers = ", ".join(map(str, unread[:10])) + (", ..." if len(unread) > 10 else "")
    what = f"pages {numbers} are pictures" if len(unread) > 1 else f"page {numbers} is a picture"
    return f"{what} whose words were not read: {_ocr.missing() or 'OCR found none, or see the setting max_ocr_pages'}"


def _outline(document: "PdfDocument") -> Iterator[_Entry]:
    for bookmark in document.get_toc(max_depth=6):
        target = bookmark.get_dest()
        page = target.get_index() if target else None
        if page is not None and bookmark.get_title().strip():
            yield _Entry(page, bookmark.level + 1, bookmark.get_title())


def _headings(text: str, start: int, entries: list[_Entry]) -> Iterator[tuple[int, int]]:
    """Where on the page that begins at `start` the lines are that the outline names, and their levels."""
    offsets: list[int] = []
    numbers: dict[str, list[int]] = {}  # of the lines, by what they say, with the number of a section and without it
    for number, match in enumerate(re.finditer(r"[^\n]+", text[start:])):
        offsets.append(start + match.start())
        line = _plain(match.group())
        for words in {line, re.sub(r"^(?:[\divx]{1,10} ){1,10}", "", line)}:
            numbers.setdefault(words, []).append(number)
    following = 0
    for entry in entries:
        candidates = numbers.get(_plain(entry.title), [])
        if (i := bisect_left(candidates, following)) < len(candidates):
            yield offsets[candidates[i]], entry.level
            following = candidates[i] + 1


def _plain(line: str) -> str:
    return re.sub(r"[\W_]+", " ", line).strip().casefold()


def _title_of(document: "PdfDocument") -> str | None:
    """The title in the PDF's own data, where it is one: many programs leave a file name there, or nothing."""
    title = " ".join(document.get_metadata_value("Title").split())
    title = re.sub(r"^Microsoft (?:Word|PowerPoint) - ", "", title)
    return None if not 2 <= len(title) <= 200 or _NO_TITLE.fullmatch(title) else title


def _lines_of(document: "PdfDocument", number: int, most: int) -> list[Line] | None:
    """The lines of a page; None where it has more than `most` characters."""
    page = document[number]
    textpage = page.get_textpage()
    try:
        if textpage.count_chars() > most:
            return None
        return with_annotations(document, page, read_lines(textpage))
    finally:
        textpage.close()
        page.close()


def read_lines(textpage: "PdfTextPage") -> list[Line]:
    """The lines of a page in reading order; where that cannot be told, in the order in which they are painted."""
    lines = list(lines_of(textpage))
    try:
        return with_names(in_reading_order(lines))
    except (ArithmeticError, LookupError, RecursionError, ValueError):  # a strange page costs no more than its order
        return lines
