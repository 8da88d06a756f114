"""Where the words of a text are, in every script: marks belong to their letters, and where words are written without
spaces, runs of characters stand for them.

Chinese, Japanese and Korean are taken as single characters and overlapping pairs, Thai, Lao, Khmer and Burmese as
overlapping pairs and triples, so that no dictionary has to know a word. Pairs find as much as a dictionary's words do:
Nie, Gao, Zhang and Zhou 2000, "On the use of words and n-grams for Chinese information retrieval", IRAL 2000.
"""

import re
import unicodedata
from collections.abc import Iterator

_WITH_MARKS = ((0x0300, 0x1D00), (0xA800, 0xAC00))
"""Where Unicode has marks that are parts of words."""

_IDEOGRAPHIC = "ᄀ-ᇿ⺀-⿟々-〇ぁ-ヿㄅ-ㆎㆠ-ㇿ㐀-鿿가-힣豈-﫿\U00020000-\U0003ffff"
"""Characters of Chinese, Japanese and Korean, each of which means something."""

_ALPHABETIC = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
"""Thai and Lao, Burmese, Khmer."""


def _marks() -> str:
    points = (chr(point) for start, end in _WITH_MARKS for point in range(start, end))
    return "".join(point for point in points if unicodedata.category(point) in ("Mn", "Mc"))


MARKS = _marks()
"""Marks that are parts of words, for a character class."""

_PLAIN_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_MARKED_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*(?:['’](?:[^\W_]|[{MARKS}])+)*")
_BEYOND_PLAIN = re.compile(f"[{MARKS}{_ALPHABETIC}{_IDEOGRAPHIC}]")
_RUN = re.compile(
    f"(?P<ideographic>[{_IDEOGRAPHIC}]+)|(?P<alphabetic>[{_ALPHABETIC}{MARKS}]+)|[^{_IDEOGRAPHIC}{_ALPHABETIC}]+"
)
_CHARACTER = re.compile(f"[เ-ไເ-ໄ]?.[{MARKS}]*", re.DOTALL)
"""A letter with its marks, and the vowel that Thai and Lao write in front of it."""

_NOT_TYPED = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u200c\u200d]"
)
"""Accents that stand alone, Hebrew points, Arabic vowels and lengthenings, joiners: written or not as people please."""


_SIGNED = re.compile(r"(?<![^\W_])([a-z])(\+\+|#)(?![\w+#])")
_SIGNS = {"++": "plusplus", "#": "sharp"}
"""What C++, C# and F# are called, to be told from C and F."""


def normalised(text: str) -> str:
    """`text` as words are compared: small letters, one form for all ways to type them.

    Ligatures and full-width letters are unfolded, typographic apostrophes made plain; what most people do not type is
    left out.
    """
    plain = _NOT_TYPED.sub("", unicodedata.normalize("NFKC", text).replace("’", "'").lower())
    return (
        _SIGNED.sub(lambda matches: matches[1] + _SIGNS[matches[2]], plain) if "#" in plain or "++" in plain else plain
    )


def beyond_plain(text: str) -> bool:
    """Whether `text` has anything that is not just letters between spaces: marks, signs, scripts without spaces."""
    return bool(_NOT_TYPED.search(text) or _BEYOND_PLAIN.search(text) or _SIGNED.search(text.lower()))


def words(text: str) -> list[str]:
    """The words of `text`, in order; for those of scripts without spaces, what stands for them."""
    if not _BEYOND_PLAIN.search(text):
        return _PLAIN_WORD.findall(text)
    return [part for word in _MARKED_WORD.findall(text) for part in _parts(word)]


def word_spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each word of `text`, in order; in scripts without spaces of each character."""
    for word in _MARKED_WORD.finditer(text):
        for run in _RUN.finditer(text, *word.span()):
            whole = run.lastgroup is None
            yield from [run.span()] if whole else (one.span() for one in _CHARACTER.finditer(text, *run.span()))


def _parts(word: str) -> Iterator[str]:
    for run in _RUN.finditer(word):
        if run.lastgroup is None:
            yield run.group()
        else:
            characters = _CHARACTER.findall(run.group())
            yield from _grams(characters, (1, 2) if run.lastgroup == "ideographic" else (2, 3))


def _grams(characters: list[str], sizes: tuple[int, ...]) -> Iterator[str]:
    """Runs of so many characters, by where they begin; all of them as one where they are fewer than the least."""
    if len(characters) < sizes[0]:
        yield "".join(characters)
    for start in range(len(characters)):
        yield from ("".join(characters[start : start + size]) for size in sizes if start + size <= len(characters))
