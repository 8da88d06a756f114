"""Drawing a page of a PDF, and finding a quote on it: what `pdf_page.py` has a child process do."""

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pypdfium2 import PdfPage, PdfPosConv, PdfTextPage

WIDTH = 1300
"""Width of the picture in pixels: sharp in a panel of half a large screen."""

MOST_PIXELS = 8_000_000
"""Of a picture; a page that is far higher than wide is drawn smaller."""

CUT = "\ufffe\x02\u00ad-‐‑"
"""Hyphens, and what PDFium puts for one at the end of a line: the document's text may be without them."""


def draw(request: dict[str, Any], content: bytes) -> tuple[dict[str, Any], bytes]:
    """The page as PNG and the boxes of the quote on it; without either where there is no such page.

    `request`: `page` (from 1) and `quote`.
    """
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        with PdfDocument(content) as document:
            return _draw(document[request["page"] - 1], request["quote"])
    except (PdfiumError, IndexError):
        return {"boxes": []}, b""


def _draw(page: "PdfPage", quote: str) -> tuple[dict[str, Any], bytes]:
    width, height = max(page.get_width(), 1.0), max(page.get_height(), 1.0)
    bitmap = page.render(scale=min(WIDTH / width, (MOST_PIXELS / (width * height)) ** 0.5))
    textpage = page.get_textpage()
    to_pixels = bitmap.get_posconv(page)
    boxes = [_box(to_pixels, rectangle, bitmap) for rectangle in _rectangles(textpage, quote)]
    picture = io.BytesIO()
    bitmap.to_pil().save(picture, "PNG")
    textpage.close()
    page.close()
    return {"boxes": boxes}, picture.getvalue()


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
