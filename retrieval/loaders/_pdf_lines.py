"""The lines of a PDF's page, as PDFium finds them, each measured along its own direction.

Small raised digits become superscripts ("10⁷"), or the mark of a note where they follow a word ("rent[2]").
"""

import ctypes
import math
import re
from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum.retrieval.loaders._file import clean
from vademecum.retrieval.loaders._layout import Gap, Line
from vademecum.retrieval.loaders._scripts import is_right_to_left, lowered, raised

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage

_CUT = "\ufffe\x02"
"""What PDFium puts for the hyphen of a word that goes on in the next line."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\ufeff\ufffe\uffff]")
_LINE = re.compile(rf"[^\r\n{_CUT}]*[{_CUT}]?")
_SMALL, _RAISED, _LOWERED = 0.87, 0.12, 0.04
"""Of the size of the line's type: up to where a digit is small, and from where on it is raised or lowered."""

_WIDE = 0.9
"""Sizes of the type; a wider space may divide columns."""


class Frame(NamedTuple):
    """A turned system of coordinates: `angle` in degrees against the clock, along which the line runs to the right."""

    cosine: float
    sine: float
    mirrored: bool

    def point(self, x: float, y: float) -> tuple[float, float]:
        along, up = x * self.cosine + y * self.sine, y * self.cosine - x * self.sine
        return (-along if self.mirrored else along), up

    def box(self, box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        """Left, bottom, right, top."""
        if self.cosine == 1.0 and not self.mirrored:
            return box
        left, bottom, right, top = box
        (x1, y1), (x2, y2) = self.point(left, bottom), self.point(right, top)
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def lines_of(textpage: "PdfTextPage") -> Iterator[Line]:
    """The lines of a page in PDFium's order, without blank ones."""
    from pypdfium2 import raw

    # One call a character, since PdfTextPage.get_text_range leaves characters out that boxes are counted with.
    codes = [raw.FPDFText_GetUnicode(textpage, i) for i in range(textpage.count_chars())]
    characters = "".join(chr(code) for code in codes)
    for match in _LINE.finditer(characters):
        words = _words(characters, match.start(), match.end())
        if words:
            yield _measured(textpage, characters, words, is_cut=characters[match.end() - 1] in _CUT)


def _words(characters: str, start: int, end: int) -> list[list[int]]:
    """The places of the characters of each word between two places."""
    words: list[list[int]] = [[]]
    for i in range(start, end):
        if characters[i].isspace() or characters[i] in _CUT:
            words.append([])
        else:
            words[-1].append(i)
    return [word for word in words if word and _tidy("".join(characters[i] for i in word))]


def _tidy(text: str) -> str:
    """The text with surrogates paired, and without characters that nobody sees."""
    if text.isascii() and text.isprintable():
        return text
    return clean(_UNSEEN.sub("", text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")))


def _measured(textpage: "PdfTextPage", characters: str, words: list[list[int]], *, is_cut: bool) -> Line:
    from pypdfium2 import raw

    plain = "".join(characters[i] for word in words for i in word)
    first, last = words[0][0], words[-1][-1]
    base = next((i for word in words[:3] for i in word if characters[i].isalpha()), first)
    angle = -round(math.degrees(raw.FPDFText_GetCharAngle(textpage, base))) % 360
    frame = Frame(math.cos(math.radians(angle)), math.sin(math.radians(angle)), is_right_to_left(plain))
    measure = _Measure(textpage, frame)
    begin, finish, standard = (measure.box(i) for i in (first, last, base))
    size = max(standard[3] - standard[1], 1.0)
    y = measure.baseline(base, standard[1])
    text, starts = _text(characters, words, measure, y, size)
    spaces = [
        Gap(start, measure.box(before[-1], loose=False)[2], measure.box(after[0], loose=False)[0])
        for start, (before, after) in zip(starts, pairwise(words), strict=True)
    ]
    return Line(
        text=text,
        left=min(begin[0], finish[0]),
        right=max(begin[2], finish[2]),
        y=y,
        size=size,
        word=measure.box(words[0][-1])[2] - begin[0],
        gap=max((space.right - space.left for space in spaces), default=0.0),
        bold=_is_bold(textpage, base) and _is_bold(textpage, last),
        is_cut=is_cut,
        gaps=tuple(space for space in spaces if space.right - space.left > _WIDE * size),
        angle=angle,
    )


class _Measure(NamedTuple):
    """Boxes and baselines of a page's characters, along the direction of a line."""

    textpage: Any
    frame: Frame

    def box(self, i: int, *, loose: bool = True) -> tuple[float, float, float, float]:
        return self.frame.box(self.textpage.get_charbox(i, loose=loose))

    def baseline(self, i: int, otherwise: float) -> float:
        from pypdfium2 import raw

        x, y = ctypes.c_double(), ctypes.c_double()
        return (
            self.frame.point(x.value, y.value)[1] if raw.FPDFText_GetCharOrigin(self.textpage, i, x, y) else otherwise
        )


def _text(characters: str, words: list[list[int]], measure: _Measure, y: float, size: float) -> tuple[str, list[int]]:
    """The text of a line, with what is raised and lowered in it, and where in it the words but the first begin."""
    text, starts = "", []
    for word in words:
        if text:
            text += " "
            starts.append(len(text))
        if not any(characters[i].isdigit() for i in word):
            text += _tidy("".join(characters[i] for i in word))
            continue
        for level, run in groupby(word, lambda i: _level(characters[i], i, measure, y, size)):
            part = _tidy("".join(characters[i] for i in run))
            text += raised(text, part) if level > 0 else lowered(part) if level < 0 else part
    return text, starts


def _level(character: str, i: int, measure: _Measure, y: float, size: float) -> int:
    """1 where the character is small and raised, -1 where it is small and lowered; only digits and signs are."""
    if not (character.isdigit() or character in "+-−"):
        return 0
    _, bottom, _, top = measure.box(i)
    rise = measure.baseline(i, bottom) - y
    if top - bottom > _SMALL * size:
        return 0
    return 1 if rise > _RAISED * size else -1 if rise < -_LOWERED * size else 0


def _is_bold(textpage: Any, i: int) -> bool:
    from pypdfium2 import raw

    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(textpage, i, name, 128, None)
    font = name.value.decode("utf-8", "replace").lower()
    return raw.FPDFText_GetFontWeight(textpage, i) >= 600 or any(word in font for word in ("bold", "cmbx", "black"))
