"""Dates as people write them: found in a text ("on May 3rd, 2024"), or read by themselves ("next Friday")."""

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

MONTHS = tuple(name for name in calendar.month_name if name)
WEEKDAYS = tuple(calendar.day_name)
MONTH = (
    "(?:"
    + "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in MONTHS if name != "September")
    + "|Sep(?:tember|t)?)"
)
"""A regular expression for the name of a month, in full or short, without a full stop behind it."""

_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_FULL_DATES = (
    re.compile(rf"\b(?P<month>{MONTH})[.,]? ?{_DAY},? {_YEAR}\b", re.IGNORECASE),
    re.compile(rf"\b{_DAY}(?: of)? (?P<month>{MONTH})[.,]? {_YEAR}\b", re.IGNORECASE),
    re.compile(r"\b(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})\b"),
    re.compile(r"\b(?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[-/.](?P<year>\d{4})\b"),
)
_TIMES = re.compile(
    rf"\b(?:(?:\d{{1,2}}[ \t]{MONTH}\.?|{MONTH}\.?[ \t]\d{{1,2}}),?[ \t]\d{{4}}|{MONTH}[ \t]\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}|(?:1\d|20)\d\d)\b(?!\s?%)"
)
_ALONE = (
    rf"{_YEAR}-(?P<month>\d{{1,2}})-{_DAY}",
    rf"{_DAY}\s+(?:of\s+)?(?P<name>{MONTH})\.?,?(?:\s+{_YEAR})?",
    rf"(?P<name>{MONTH})\.?\s+{_DAY},?(?:\s+{_YEAR})?",
    rf"{_DAY}\.(?P<month>\d{{1,2}})\.(?:{_YEAR})?",
    rf"(?P<first>\d{{1,2}})/(?P<second>\d{{1,2}})/{_YEAR}",
)
_FEASTS = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "christmas eve": (12, 24),
    "boxing day": (12, 26),
    "halloween": (10, 31),
    "new year": (1, 1),
    "new year's": (1, 1),
    "new year's day": (1, 1),
    "new year's eve": (12, 31),
    "valentine's day": (2, 14),
}
_DAYS_AWAY = {
    "today": 0, "now": 0, "tomorrow": 1, "yesterday": -1, "day after tomorrow": 2, "day before yesterday": -2,
}  # fmt: skip
_DAYS_IN = {"day": 1, "week": 7, "fortnight": 14}
_HOW_TO_WRITE = "write it like 2026-05-03 or 3 May 2026"


class WrittenDate(NamedTuple):
    """A full date, and where it stands in a text (characters). The day may be one that its month does not have."""

    start: int
    end: int
    year: int
    month: int
    day: int


def full_dates(text: str) -> list[WrittenDate]:
    """The dates of `text` with day, month and year, in order; in "3/4/2024" the month comes first."""
    dates: list[WrittenDate] = []
    for match in (match for pattern in _FULL_DATES for match in pattern.finditer(text)):
        if any(earlier.start <= match.start() < earlier.end for earlier in dates):
            continue
        month = int(match["month"]) if match["month"].isdigit() else month_number(match["month"])
        if 1 <= month <= 12 and 1 <= int(match["day"]) <= 31:
            dates.append(WrittenDate(*match.span(), int(match["year"]), month, int(match["day"])))
    return sorted(dates)


def time_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where `text` names a day, a month of a year, or a year from 1000 to 2099; a month has a capital."""
    return (match.span() for match in _TIMES.finditer(text))


def month_number(name: str) -> int:
    """1 to 12 for the name of a month, in full or short; 0 for any other word."""
    begins = [month[:3].lower() for month in MONTHS]
    return begins.index(name[:3].lower()) + 1 if name[:3].lower() in begins else 0


def read_date(text: str, today: date) -> date:
    """The day that `text`, which says nothing else, means; one without a year is the next.

    Raises:
        ValueError: it is none, or may be one of two; the message says how to write it.
    """
    plain = re.sub(r"\s+", " ", text.strip().lower()).removeprefix("the ").removeprefix("on ").rstrip(".?")
    if plain in _DAYS_AWAY:
        return moved(today, _DAYS_AWAY[plain], "day")
    if plain in _FEASTS:
        return _next(today, *_FEASTS[plain])
    if weekday := re.fullmatch(rf"(?:(next|last|this|coming) )?({'|'.join(WEEKDAYS).lower()})", plain):
        number = WEEKDAYS.index(weekday[2].capitalize())
        ahead, back = (number - today.weekday() - 1) % 7 + 1, (today.weekday() - number - 1) % 7 + 1
        return moved(today, -back if weekday[1] == "last" else ahead, "day")
    for pattern in _ALONE:
        if match := re.fullmatch(pattern, plain, re.IGNORECASE):
            return _date_of(match.groupdict(), today, text)
    raise ValueError(f"cannot read {text!r} as a date; {_HOW_TO_WRITE}")


def moved(start: date, count: int, unit: str) -> date:
    """The day `count` units ("day", "week", "month", "year") later; the month's last day where it has fewer.

    Raises:
        ValueError: the calendar does not go as far.
    """
    try:
        if unit in _DAYS_IN:
            return start + timedelta(days=count * _DAYS_IN[unit])
        months = start.year * 12 + start.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        raise ValueError("that day is outside the years 1 to 9999, which is as far as the calendar goes") from None


def in_words(day: date) -> str:
    """A day as "Sunday, 3 May 2026"."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day} {MONTHS[day.month - 1]} {day.year}"


def _date_of(parts: Mapping[str, str | None], today: date, text: str) -> date:
    month = int(parts.get("month") or 0) or month_number(parts.get("name") or "")
    day = int(parts.get("day") or 0)
    if parts.get("first"):
        first, second = int(parts["first"] or 0), int(parts["second"] or 0)
        if first <= 12 and second <= 12 and first != second:
            raise ValueError(f"{text!r} may be one of two days; {_HOW_TO_WRITE}")
        day, month = (first, second) if second <= 12 else (second, first)
    try:
        if year := parts.get("year"):
            return date(int(year), month, day)
        return _next(today, month, day)
    except ValueError:
        raise ValueError(f"there is no such day as {text!r}; check day and month") from None


def _next(today: date, month: int, day: int) -> date:
    """The next day of that month and number, today included; 29 February may be years ahead."""
    for year in range(today.year, today.year + 9):
        try:
            candidate = date(year, month, day)
        except ValueError:
            continue
        if candidate >= today:
            return candidate
    raise ValueError("no such day")
