"""Finds a quote in its source, although white space, quotation marks, hyphens or case were changed on the way.

Words are never matched loosely: a quote with a changed word is not in the source. Both sides are folded to a stream of
characters that keeps where each came from, and the quote is searched in the source's stream; time is linear in both.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

_CACHED_CHARS = 50_000
"""Longer texts are folded anew each time rather than kept."""

_ELLIPSIS = re.compile(r"\s*(?:\[\s*(?:…|\.\s?\.\s?\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|…|\.\s?\.\s?\.+)\s*")
_FIRST_ELLIPSIS = re.compile(rf"^{_ELLIPSIS.pattern}")
_LAST_ELLIPSIS = re.compile(rf"{_ELLIPSIS.pattern}$")
_TRAILING = ".,;:!?…"
_DASHES = frozenset("-\u00ad\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d")
_MARKS = frozenset('*_`"“”„‟«»″＂\u200b\u200c\u200d\u2060\ufeff')
_APOSTROPHES = frozenset("'’‘‚‛ʼ′＇´")


class _Folded(NamedTuple):
    """A stream of folded characters; `starts[i]` and `ends[i]` say which characters of the text made `stream[i]`."""

    stream: str
    starts: list[int]
    ends: list[int]


def locate(quote: str, text: str) -> tuple[int, int] | None:
    """The span `(start, end)` of `quote` in `text`, the first where there are several; None where it is not there.

    White space, hyphens and dashes, quotation marks, emphasis marks, ligatures and other compatibility forms, case, and
    an ellipsis or full stop at either end may differ. The span begins and ends at whole words.
    """
    bare_quote = quote.strip()
    if not bare_quote:
        return None
    span = _exact(bare_quote, text)
    return span if span else _loose(bare_quote, text)


def locate_all(quote: str, text: str) -> list[tuple[int, int]]:
    """The spans of `quote`, which may leave words out ("a ... b"), in order; empty where a part is missing."""
    whole = locate(quote, text)
    if whole:
        return [whole]
    parts = [part for part in _ELLIPSIS.split(quote) if any(char.isalnum() for char in part)]
    spans: list[tuple[int, int]] = []
    for part in parts if len(parts) > 1 else ():
        begin = spans[-1][1] if spans else 0
        span = locate(part, text[begin:])
        if not span:
            return []
        spans.append((begin + span[0], begin + span[1]))
    return spans


def _exact(quote: str, text: str) -> tuple[int, int] | None:
    start = text.find(quote)
    while start >= 0:
        end = start + len(quote)
        if _whole_words(text, start, end):
            return start, end
        start = text.find(quote, start + 1)
    return None


def _whole_words(text: str, start: int, end: int) -> bool:
    """False where the span cuts a word, or a letter from its accent, at one of its ends."""
    if start and text[start].isalnum() and text[start - 1].isalnum():
        return False
    if end == len(text):
        return True
    return not (unicodedata.combining(text[end]) or (text[end].isalnum() and text[end - 1].isalnum()))


def _loose(quote: str, text: str) -> tuple[int, int] | None:
    body = _LAST_ELLIPSIS.sub("", _FIRST_ELLIPSIS.sub("", quote))
    needle = _fold(body).stream.rstrip(_TRAILING)
    if not any(char.isalnum() for char in needle):
        return None
    folded = _folded(text)
    at = folded.stream.find(needle)
    while at >= 0:
        start, end = folded.starts[at], folded.ends[at + len(needle) - 1]
        if _whole_words(text, start, end):
            return _widened(body, text, start, end)
        at = folded.stream.find(needle, at + 1)
    return None


def _widened(body: str, text: str, start: int, end: int) -> tuple[int, int]:
    """The span with the marks and full stops at its ends that the quote has too."""
    for char in reversed(body[: len(body) - len(body.lstrip("".join(_MARKS | _APOSTROPHES | _DASHES)))]):
        if start and _same_mark(char, text[start - 1]):
            start -= 1
    tail = body[len(body.rstrip("".join(_MARKS | _APOSTROPHES | _DASHES) + _TRAILING)) :]
    for char in tail:
        if end < len(text) and _same_mark(char, text[end]):
            end += 1
    return start, end


def _same_mark(mark: str, other_mark: str) -> bool:
    if mark == other_mark or (mark in '"“”' and other_mark in _APOSTROPHES):
        return True
    return any(mark in group and other_mark in group for group in (_MARKS, _APOSTROPHES, _DASHES))


def _folded(text: str) -> _Folded:
    return _folded_once(text) if len(text) <= _CACHED_CHARS else _fold(text)


@lru_cache(maxsize=64)
def _folded_once(text: str) -> _Folded:
    return _fold(text)


def _fold(text: str) -> _Folded:
    stream: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    gap = ""
    for index, char in enumerate(text):
        if char.isspace() or char in _DASHES or char in _MARKS:
            gap += char
            continue
        folded = _fold_char(char)
        if char in _APOSTROPHES and not _inside_word(text, index):
            gap += char
            continue
        if gap:
            if separator := _kept_gap(stream[-1] if stream else "", gap, folded):
                stream.append(separator)
                starts.append(index - 1)
                ends.append(index)
            gap = ""
        stream.extend(folded)
        starts.extend([index] * len(folded))
        ends.extend([index + 1] * len(folded))
    return _Folded("".join(stream), starts, ends)


def _inside_word(text: str, index: int) -> bool:
    if not 0 < index < len(text) - 1:
        return False
    before = text[index - 1]
    return (before.isalnum() or bool(unicodedata.combining(before))) and text[index + 1].isalnum()


def _kept_gap(before: str, gap: str, after: str) -> str:
    """What must stay of a gap, since numbers would change without it: "1-2" is not "12", "-5" is not "5"."""
    if not after or not after[0].isdigit():
        return ""
    dashed = any(char in _DASHES and char != "\u00ad" for char in gap)
    if before and before.isdigit():
        return "-" if dashed else " "
    signed = (
        gap[-1] in _DASHES
        and gap[-1] != "\u00ad"
        and not (len(gap) == 1 and before and (before.isalnum() or before == ")"))
    )
    return "-" if signed else ""


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    raised = unicodedata.decomposition(char).startswith("<super>")
    return ("^" if raised else "") + unicodedata.normalize("NFKD", char).casefold()
