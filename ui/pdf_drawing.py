"""Drawing a page of a PDF, and finding a quote on it: what `pdf_page.py` has a child process do."""

import io
import re
import unicodedata
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
        (i, letter)
        for i in range(textpage.count_chars())
        for letter in _letters(chr(raw.FPDFText_GetUnicode(textpage, i)))
    ]
    page_letters = "".join(letter for _, letter in characters)
    rectangles = []
    for position, length in _find(page_letters, quote):
        first, last = characters[position][0], characters[position + length - 1][0]
        count = textpage.count_rects(first, last - first + 1)
        rectangles += [textpage.get_rect(number) for number in range(count)]
    return rectangles


def _letters(text: str) -> str:
    """The text without white space and hyphens, powers and ligatures as plain letters."""
    if 0xD800 <= ord(text[:1] or " ") < 0xE000:
        return ""  # half of a character
    plain = unicodedata.normalize("NFKC", text)
    return "".join(letter for letter in plain if not letter.isspace() and letter not in CUT)


def _find(letters: str, quote: str) -> list[tuple[int, int]]:
    """Where the letters of the quote stand, and how many: a passage may go on over the page's end.

    Of a row of a table, which carries the names of its columns, the values are found one after the other.
    """
    whole = _letters(quote)
    if (position := letters.find(whole)) >= 0:
        return [(position, len(whole))] if whole else []
    position = letters.find(whole[:24]) if len(whole) > 24 else -1
    if position >= 0 and whole.startswith(letters[position:]):
        return [(position, len(letters) - position)]
    pieces, at = [], 0
    for part in re.split(r"[;\n]", quote):
        piece = _letters(part.rpartition(": ")[2])
        place = letters.find(piece, at) if len(piece) > 1 else -1
        if place >= 0:
            pieces.append((place, len(piece)))
            at = place + len(piece)
    return pieces


def _box(
    to_pixels: "PdfPosConv", rectangle: tuple[float, float, float, float], bitmap: Any
) -> tuple[float, float, float, float]:
    x_min, y_min, x_max, y_max = rectangle
    (x1, y1), (x2, y2) = to_pixels.to_bitmap(x_min, y_max), to_pixels.to_bitmap(x_max, y_min)
    x, y, width, height = min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)
    return x / bitmap.width, y / bitmap.height, width / bitmap.width, height / bitmap.height
