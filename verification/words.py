"""Words of a sentence as the checks see them: where they are, their stem, and what kind of word they are."""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from vademecum.language.numbers import Number, numbers
from vademecum.language.stems import fold, root, stem
from vademecum.language.stop_words import NO_CLAIM
from vademecum.verification import lexicon

Kind = Literal["function", "content", "name", "number"]
"""`name`: capitalised, or with digits or capitals inside; only the like of it will do in a quote."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)*")
_CONTRACTION = re.compile(r"(?i)^(.+)n['’]t$")
_FULL_FORMS = {"ca": "can", "wo": "will", "sha": "shall"}
_NO_NAME = ("ing", "ly", "ed", "tion", "ness", "ment")
"""Endings that a capital at the start of a sentence does not turn into a name."""

_CLITIC = re.compile(r"['’](?:s|d|ll|re|ve|m)?$", re.IGNORECASE)


class Word(NamedTuple):
    """One word: `start` and `end` count characters of the text it was taken from; `lower` is its folded form."""

    text: str
    lower: str
    stem: str
    root: str
    start: int
    end: int
    kind: Kind


class Parsed(NamedTuple):
    """The words and numbers of a stretch of text, in order."""

    text: str
    words: tuple[Word, ...]
    numbers: tuple[Number, ...]


@lru_cache(maxsize=512)
def parse(text: str) -> Parsed:
    """The words and numbers of `text`."""
    numerals = numbers(text)
    inside = {index for number in numerals for index in range(number.start, number.end)}
    words: list[Word] = []
    for match in _WORD.finditer(text):
        words.extend(_words_of(match, inside, first=not words))
        if len(words) > 1 and words[-1].lower in {"most", "least"} and words[-2].lower == "at":
            words[-1] = words[-1]._replace(lower=f"at-{words[-1].lower}", kind="function")
    return Parsed(text, tuple(words), tuple(numerals))


def _words_of(match: re.Match[str], inside: set[int], *, first: bool) -> list[Word]:
    text, start, end = match.group(), match.start(), match.end()
    negated = _CONTRACTION.match(text)
    if negated or text.lower() == "cannot":
        head = _FULL_FORMS.get(negated[1].lower(), negated[1]) if negated else "can"
        middle = start + (len(negated[1]) if negated else 3)
        return [_word(head, start, middle, "function"), _word("not", middle, end, "function")]
    bare = _CLITIC.sub("", text) or text
    return [_word(bare, start, start + len(bare), "number" if start in inside else _kind(bare, first=first))]


def _word(text: str, start: int, end: int, kind: Kind) -> Word:
    lower = fold(text[:-1] if re.fullmatch(r"[A-Z]{2,}s", text) else text)
    return Word(text, lower, stem(lower), root(lower), start, end, kind)


def _kind(text: str, *, first: bool) -> Kind:
    lower = fold(text)
    if text == "A" and not first:
        return "name"
    if lower in NO_CLAIM and (len(text) == 1 or not text.isupper()):
        return "function"
    if any(char.isdigit() for char in text) or any(char.isupper() for char in text[1:]):
        return "name"
    if text[0].isupper() and not (first and (lexicon.is_common(stem(lower)) or lower.endswith(_NO_NAME))):
        return "name"
    return "content"
