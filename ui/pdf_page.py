"""A page of a PDF as a picture, and where on it a passage stands."""

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum.core.types import Source
from vademecum.retrieval.loaders.pdf import pdfium_lock

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfPosConv, PdfTextPage

WIDTH = 1300
"""Width of the picture in pixels: sharp in a panel of half a large screen."""

CUT = "\ufffe\x02\u00ad-‐‑"
"""Hyphens, and what PDFium puts for one at the end of a line: the document's text may be without them."""


class PagePicture(NamedTuple):
    """A page as PNG; `boxes` are those of the passage: left, top, width, height in parts of the page (0 to 1)."""

    png: bytes
    boxes: tuple[tuple[float, float, float, float], ...]


def page_picture(source: Source, page: int, quote: str) -> PagePicture | None:
    """Page `page` (from 1) with the place of `quote`; None where the file is gone or is not what was ingested."""
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        data = Path(source.root, source.path).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(data).hexdigest() != source.sha256:
        return None
    try:
        with pdfium_lock, PdfDocument(data) as document:
            return _drawn(document[page - 1], quote)
    except (PdfiumError, IndexError):
        return None


def _drawn(page: "PdfPage", quote: str) -> PagePicture:
    bitmap = page.render(scale=WIDTH / max(page.get_width(), 1.0))
    textpage = page.get_textpage()
    place = bitmap.get_posconv(page)
    boxes = tuple(_box(place, rectangle, bitmap) for rectangle in _rectangles(textpage, quote))
    picture = io.BytesIO()
    bitmap.to_pil().save(picture, "PNG")
    textpage.close()
    page.close()
    return PagePicture(picture.getvalue(), boxes)


def _rectangles(textpage: "PdfTextPage", quote: str) -> "list[tuple[float, float, float, float]]":
    """Left, bottom, right, top of each line of the quote, in points; none where the page does not hold it."""
    from pypdfium2 import raw

    shown = [
        (i, character)
        for i in range(textpage.count_chars())
        if not (character := chr(raw.FPDFText_GetUnicode(textpage, i))).isspace() and character not in CUT
    ]
    page_letters = "".join(character for _, character in shown)
    wanted = "".join(character for character in quote if not character.isspace() and character not in CUT)
    at, length = _find(page_letters, wanted)
    if not length:
        return []
    first, last = shown[at][0], shown[at + length - 1][0]
    count = textpage.count_rects(first, last - first + 1)
    return [textpage.get_rect(number) for number in range(count)]


def _find(letters: str, wanted: str) -> tuple[int, int]:
    """Where `wanted` stands and how many of its letters are there: a passage may go on over the page's end."""
    at = letters.find(wanted)
    if at >= 0:
        return at, len(wanted)
    at = letters.find(wanted[:24]) if len(wanted) > 24 else -1
    if at >= 0 and wanted.startswith(letters[at:]):
        return at, len(letters) - at
    return 0, 0


def _box(
    place: "PdfPosConv", rectangle: tuple[float, float, float, float], bitmap: Any
) -> tuple[float, float, float, float]:
    left, bottom, right, top = rectangle
    (x1, y1), (x2, y2) = place.to_bitmap(left, top), place.to_bitmap(right, bottom)
    x, y, width, height = min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)
    return x / bitmap.width, y / bitmap.height, width / bitmap.width, height / bitmap.height
