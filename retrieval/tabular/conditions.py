"""Conditions that a question puts in words: "at least 8.00", "between 10 and 20", "after 2007", "in July", "last year".

    comparisons("more than 60,000 in attendance")      # [Comparison(start=0, end=16, op=">", low=60000.0)]
    periods("in the 1950s", date.today())              # [Period(start=0, end=12, op="in", low=19500000, high=19599999)]

Positions count characters of the folded question.
"""

import re
from datetime import date
from typing import NamedTuple

from vademecum.language.dates import MONTH, month_number
from vademecum.language.numbers import CARDINALS, SCALES


class Comparison(NamedTuple):
    """A number that something is compared with; `scale` is that of its words ("million": 1e6), `low` has it in it."""

    start: int
    end: int
    op: str
    low: float
    high: float = 0.0
    scale: float = 1.0
    unit: str = ""


class Period(NamedTuple):
    """Days from `low` to `high`, as 10000 year + 100 month + day; or a `month` of any year. `op`: "in", "before" or
    "after". `grain`: "day", "month", "year", "years".
    """

    start: int
    end: int
    op: str
    low: float
    high: float
    grain: str
    month: int = 0


_WORDS = "|".join(word for word in CARDINALS if word not in ("one", "zero"))
_SCALE = "|".join([*SCALES, "m(?![a-z])", "k(?![a-z])"])
_NUMBER = rf"(?:[$€£#]\s?)?(?:\d[\d,]*(?:\.\d+)?|\b(?:{_WORDS}|one|zero)\b)(?:\s*(?:{_SCALE}))?"
_MORE = "more|greater|higher|larger|longer|bigger|better|older|heavier|later|further|taller"
_LESS = "less|fewer|lower|smaller|shorter|younger|lighter|cheaper|worse"
_FORMS = (
    (rf"between\s+(?P<low>{_NUMBER})\s+(?:and|to)\s+(?P<high>{_NUMBER})", "between"),
    (rf"from\s+(?P<low>{_NUMBER})\s+to\s+(?P<high>{_NUMBER})", "between"),
    (rf"(?:at lea\w*t|no (?:less|fewer) than|not less than|(?:a )?minimum of)\s+(?P<low>{_NUMBER})", ">="),
    (rf"(?:at most|no more than|not more than|up to|(?:a )?maximum of)\s+(?P<low>{_NUMBER})", "<="),
    (rf"(?:(?:{_MORE})\s+than|over|above|exceed(?:s|ed|ing)?|beyond)\s+(?P<low>{_NUMBER})", ">"),
    (rf"(?:(?:{_LESS})\s+than|under|below)\s+(?P<low>{_NUMBER})", "<"),
    (rf"(?P<low>{_NUMBER})\s+(?:\w+\s+)?(?:or|and)\s+(?:{_MORE}|above|over|up)\b", ">="),
    (rf"(?P<low>{_NUMBER})\s+(?:\w+\s+)?(?:or|and)\s+(?:{_LESS}|below|under)\b", "<="),
    (rf"(?:exactly|precisely|equal to)\s+(?P<low>{_NUMBER})", "="),
)
_UNIT = re.compile(r"\s*(seconds?|minutes?|hours?|days?|weeks?)\b")
_UNIT_SECONDS = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86400.0, "week": 604800.0}

_MONTH = rf"\b(?:{MONTH})\b"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"(?P<a>(?:{_MONTH})\.?\s+{_DAY},?\s+\d{{4}}|{_DAY}\s+(?:of\s+)?(?:{_MONTH})\.?,?\s+\d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|(?:{_MONTH})\.?,?\s+(?:of\s+)?\d{{4}}|(?:{_MONTH})\.?\s+{_DAY}(?!\d)"
    rf"|{_DAY}\s+(?:of\s+)?(?:{_MONTH})|\d{{4}}-\d{{2}}(?![\d-])"
    rf"|(?:1[0-9]|20)\d0['’]?s\b|(?:the\s+)?(?:'\d0s|[2-9]0['’]?s)\b|\b(?:1[0-9]|20)\d\d(?:[-–/]\d{{2,4}})?(?![\d,.]\d)"
    rf"\b|(?:{_MONTH})(?!\w)|this (?:year|month)\b|(?<=in )last (?:year|month)\b|(?<=than )last (?:year|month)\b|last "
    r"(?:year|month)(?=\s*(?:\?|$|,)))"
)
_PERIOD = re.compile(
    r"(?P<op>\b(?:before|prior to|previous to|earlier than|until|till|up to|after|later than|since|from|following|by|"
    r"in|on|during|of|for|the)\b\s+)?"
    rf"(?:the\s+)?(?:end of\s+)?(?:year\s+)?{_DATE}",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    rf"(?:between|from)\s+{_DATE}\s+(?:and|to|until|till)\s+{_DATE.replace('<a>', '<b>')}", re.IGNORECASE
)
_BEFORE = ("before", "prior to", "previous to", "earlier than")
_AFTER = ("after", "later than", "following")


def comparisons(text: str) -> list[Comparison]:
    """The comparisons with a number, in order; none overlaps another."""
    entries: list[Comparison] = []
    for pattern, op in _FORMS:
        for match in re.finditer(rf"(?<!\w){pattern}", text):
            if any(entry.start < match.end() and match.start() < entry.end for entry in entries):
                continue
            low, scale = _number(match["low"])
            high, _ = _number(match["high"]) if op == "between" else (0.0, 1.0)
            end, unit = match.end(), ""
            if worded := _UNIT.match(text, end):
                unit, end = worded[1].rstrip("s"), worded.end()
            entries.append(Comparison(match.start(), end, op, low, high, scale, unit))
    return sorted(entries)


def seconds(unit: str) -> float:
    """How many seconds a unit of time has; 0 where it is none."""
    return _UNIT_SECONDS.get(unit, 0.0)


def periods(text: str, today: date) -> list[Period]:
    """The days, months and years that the question names, in order; none overlaps another."""
    entries: list[Period] = []
    for match in _BETWEEN.finditer(text):
        first, last = _span(match["a"], today), _span(match["b"], today)
        if first and last and not first[3] and not last[3]:
            entries.append(Period(match.start(), match.end(), "in", first[0], last[1], "years"))
    for match in _PERIOD.finditer(text):
        if any(entry.start < match.end() and match.start() < entry.end for entry in entries):
            continue
        span = _span(match["a"], today)
        if span is None or (match["a"].lower() == "may" and not match["op"]):
            continue
        start = match.start() if match["op"] else match.start("a")
        entries.append(_period(start, match.end(), (match["op"] or "in").strip().lower(), span))
    return sorted(entries)


def _period(start: int, end: int, word: str, span: tuple[float, float, str, int]) -> Period:
    low, high, grain, month = span
    if word in _BEFORE:
        return Period(start, end, "before", 0.0, low - 1, grain, month)
    if word in _AFTER:
        return Period(start, end, "after", high + 1, 99_999_999.0, grain, month)
    if word in ("until", "till", "up to", "by"):
        return Period(start, end, "before", 0.0, high, grain, month)
    if word == "since":
        return Period(start, end, "after", low, 99_999_999.0, grain, month)
    return Period(start, end, "in", low, high, grain, month)


def _span(text: str, today: date) -> tuple[float, float, str, int] | None:
    """First and last day of a date's words, its grain, and the month where it names no year."""
    plain = re.sub(r"\s+", " ", text.strip().lower().removeprefix("the "))
    if relative := re.fullmatch(r"(this|last|previous) (year|month)", plain):
        return _relative(relative[1] == "this", relative[2], today)
    if decade := re.fullmatch(r"(\d{4})['’]?s", plain):
        return int(decade[1]) * 1e4, (int(decade[1]) + 9) * 1e4 + 9999, "years", 0
    if short := re.fullmatch(r"['’]?(\d0)['’]?s", plain):
        year = 1900 + int(short[1])
        return year * 1e4, (year + 9) * 1e4 + 9999, "years", 0
    if year := re.fullmatch(r"(\d{4})(?!-(?:0[1-9]|1[0-2])$)(?:[-–/]\d{2,4})?", plain):
        return int(year[1]) * 1e4, int(year[1]) * 1e4 + 9999, "year", 0
    years = re.findall(r"\d{4}", plain)
    if iso := re.fullmatch(r"(\d{4})-(\d{2})(?:-(\d{2}))?", plain):
        base = int(iso[1]) * 1e4 + int(iso[2]) * 100
        return (base, base + 99, "month", 0) if not iso[3] else (base + int(iso[3]), base + int(iso[3]), "day", 0)
    month = next(
        (month_number(word) for word in re.findall(r"[a-z]+", plain) if re.fullmatch(MONTH, word, re.IGNORECASE)), 0
    )
    if not month:
        return None
    days = [int(number) for number in re.findall(r"(?<!\d)(\d{1,2})(?!\d)", re.sub(r"\d{4}", " ", plain))]
    if years:
        base = int(years[0]) * 1e4 + month * 100
        return (base + days[0], base + days[0], "day", 0) if days else (base, base + 99, "month", 0)
    return (days[0], days[0], "day", month) if days else (0.0, 0.0, "month", month)


def _relative(this: bool, unit: str, today: date) -> tuple[float, float, str, int]:
    if unit == "year":
        year = today.year - (not this)
        return year * 1e4, year * 1e4 + 9999, "year", 0
    year, month = (today.year, today.month) if this else (today.year - (today.month == 1), (today.month - 2) % 12 + 1)
    return year * 1e4 + month * 100, year * 1e4 + month * 100 + 99, "month", 0


def _number(text: str) -> tuple[float, float]:
    plain = text.strip().lstrip("$€£# ").replace(",", "")
    match = re.match(r"(?P<digits>\d+(?:\.\d+)?)|(?P<word>[a-z]+)", plain)
    if not match:
        raise ValueError(text)
    number = float(match["digits"]) if match["digits"] else float(CARDINALS[match["word"]])
    rest = plain[match.end() :].strip()
    scale = {"m": 1e6, "k": 1e3, **SCALES}.get(rest, 1.0)
    return number * scale, scale
