"""What a passage speaks of: names, titles, dates and terms, found by rules, each at its exact place.

No model and no list of names: a name is a run of capitalised words, a term is what is set in quotes, named by a
heading or said twice. Only the passage and the headings above it count, so that a source's entities do not depend on
others. Noise is cheap: what few passages share carries weight, what many share hardly any (`subgraph.py`).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from vademecum.language.dates import time_spans
from vademecum.language.stop_words import NO_NAME

Kind = Literal["name", "title", "date", "term"]

LONGEST_NAME = 80
"""Characters; what is longer is a sentence in capitals."""

_UPPER = "A-ZÀ-ÖØ-ÞΑ-ΩА-Я"
_CAPITALISED = rf"(?:[{_UPPER}]\.(?:[{_UPPER}]\.)*|(?:St|Mt|Ft|Dr|Mr|Mrs|Jr|Sr)\.|[{_UPPER}][\w&]*(?:['’\-–][\w]+)*)"
_JOINING = (
    r"(?:of|the|de|del|della|la|le|du|des|von|van|der|den|di|da|dos|al|el|bin|ibn|zu|und|für|for|to|&|who|in|a|'s)"
)
_NAME = re.compile(
    rf"(?<![\w]){_CAPITALISED}"
    rf"(?:[ \t]+(?:(?:{_JOINING}[ \t]+){{1,2}}(?={_CAPITALISED}|\d))?(?:{_CAPITALISED}|\d[\w\-]*(?![\w.]))[’']?)*"
)
_YEAR = re.compile(r"\b(?:1\d|20)\d\d\b")
_QUOTED = re.compile(r"[\"“«]([^\"“”«»\n]{3,60})[\"”»]|\*{1,2}([^*\n]{3,60})\*{1,2}|`([^`\n]{3,40})`")
_WORDS = re.compile(r"[^\W\d_][\w’'\-]*")
_TAIL = re.compile(r"(?:['’]s|['’.,;:&\-–])+$")
_PARENTHESIS = re.compile(r"\s*\([^()]*\)\s*$")
_NOT_WORD = re.compile(r"[^\w]+")


class Mention(NamedTuple):
    """An entity spoken of at `start` to `end` of a text. `name`: the same for every way to write it (`normal`)."""

    name: str
    label: str
    kind: Kind
    start: int
    end: int


def mentions(text: str, *, above: Sequence[str] = ()) -> list[Mention]:
    """The mentions in `text`, in order; `above`: its title and headings, which are looked for as well.

    `text[mention.start : mention.end] == mention.label` for each. The last word of a longer name in the same text
    ("Hall" after "G. Stanley Hall") is a mention of that.
    """
    by_span: dict[tuple[int, int], Mention] = {}
    dates = list(_dates(text))
    for mention in (*_above(text, above), *dates, *_names(text), *_quoted(text), *_said_twice(text)):
        in_a_date = any(date.start <= mention.start and mention.end <= date.end for date in dates)
        if mention.name and (mention.kind == "date" or not (in_a_date or mention.name.isdecimal())):
            by_span.setdefault((mention.start, mention.end), mention)
    return _resolved(sorted(by_span.values(), key=lambda mention: (mention.start, -mention.end)), above)


def _mention(text: str, start: int, end: int, kind: Kind) -> Mention:
    return Mention(normal(text[start:end]), text[start:end], kind, start, end)


def _above(text: str, above: Sequence[str]) -> Iterator[Mention]:
    for title in above:
        plain = _PARENTHESIS.sub("", title).strip()
        if 2 <= len(plain) <= LONGEST_NAME:
            for place in re.finditer(rf"(?<!\w){re.escape(plain)}(?!\w)", text, re.IGNORECASE):
                yield _mention(text, *place.span(), "title")


def _dates(text: str) -> Iterator[Mention]:
    for start, end in time_spans(text):
        yield _mention(text, start, end, "date")
        if end - start > 4 and (year := _YEAR.search(text, start, end)):
            yield _mention(text, *year.span(), "date")


def _names(text: str) -> Iterator[Mention]:
    for place in _NAME.finditer(text):
        start, end = _without_common(text, *place.span())
        end -= len(tail.group()) if (tail := _TAIL.search(text[start:end])) and not text[start:end].endswith(".") else 0
        if end - start < 2 or end - start > LONGEST_NAME:
            continue
        yield _mention(text, start, end, "name")
        for part in re.finditer(rf"(?<= of )(?:the )?({_CAPITALISED}(?: {_CAPITALISED})*)$", text[start:end]):
            yield _mention(text, start + part.start(1), start + part.end(1), "name")


def _without_common(text: str, start: int, end: int) -> tuple[int, int]:
    """The name without the common words it begins with: "However" of "However Hall", "The" of "The Hague"."""
    while (word := _WORDS.match(text, start, end)) and word.group().lower() in NO_NAME:
        start = word.end()
        while start < end and not text[start].isalnum():
            start += 1
    return start, end


def _quoted(text: str) -> Iterator[Mention]:
    for place in _QUOTED.finditer(text):
        group = place.lastindex or 0
        start, end = place.span(group)
        while end > start and text[end - 1] in " ,.;:":
            end -= 1
        if start < end and len(text[start:end].split()) <= 8 and not text[start].isspace():
            yield _mention(text, start, end, "title" if text[start].isupper() else "term")


def _said_twice(text: str) -> Iterator[Mention]:
    """Two or three plain words in a row that the text says at least twice ("forget gate"): a term of its subject."""
    places: dict[str, list[tuple[int, int]]] = {}
    run: list[tuple[str, int, int]] = []
    for word in _WORDS.finditer(text):
        label, (start, end) = word.group(), word.span()
        if len(label) < 3 or label.lower() in NO_NAME:
            run = []
            continue
        if run and text[run[-1][2] : start] not in (" ", "\n"):
            run = []
        run.append((normal(label), start, end))
        for words in (run[-2:], run[-3:])[: len(run) - 1]:
            places.setdefault(" ".join(name for name, _, _ in words), []).append((words[0][1], end))
    for spans in places.values():
        if len(spans) > 1:
            yield from (_mention(text, *span, "term") for span in spans)


def _resolved(mentions: list[Mention], above: Sequence[str]) -> list[Mention]:
    """With last words given the name they stand for, where just one longer name ends so. A place is not the last word
    of the "University of Vienna": names with a joining word have no short form.
    """
    long: dict[str, set[str]] = {}
    names = [mention.label for mention in mentions if mention.kind in ("name", "title")]
    for label in (*names, *above):
        words = normal(label).split()
        if 2 <= len(words) <= 4 and all(word[0].isupper() for word in _WORDS.findall(_PARENTHESIS.sub("", label))):
            long.setdefault(words[-1], set()).add(" ".join(words))
    return [
        mention._replace(name=next(iter(long[mention.name])))
        if mention.kind == "name" and len(long.get(mention.name, ())) == 1
        else mention
        for mention in mentions
    ]


@lru_cache(maxsize=65536)
def normal(label: str) -> str:
    """One form for every way to write a name: no case, no accents, no article, no possessive, no punctuation."""
    plain = unicodedata.normalize("NFKD", _PARENTHESIS.sub("", label) or label)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()
    plain = re.sub(r"(?<=\w)['’]s\b|(?<=s)['’](?=\s|$)", "", plain)
    words = _NOT_WORD.sub(" ", plain).split()
    while len(words) > 1 and words[0] in ("the", "a", "an"):
        del words[0]
    return " ".join(words)
