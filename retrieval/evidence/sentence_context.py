"""What gives a sentence its meaning besides its own words: the record it belongs to, the header of its column, the
lead-in of its list, the question it answers, the sentence that names what "it" is.

Read from the lines of the source, upwards from each sentence; headings above the passage are not repeated here.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from vademecum.language.sentences import LIST_ITEM

Span = tuple[int, int]
Role = Literal["prose", "item", "row", "field", "frame"]
"""What a sentence is. A `frame` says nothing by itself: a header, a lead-in, a title, a question, a menu."""

FAR = 6000
"""Characters above a passage that are looked at for the header of a table, or the name of a record, that goes on."""

FIELD = re.compile(
    r"[ \t]*(?:[-*+•][ \t]+)?(?P<label>(?:\*\*|__)?[^\W\d_][^:|;.!?\n]{0,40}?(?:\*\*|__)?):(?:\*\*|__)?[ \t]+"
    r"(?P<value>\S.*)"
)
_MENU = re.compile(r"\s[|»›·•>/]\s")
_SEPARATOR_ROW = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}[-:| \t]*")
_ENDS = (".", ";", ",", "!", "…")
_LEANS = re.compile(
    r"(?:[-*_\"“(]*)(?:and |but |so |then )?(?:she|he|it|its|they|her|his|their|these|this|those|that|both|"
    r"the (?:same|former|latter))\b",
    re.IGNORECASE,
)
_LEANS_INSIDE = re.compile(r"\b(?:she|he|her|his|hers|him)\b", re.IGNORECASE)
_ASKS = re.compile(r"[*_\s\"“>-]*(?:Q: *)?[A-ZÀ-ÞΑ-ΩА-Я][^()]*\?[*_\s\"”]*")
_CAPITAL = r"[A-ZÀ-ÞΑ-ΩА-Я][^\W\d_]+"
_NAMED_BEFORE = re.compile(rf"(?<!^)\b{_CAPITAL}|^[*_]*{_CAPITAL}(?= (?:is|was|has|had|does|bit|[a-z]+s|[a-z]+ed)\b|:)")
_TELLS = re.compile(r"[:(]\s*\w.*")
_LONGEST_NAME = 80
_LONGEST_LEAD = 200
_LONGEST_FIELD = 300
_LEAD_REACHES = 6
"""Sentences after a question in its paragraph that answer it."""


class PlacedSentence(NamedTuple):
    """A sentence at `start` to `end` of its source, and the places that it needs to be understood, in order.

    `label`: what its value is called, for a field. `record`: where the name of its record stands.
    """

    start: int
    end: int
    role: Role
    needs: tuple[Span, ...] = ()
    record: Span | None = None


class _Line(NamedTuple):
    start: int
    end: int
    role: Role
    needs: tuple[Span, ...]
    record: Span | None


def place_sentences(text: str, start: int, end: int, spans: Sequence[Span]) -> list[PlacedSentence]:
    """The sentences `spans` of the passage `start` to `end` of a source's `text`, each with what it needs."""
    lines = _lines(text, _top(text, start), end)
    placed: list[PlacedSentence] = []
    at = 0
    paragraph: list[PlacedSentence] = []
    for begin, stop in spans:
        while at + 1 < len(lines) and lines[at + 1].start <= begin:
            at += 1
        line = lines[at] if lines else _Line(start, end, "prose", (), None)
        if paragraph and _apart(text, paragraph[-1].end, begin):
            paragraph = []
        sentence = _in_paragraph(text, PlacedSentence(begin, stop, line.role, line.needs, line.record), paragraph)
        paragraph.append(sentence)
        placed.append(sentence)
    return placed


def _top(text: str, start: int) -> int:
    """Where the table or list that the passage goes on with begins; `start` where it begins with the passage."""
    top = start
    while top > 0 and start - top < FAR:
        above = text.rfind("\n", 0, max(top - 1, 0)) + 1
        line = text[above : top - 1].strip()
        first = text[top : text.find("\n", top) if text.find("\n", top) > 0 else len(text)]
        goes_on = first.lstrip().startswith("|") or LIST_ITEM.match(first) or FIELD.match(first)
        if top == start and not goes_on:
            return start
        if not line or line.startswith("#"):
            return top
        top = above
        if not (line.startswith("|") or LIST_ITEM.match(line) or FIELD.match(line)):
            return top
    return top


def _lines(text: str, top: int, end: int) -> list[_Line]:
    """What each line from `top` to `end` is, and what it needs."""
    reading = _Reading()
    position = top
    while position < end:
        stop = _line_end(text, position, end)
        following = text[stop + 1 : _line_end(text, stop + 1, len(text))]
        reading.take(position, text[position:stop], following)
        position = stop + 1
    return reading.lines


class _Reading:
    """Reads lines one by one, and remembers what those that follow may need."""

    def __init__(self) -> None:
        self.lines: list[_Line] = []
        self.header: Span | None = None
        self.lead: Span | None = None
        self.name: Span | None = None
        self.above_blank = True

    def take(self, start: int, line: str, following: str) -> None:
        """The line that begins at `start`, and the one below it."""
        bare = line.strip()
        if not bare:
            self.header, self.name, self.above_blank = None, None, True
            return
        span = (start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
        if self.above_blank and self.lines and self.lines[-1].role in ("row", "item", "field"):
            self.lead = self.lead if LIST_ITEM.match(line) and self.lines[-1].role != "row" else None
        role, needs = self._place(span, line, bare, following)
        record = self.name if role in ("item", "field") and self.name != span else None
        self.lines.append(_Line(start, start + len(line), role, needs, record))
        self.above_blank = False

    def _place(self, span: Span, line: str, bare: str, following: str) -> tuple[Role, tuple[Span, ...]]:
        if bare.startswith("|"):
            is_header = self.header is None or bool(_SEPARATOR_ROW.fullmatch(bare))
            self.header = self.header or span
            return ("frame", ()) if is_header else ("row", _there(self.lead, self.header))
        if LIST_ITEM.match(line):
            return "field" if FIELD.match(line) else "item", _there(self.lead, self.name)
        if FIELD.match(line) and len(bare) < _LONGEST_FIELD:
            needs = _there(self.name)
            is_key = self.above_blank and FIELD.match(following) and not any(map(str.isdigit, bare))
            self.name = self.name or (span if is_key else None)
            return "field", needs
        self.header, self.lead, self.name = None, None, None
        if bare.startswith("#") or _is_menu(bare):
            return "frame", ()
        if _is_name(bare) and self.above_blank and (FIELD.match(following) or LIST_ITEM.match(following)):
            self.name = span
            return "frame", ()
        self.lead = span if bare.endswith(":") else None
        return "frame" if self.lead and len(bare) < _LONGEST_LEAD and "." not in bare else "prose", ()


def _there(*spans: Span | None) -> tuple[Span, ...]:
    return tuple(span for span in spans if span)


def _line_end(text: str, at: int, end: int) -> int:
    stop = text.find("\n", at, end)
    return end if stop < 0 else stop


def _is_name(line: str) -> bool:
    """Whether a line can be the name of the record whose fields are below it."""
    return len(line) <= _LONGEST_NAME and len(line.split()) <= 9 and not line.endswith(_ENDS)


def _is_menu(line: str) -> bool:
    pieces = _MENU.split(line)
    return (
        len(pieces) > 2
        and not any(letter.isdigit() for letter in line)
        and all(len(one.split()) <= 3 for one in pieces)
    )


def _apart(text: str, end: int, begin: int) -> bool:
    """Whether a blank line, or another list item, stands between two sentences."""
    between = text[end:begin]
    return between.count("\n") > 1 or ("\n" in between and between.strip() != "") or "|" in between


def telling_heading(text: str, start: int, first: int) -> PlacedSentence | None:
    """The last heading of a passage that begins at `start`, and whose first sentence begins at `first`, if it says more
    than a name: "Jakob, class 5A (teacher: Anders Kolberg)".
    """
    end = len(text[:first].rstrip())
    begin = text.rfind("\n", start, end) + 1 or start
    while begin < end and text[begin] in "# \t":
        begin += 1
    return PlacedSentence(begin, end, "field") if begin < end and _TELLS.search(text[begin:end]) else None


def leans(sentence: str) -> bool:
    """Whether a sentence says "she" or "it" of something that it does not name."""
    if _LEANS.match(sentence):
        return True
    inside = _LEANS_INSIDE.search(sentence)
    return inside is not None and not _NAMED_BEFORE.search(sentence[: inside.start()])


def _in_paragraph(text: str, sentence: PlacedSentence, before: Sequence[PlacedSentence]) -> PlacedSentence:
    """The sentence with the question that it answers, and the sentence before it that it leans on."""
    words = text[sentence.start : sentence.end].strip("*_ \t")
    if words.endswith("?") or not any(letter.isalnum() for letter in words):
        return sentence._replace(role="frame")
    needs = list(sentence.needs)
    for other in reversed(before[-_LEAD_REACHES:]):
        if _ASKS.fullmatch(text[other.start : other.end]):
            needs.append((other.start, other.end))
            break
    if before and leans(words):
        for other in reversed(before[-4:]):
            statement = text[other.start : other.end].strip("*_ \t")
            if other.role != "frame" and not _LEANS.match(statement):
                needs.append((other.start, other.end))
                break
    return sentence._replace(needs=tuple(dict.fromkeys(needs)))
