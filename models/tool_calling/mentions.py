"""What a request mentions that may be an argument: numbers, lists, dates, and spans of words, each with its place.

Spans are wide on purpose (a name, its parts, the words around it): `argument_matching.py` says which of them an
argument is.
"""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from vademecum.language.dates import full_dates
from vademecum.language.numbers import COUNT_WORDS, LETTER_SCALES, SCALES
from vademecum.language.stop_words import IN_NAMES, SPAN_ENDS

MAX_WORDS = 7
"""Longest span, in words."""

MAX_SPANS = 160
"""Most spans of a request; the first ones are kept."""

_NUMBER = re.compile(
    r"(?<![\w.])(?P<sign>[-−](?=[\d.$€£]))?(?P<money>[$€£])?(?P<digits>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?P<rest>\.\d+)?"
    r"(?P<ordinal>st\b|nd\b|rd\b|th\b)?(?:\s*(?P<scale>%|percent\b|thousand\b|million\b|billion\b|(?<=\d)(?:k|M|B)\b))?"
)
_SCALES = SCALES | LETTER_SCALES
_LENGTHS = re.compile(
    r"\b(?:next|upcoming|coming|past|last|previous|per|a|an|every|each)\s+(day|week|month|year|hour)\b(?!\s+of\b)", re.I
)
_IN_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_AT_REST = re.compile(r"\b(?:from|at) rest\b|\bdropped\b|\bstationary\b", re.I)
_RANGE = re.compile(r"\b(?:from|between)\b\W*(?:\w+ ?= ?)?$", re.I)
_QUOTED = re.compile(r"(?<!\w)(?:'([^']{1,80})'|\"([^\"]{1,80})\"|“([^”]{1,80})”|‘([^’]{1,80})’)(?!\w)")
_WHEN = re.compile(
    r"\b(?:today|tonight|tomorrow|yesterday|now|(?:this|next|last|coming|upcoming) (?:week(?:end)?|month|year|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)|\d{1,2}(?::\d{2})? ?(?:[ap]\.?m\b\.?))",
    re.I,
)
_TERM = r"(?:\d*\.?\d*\*?[a-z](?:\^\d+|\*\*\d+)?|\d+\.?\d*)(?![a-z])"
_FORMULA = re.compile(rf"(?<![\w.])[-+]?\s?{_TERM}(?:\s*[-+*/^]\s*{_TERM})*")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s'\"<>]*[^\s'\"<>.,;:!?)]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|(?:[\w-]+/)+[\w.-]*\w|"
    r"\b[\w-]+\.[A-Za-z]\w{0,4}\b(?!\.)"
)
_BRACKETED = re.compile(r"[\[(]\s*([^\[\]()]*,[^\[\]()]*)[\])]")
_AND = re.compile(r"\s*(?:,\s*(?:and\s+|or\s+)?|\band\b|\bor\b|&)\s*")
_PART = r"[\w'’&.-]*\w(?: [\w'’&.-]*\w){0,6}"
_LISTED = re.compile(rf"{_PART}(?:, {_PART})*?,? (?:and|or) {_PART}")
_WORD = re.compile(r"(?:[^\s,;:!?()\[\]\"“”{}=]|:(?=[/\\\d]))+")


class Number(NamedTuple):
    """A number, where it stands, and how it is written."""

    value: float
    """A percentage as it is said: 5 for "5%"."""
    start: int
    end: int
    kind: str = ""
    """"%", "$", "ordinal", "word", "time" ("a week"), "rest" ("from rest"), or nothing."""
    days: float = 0
    """For a "time": how many days it has."""


class Span(NamedTuple):
    """Words of the request and where they stand."""

    text: str
    start: int
    end: int
    quoted: bool = False
    date: bool = False


class List(NamedTuple):
    """Things told one after the other, and where they stand; `marked`: in brackets or quotes."""

    values: list[float] | list[str]
    start: int
    end: int
    marked: bool = False


def numbers(request: str) -> list[Number]:
    """The numbers of the request, in its order; those within full dates left out."""
    date_starts = [span.start for span, _ in dates(request)]
    date_ends = [span.end for span, _ in dates(request)]
    mentions: list[Number] = []
    for match in _NUMBER.finditer(request):
        dated = any(start <= match.start() < end for start, end in zip(date_starts, date_ends, strict=True))
        glued = not match["scale"] and re.match(r"[A-Za-z]{3,}|[A-Z]\d", request[match.end() :])
        if dated or glued:
            continue
        value = float(match["digits"].replace(",", "") + (match["rest"] or "")) * (-1 if match["sign"] else 1)
        scale = match["scale"] or ""
        kind = "%" if scale in {"%", "percent"} else "$" if match["money"] else "ordinal" if match["ordinal"] else ""
        mentions.append(Number(round(value * _SCALES.get(scale.lower(), 1), 10), match.start(), match.end(), kind))
    for match in re.finditer(r"[A-Za-z]+", request):
        if (counted := COUNT_WORDS.get(match[0].lower())) is not None:
            mentions.append(Number(counted, match.start(), match.end(), "word"))
    for match in _LENGTHS.finditer(request):
        mentions.append(Number(1, match.start(), match.end(), "time", _IN_DAYS.get(match[1].lower(), 0)))
    for match in _AT_REST.finditer(request):
        mentions.append(Number(0, match.start(), match.end(), "rest"))
    return sorted(mentions, key=lambda number: number.start)


def number_lists(request: str) -> list[List]:
    """Lists of numbers: in brackets, with commas and "and" between them, "from 1 to 2", or all of a kind."""
    lists = []
    for match in _BRACKETED.finditer(request):
        values = [number.value for number in numbers(match[1]) if number.kind in {"", "$", "%"}]
        if len(values) == len(match[1].split(",")):
            lists.append(List(values, match.start(), match.end(), marked=True))
    plain = [number for number in numbers(request) if number.kind in {"", "$", "%", "ordinal"}]
    unlisted = [
        number
        for number in plain
        if not any(number_list.start <= number.start < number_list.end for number_list in lists)
    ]
    for number, next_number in itertools.pairwise(unlisted):
        to = re.fullmatch(r"\s*(?:to|and|until)\s*(?:\w+ ?= ?)?", request[number.end : next_number.start])
        if to and _RANGE.search(request[: number.start]):
            lists.append(List([number.value, next_number.value], number.start, next_number.end))
    kinds = {number.kind for number in unlisted}
    for kind in kinds if len(kinds) > 1 else ():
        same = [number for number in unlisted if number.kind == kind]
        lists += [List([number.value for number in same], same[0].start, same[-1].end)] if len(same) > 1 else []
    run: list[Number] = []
    for number in [*unlisted, Number(0, len(request) + 99, 0)]:
        if run and not _AND.fullmatch(request[run[-1].end : number.start]):
            lists += [List([number.value for number in run], run[0].start, run[-1].end)] if len(run) > 1 else []
            run = []
        run.append(number)
    return sorted(lists, key=lambda number_list: number_list.start)


def text_lists(request: str) -> list[List]:
    """Lists of words: in brackets, quoted one after the other, or "a, b and c"."""
    lists = [
        List([part.strip(" '\"") for part in match[1].split(",")], match.start(), match.end(), marked=True)
        for match in _BRACKETED.finditer(request)
    ]
    run: list[Span] = []
    for quoted in [*_quotations(request), Span("", len(request) + 99, 0)]:
        if run and not _AND.fullmatch(request[run[-1].end + 1 : quoted.start - 1]):
            lists += (
                [List([quotation.text for quotation in run], run[0].start, run[-1].end, marked=True)]
                if len(run) > 1
                else []
            )
            run = []
        run.append(quoted)
    for match in _LISTED.finditer(request):
        parts = re.split(r",? (?:and|or) |, ", match[0])
        texts = [_trimmed(text, first=i == 0, last=i == len(parts) - 1) for i, text in enumerate(parts)]
        if all(texts):
            lists.append(List(texts, match.start(), match.end()))
    return lists


def _trimmed(text: str, *, first: bool, last: bool) -> str:
    """A part of "a, b and c": of the first what stands after the last word that cannot be of it; of the others what
    stands before the first such word.
    """
    words = text.split()
    if first:
        at = [i for i, word in enumerate(words) if word.lower() in SPAN_ENDS]
        return " ".join(words[at[-1] + 1 if at else 0 :]).strip(" '\"")
    while words and words[0].lower() in SPAN_ENDS:
        words.pop(0)
    at = [i for i, word in enumerate(words) if word.lower() in SPAN_ENDS] if last else []
    return " ".join(words[: at[0]] if at else words).strip(" '\"")


def dates(request: str) -> list[tuple[Span, tuple[int, int, int]]]:
    """Full dates and their (year, month, day)."""
    return [
        (Span(request[date.start : date.end], date.start, date.end, date=True), (date.year, date.month, date.day))
        for date in full_dates(request)
    ]


def addresses(request: str) -> list[Span]:
    """Addresses of pages and people, paths and names of files: "plan.txt"."""
    return [Span(match[0], *match.span()) for match in _ADDRESS.finditer(request)]


def formulas(request: str) -> list[Span]:
    """Formulas with a variable in them, without what they are set equal to: "3x^2 + 2x - 4"."""
    spans_found = []
    for match in _FORMULA.finditer(request):
        text = match[0].strip().rstrip(".")
        equated = re.match(r"\s*=", request[match.end() :])
        if not equated and re.search(r"[a-z]", text) and re.search(r"[\d^*+/]", text):
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            spans_found.append(Span(text, start, start + len(text)))
    return spans_found


def spans(request: str) -> list[Span]:
    """Spans of words that may be an argument, in the order of the request."""
    span_by_place = {(span.start, span.end): span for span in _quotations(request)}
    for span, _ in dates(request):
        span_by_place[span.start, span.end] = span
    for span in addresses(request):
        span_by_place.setdefault((span.start, span.end), span)
    for match in _WHEN.finditer(request):
        span_by_place.setdefault(match.span(), Span(match[0], *match.span(), date=True))
    for span in _runs(request):
        span_by_place.setdefault((span.start, span.end), span)
    return sorted(list(span_by_place.values())[:MAX_SPANS], key=lambda span: (span.start, span.end))


def _quotations(request: str) -> list[Span]:
    quotations = []
    for match in _QUOTED.finditer(request):
        group = next(i for i, text in enumerate(match.groups(), 1) if text)
        quotations.append(Span(match[group], *match.span(group), quoted=True))
    return quotations


def _runs(request: str) -> Iterator[Span]:
    words = [match.span() for match in _WORD.finditer(request)]
    for i, (start, _) in enumerate(words):
        if _bare(request, words[i]) in SPAN_ENDS and not _opens_a_name(request, words, i):
            continue
        for j in range(i, min(len(words), i + MAX_WORDS)):
            if j > i and not _goes_on(request, words, j):
                break
            if j > i and _bare(request, words[j]) in SPAN_ENDS:
                if not _connects(request, words, j):
                    break
                continue
            text = _without_marks(request[start : words[j][1]])
            lead = len(text) - len(text.lstrip("'‘"))
            if text[lead:]:
                yield Span(text[lead:], start + lead, start + len(text))


def _without_marks(text: str) -> str:
    """A span without the marks behind it, but for the last point of initials ("F.C.")."""
    text = re.sub(r"['’]s$", "", text.rstrip("'’"))
    return text if re.search(r"\b[A-Z]\.[A-Z]\.$", text) else text.rstrip(".,'’")


def _bare(request: str, word: tuple[int, int]) -> str:
    return request[slice(*word)].strip("'‘’.").lower()


def _opens_a_name(request: str, words: list[tuple[int, int]], i: int) -> bool:
    """Whether word `i`, not the first, is a capital "The" before another capital."""
    return 0 < i < len(words) - 1 and request[words[i][0]].isupper() and request[words[i + 1][0]].isupper()


def _goes_on(request: str, words: list[tuple[int, int]], j: int) -> bool:
    """Whether a span may go on from word `j - 1` to word `j`: past a comma only from name to name."""
    before, after = request[slice(*words[j - 1])], request[slice(*words[j])]
    between = request[words[j - 1][1] : words[j][0]].strip()
    if between == ",":
        return before[0].isupper() and after[0].isupper()
    return not between and not (len(before) > 3 and before[-1] == ".") and before[-1] != "'"


def _connects(request: str, words: list[tuple[int, int]], j: int) -> bool:
    """Whether word `j` may stand inside a span: "of" anywhere, and between names what a name may have inside."""
    word, ahead = _bare(request, words[j]), words[j + 1 : j + 3]
    if word not in IN_NAMES or not ahead:
        return False
    joins_names = any(request[start].isupper() for start, _ in ahead) and request[words[j - 1][0]].isupper()
    return joins_names or word == "of" or (word == "the" and _bare(request, words[j - 1]) == "of")
