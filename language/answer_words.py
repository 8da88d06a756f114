"""The words of a sentence that can be what is asked for: its days, amounts, people, places. By rules, with offsets."""

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from vademecum.language.dates import MONTH, MONTHS, WEEKDAYS
from vademecum.language.expected_answer import Expected, Kind, read_patterns
from vademecum.language.numbers import numbers
from vademecum.language.stop_words import NO_NAME

LONGEST = 2000
"""Characters of a sentence that are looked at."""


class Found(NamedTuple):
    """Characters `start` to `end` of a sentence, and how surely they are of the kind asked for, ]0, 1]."""

    start: int
    end: int
    strength: float


_LABEL_GOES_ON = re.compile(r"[^:;.,|\n]{0,20}:(?!\d)")
_CALENDAR = frozenset((*WEEKDAYS, *(day[:3] for day in WEEKDAYS), *MONTHS, *(month[:3] for month in MONTHS)))
_EDGES = {
    "end": re.compile(
        r"\b(?:until|till|to|through|by|end(?:s|ed|ing)?|expires?|runs? out|closes?)(?: on)?\W+(?:\w+\W+)?$",
        re.IGNORECASE,
    ),
    "begin": re.compile(
        r"\b(?:from|since|on|begin\w*|start\w*|began|as of|opens?)(?: on)?\W+(?:\w+\W+)?$", re.IGNORECASE
    ),
}
"""What stands before the day at which something ends, or begins."""

_NUMBERED = re.compile(
    r"\b(?:no|nr|numbers?|code|id|pin|password|serial|ref|reference|booking|policy|chip|iban|account|meter)\b|#", re.I
)
_COSTS = re.compile(
    r"\b(?:amounts?|price|costs?|fees?|paid|pays?|rent|sum|total|charge[sd]?|salary|budget|worth|value)(?:\b|_)", re.I
)
_TOTAL = re.compile(r"\b(?:total|sum|altogether|due|in all|amount)\b", re.IGNORECASE)
_VAGUE_COUNT = re.compile(
    r"\b(?:no|none|both|several|many|a single|an?|another|hundreds|thousands|millions|pair)\b", re.IGNORECASE
)


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    """The patterns of `answer_words.txt` by what they find."""
    days = "|".join(WEEKDAYS)
    short = "|".join(day[:3] for day in WEEKDAYS)
    rows = read_patterns("answer_words.txt", MONTH=MONTH, WEEKDAY=days, SHORT_WEEKDAY=short)
    cased = ((name, *rule.partition("\t")[::2]) for name, rule in rows)
    return {name: re.compile(rule, re.IGNORECASE if case == "i" else 0) for name, case, rule in cased}


def _all(name: str, strength: float = 1.0) -> Callable[[str, Expected], Iterator[Found]]:
    def find(text: str, _: Expected) -> Iterator[Found]:
        return (Found(match.start(), match.end(), strength) for match in _patterns()[name].finditer(text))

    return find


def _bare_numbers(text: str, strength: float) -> Iterator[Found]:
    return (Found(number.start, number.end, strength) for number in numbers(text) if number.text.lower() != "one")


def _days(text: str, expected: Expected) -> Iterator[Found]:
    for matches in (*_all("date")(text, expected), *_all("day-word", 0.9)(text, expected)):
        edge = _EDGES.get(expected.edge)
        at_edge = not edge or edge.search(text, 0, matches.start)
        yield matches if at_edge else matches._replace(strength=matches.strength - 0.3)
    yield from _all("clock", 0.8)(text, expected)
    if expected.edge != "past":
        yield from _all("within", 0.5)(text, expected)
    yield from _all("event", 0.3)(text, expected)


def _times(text: str, _: Expected) -> Iterator[Found]:
    yield from _all("clock")(text, _)
    yield from _all("hours", 0.8)(text, _)
    yield from _all("day-word", 0.3)(text, _)


def _durations(text: str, _: Expected) -> Iterator[Found]:
    yield from _all("duration")(text, _)
    yield from _all("range", 0.7)(text, _)
    yield from _all("vague-duration", 0.5)(text, _)
    yield from _all("measured", 0.6)(text, _)  # how long is a rope


def _amounts(text: str, _: Expected) -> Iterator[Found]:
    in_total = 1.0 if _TOTAL.search(text) else 0.85
    yield from _all("money", in_total)(text, _)
    yield from _all("percent-sign", 0.6)(text, _)
    others = _longer(text, "date", "clock", "phone", "identifier")
    for number in _bare_numbers(text, 0.5 if _COSTS.search(text) else 0.2):
        if not any(start <= number.start and number.end <= end for start, end in others):
            yield number


def _spans(text: str, *names: str) -> list[tuple[int, int]]:
    return [match.span() for name in names for match in _patterns()[name].finditer(text)]


def _percentages(text: str, _: Expected) -> Iterator[Found]:
    yield from _all("percent")(text, _)
    yield from _all("money", 0.6)(text, _)
    yield from _bare_numbers(text, 0.5)


def _longer(text: str, *names: str) -> list[tuple[int, int]]:
    """Where such words are that are more than a number by itself."""
    return [(start, end) for start, end in _spans(text, *names) if not text[start:end].replace(" ", "").isdigit()]


def _counts(text: str, expected: Expected) -> Iterator[Found]:
    others = _longer(text, "date", "phone", "identifier")
    for number in _bare_numbers(text, 0.7):
        in_date = any(start <= number.start and number.end <= end for start, end in others)
        after = text[number.end : number.end + 40].lower()
        stem = expected.noun[: max(3, len(expected.noun) - 2)]
        counted = bool(stem) and re.match(rf"(?:[ -][^\W\d]+){{0,2}}[ -]{re.escape(stem)}", after) is not None
        yield number._replace(strength=0.3 if in_date else 1.0 if counted else 0.7)
    yield from (Found(match.start(), match.end(), 0.3) for match in _VAGUE_COUNT.finditer(text))


def _quantities(text: str, expected: Expected) -> Iterator[Found]:
    yield from _all("measured")(text, expected)
    yield from _all("money", 0.6)(text, expected)
    yield from _all("size", 0.3)(text, expected)
    yield from _counts(text, expected)


def _phones(text: str, _: Expected) -> Iterator[Found]:
    for match in _patterns()["phone"].finditer(text):
        digits = sum(letter.isdigit() for letter in match.group())
        if 6 <= digits <= 15 and not _patterns()["no-phone"].fullmatch(match.group().strip()):
            yield Found(match.start(), match.end(), 1.0)
    yield from (Found(match.start(1), match.end(1), 0.8) for match in _patterns()["short-phone"].finditer(text))


def _identifiers(text: str, _: Expected) -> Iterator[Found]:
    others = _spans(text, "date", "money", "clock")
    is_named = bool(_NUMBERED.search(text))
    for match in _patterns()["identifier"].finditer(text):
        if not any(start <= match.start() and match.end() <= end for start, end in others):
            mixed = bool(re.search(r"[A-Za-z]", match.group())) or (
                is_named and sum(map(str.isdigit, match.group())) > 3
            )
            yield Found(match.start(), match.end(), 1.0 if mixed and is_named else 0.6 if is_named or mixed else 0.2)


def _people(text: str, _: Expected) -> Iterator[Found]:
    for match in _patterns()["name"].finditer(text):
        words = match.group().split()
        first = not text[: match.start()].strip(" \t\"'“‘(*_#>-•|") or text[: match.start()].rstrip()[-1:] in ".!?:"
        if len(words) == 1 and (words[0].lower() in NO_NAME or len(words[0]) < 2):
            continue
        if _LABEL_GOES_ON.match(text, match.end()) or words[0] in _CALENDAR:
            continue
        yield Found(match.start(), match.end(), 0.5 if first and len(words) == 1 else 1.0)
    yield from _all("somebody", 0.5)(text, _)


def _addresses(text: str, _: Expected) -> Iterator[Found]:
    yield from _all("address")(text, _)
    yield from _all("email", 0.5)(text, _)
    yield from _all("web", 0.4)(text, _)


def _places(text: str, _: Expected) -> Iterator[Found]:
    for match in _patterns()["somewhere"].finditer(text):
        if match.group(1).lower() not in NO_NAME:
            yield Found(match.start(), match.end(), 1.0 if match.group(1)[0].isupper() else 0.7)
    yield from (matches._replace(strength=0.4) for matches in _people(text, _) if matches.strength == 1)


_FINDERS: dict[Kind, Callable[[str, Expected], Iterator[Found]]] = {
    "day": _days, "time": _times, "duration": _durations, "amount": _amounts, "count": _counts,
    "quantity": _quantities, "percentage": _percentages,
    "frequency": _all("often"), "phone": _phones, "email": _all("email"), "web": _all("web"),
    "address": _addresses,
    "identifier": _identifiers, "person": _people, "place": _places, "reason": _all("because"),
    "definition": _all("defines"),
}  # fmt: skip


@lru_cache(maxsize=4096)
def answer_words(text: str, expected: Expected, question: str = "") -> tuple[Found, ...]:
    """What of `text` may be what is asked for, in order; without what stands in `question` itself. Empty for kinds that
    are no words of their own (a list, yes or no).
    """
    finder = _FINDERS.get(expected.kind)
    if not finder:
        return ()
    request = set(re.findall(r"\w+", question.lower()))
    matches = [
        one
        for one in finder(text[:LONGEST], expected)
        if not set(re.findall(r"\w+", text[one.start : one.end].lower())) <= request
    ]
    return tuple(sorted(matches))


def is_checkable(expected: Expected) -> bool:
    """Whether sentences can be looked through for what is asked for."""
    return expected.kind in _FINDERS


def strength(text: str, expected: Expected, question: str = "") -> float:
    """How surely `text` holds what is asked for, [0, 1]; 1 where that cannot be looked for."""
    if not is_checkable(expected):
        return 1.0
    return max((matches.strength for matches in answer_words(text, expected, question)), default=0.0)
