"""PDF, through PDFium: the text that its pages carry, line wraps undone, with the place of each page."""

import ctypes
import re
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.document_loaders.base import BaseLoader
from langchain_core.documents import Document

from core.errors import DocumentError
from retrieval.loaders._layout import Line, headline, page_text, without_margins, words_of
from retrieval.loaders._title import from_name

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfTextPage

SUFFIXES = (".pdf",)

pdfium_lock = threading.Lock()
"""PDFium must not be called from two threads at once."""

_CUT = "\ufffe\x02"
"""What PDFium puts for the hyphen of a word that goes on in the next line."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\ufeff\ufffe\uffff]")
_LINE = re.compile(rf"[^\r\n{_CUT}]*[{_CUT}]?")
_NO_TITLE = re.compile(
    r"\W*|\(?(?:anonymous|unspecified|untitled|unknown|title|document\d*)\)?|.*\.\w{2,5}", re.IGNORECASE
)


class Loader(BaseLoader):
    """Reads one PDF; pages are joined by blank lines."""

    def __init__(self, path: str | Path, data: bytes | None = None) -> None:
        self.path = Path(path)
        self.data = data

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: not a PDF, damaged, protected by a password, or without text (scanned).
        """
        data = self.path.read_bytes() if self.data is None else self.data
        if b"%PDF-" not in data[:1024]:
            raise DocumentError(
                str(self.path), "the file is not a PDF, though its name says so" if data else "the file is empty"
            )
        with pdfium_lock:
            pages, title = self._read(data)
        if not any(pages):
            raise DocumentError(
                str(self.path), "no text in it: its pages are pictures; reading those (OCR) is not available"
            )
        pages = without_margins(pages)
        words = words_of(pages)
        text, starts = "", []
        for lines in pages:
            text += "\n\n" if text and not text.endswith("\n\n") else ""
            starts.append(len(text))
            text += page_text(lines, words)
        title = title or headline(pages[0]) or from_name(self.path)
        yield Document(text, metadata={"title": title, "pages": len(pages), "page_starts": starts})

    def _read(self, data: bytes) -> tuple[list[list[Line]], str | None]:
        from pypdfium2 import PdfDocument, PdfiumError

        try:
            with PdfDocument(data) as document:
                pages = [_lines_of(document, number) for number in range(len(document))]
                return pages, _title_of(document)
        except PdfiumError as error:
            reason = "the PDF is damaged or not complete"
            if "password" in str(error).lower():
                reason = "the PDF is protected by a password; save a copy without one"
            raise DocumentError(str(self.path), reason) from error


def _title_of(document: "PdfDocument") -> str | None:
    """The title in the PDF's own data, where it is one: many programs leave a file name there, or nothing."""
    title = " ".join(document.get_metadata_value("Title").split())
    title = re.sub(r"^Microsoft (?:Word|PowerPoint) - ", "", title)
    return None if not 2 <= len(title) <= 200 or _NO_TITLE.fullmatch(title) else title


def _lines_of(document: "PdfDocument", number: int) -> list[Line]:
    page = document[number]
    textpage = page.get_textpage()
    try:
        return list(_lines(textpage))
    finally:
        textpage.close()
        page.close()


def _lines(textpage: "PdfTextPage") -> Iterator[Line]:
    """The lines of a page in PDFium's reading order, without blank ones."""
    from pypdfium2 import raw

    # One call a character, since PdfTextPage.get_text_range leaves characters out that boxes are counted with.
    codes = [raw.FPDFText_GetUnicode(textpage, i) for i in range(textpage.count_chars())]
    characters = "".join(chr(code) for code in codes)
    for found in _LINE.finditer(characters):
        shown = [
            i for i in range(found.start(), found.end()) if not characters[i].isspace() and characters[i] not in _CUT
        ]
        if not shown:
            continue
        text = _tidy(found.group())
        if text:
            cut = characters[found.end() - 1] in _CUT
            yield _measured(textpage, shown, text, cut)


def _tidy(line: str) -> str:
    """The line with surrogates paired, unseen characters left out, and runs of white space as one space."""
    paired = line.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return " ".join(_UNSEEN.sub("", paired).split())


def _measured(textpage: "PdfTextPage", shown: list[int], text: str, cut: bool) -> Line:
    first, last = shown[0], shown[-1]
    left, bottom, _, top = textpage.get_charbox(first, loose=True)
    right = textpage.get_charbox(last, loose=True)[2]
    breaks = [(a, b) for a, b in pairwise(shown) if b > a + 1]
    word = textpage.get_charbox(breaks[0][0] if breaks else last, loose=True)[2] - left
    gap = max((textpage.get_charbox(b)[0] - textpage.get_charbox(a)[2] for a, b in breaks), default=0.0)
    size = max(top - bottom, 1.0)
    bold = _is_bold(textpage, first) and _is_bold(textpage, last)
    return Line(text, left, right, _baseline(textpage, first, bottom), size, word, gap, bold, cut)


def _baseline(textpage: Any, i: int, otherwise: float) -> float:
    from pypdfium2 import raw

    x, y = ctypes.c_double(), ctypes.c_double()
    return y.value if raw.FPDFText_GetCharOrigin(textpage, i, x, y) else otherwise


def _is_bold(textpage: Any, i: int) -> bool:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(textpage, i, name, 128, None)
    known = name.value.decode("utf-8", "replace").lower()
    return raw.FPDFText_GetFontWeight(textpage, i) >= 600 or any(word in known for word in ("bold", "cmbx", "black"))
