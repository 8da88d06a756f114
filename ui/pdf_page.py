"""A page of a PDF as a picture, and the place of a passage on it."""

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
        content = Path(source.root, source.path).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != source.sha256:
        return None
    try:
        with pdfium_lock, PdfDocument(content) as document:
            return _draw(document[page - 1], quote)
    except (PdfiumError, IndexError):
        return None


def _draw(page: "PdfPage", quote: str) -> PagePicture:
    bitmap = page.render(scale=WIDTH / max(page.get_width(), 1.0))
    textpage = page.get_textpage()
    to_pixels = bitmap.get_posconv(page)
    boxes = tuple(_box(to_pixels, rectangle, bitmap) for rectangle in _rectangles(textpage, quote))
    picture = io.BytesIO()
    bitmap.to_pil().save(picture, "PNG")
    textpage.close()
    page.close()
    return PagePicture(picture.getvalue(), boxes)


def _rectangles(textpage: "PdfTextPage", quote: str) -> "list[tuple[float, float, float, float]]":
    """Left, bottom, right, top of each line of the quote, in points; none where the page does not hold it."""
    from pypdfium2 import raw

    characters = [
        (i, character)
        for i in range(textpage.count_chars())
        if not (character := chr(raw.FPDFText_GetUnicode(textpage, i))).isspace() and character not in CUT
    ]
    page_letters = "".join(character for _, character in characters)
    quote_letters = "".join(character for character in quote if not character.isspace() and character not in CUT)
    position, length = _find(page_letters, quote_letters)
    if not length:
        return []
    first, last = characters[position][0], characters[position + length - 1][0]
    count = textpage.count_rects(first, last - first + 1)
    return [textpage.get_rect(number) for number in range(count)]


def _find(letters: str, quote_letters: str) -> tuple[int, int]:
    """Where `quote_letters` stands and how many of its letters are there: a passage may go on over the page's end."""
    position = letters.find(quote_letters)
    if position >= 0:
        return position, len(quote_letters)
    position = letters.find(quote_letters[:24]) if len(quote_letters) > 24 else -1
    if position >= 0 and quote_letters.startswith(letters[position:]):
        return position, len(letters) - position
    return 0, 0


def _box(
    to_pixels: "PdfPosConv", rectangle: tuple[float, float, float, float], bitmap: Any
) -> tuple[float, float, float, float]:
    x_min, y_min, x_max, y_max = rectangle
    (x1, y1), (x2, y2) = to_pixels.to_bitmap(x_min, y_max), to_pixels.to_bitmap(x_max, y_min)
    x, y, width, height = min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)
    return x / bitmap.width, y / bitmap.height, width / bitmap.width, height / bitmap.height
