"""Dates and times as people write them: "3 May 2024", "next Friday", "90 days", "Tokyo"."""

import calendar
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from vademecum.core.errors import ToolError
from vademecum.tools._quoting import one_line

MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
WEEKDAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}

_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if len(name) > 3 else name for name in MONTHS) + "|sept"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_DATES = (
    rf"{_YEAR}-(?P<month>\d{{1,2}})-{_DAY}",
    rf"{_DAY}\s+(?:of\s+)?(?P<name>{_MONTH})\.?,?(?:\s+{_YEAR})?",
    rf"(?P<name>{_MONTH})\.?\s+{_DAY},?(?:\s+{_YEAR})?",
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
_UNITS = {"day": 1, "week": 7, "fortnight": 14}
_WORDS: tuple[str, ...] = tuple("a an one two three four five six seven eight nine ten eleven twelve".split())

CITIES = {
    "abu dhabi": "Asia/Dubai",
    "bangalore": "Asia/Kolkata",
    "barcelona": "Europe/Madrid",
    "beijing": "Asia/Shanghai",
    "boston": "America/New_York",
    "cape town": "Africa/Johannesburg",
    "china": "Asia/Shanghai",
    "delhi": "Asia/Kolkata",
    "france": "Europe/Paris",
    "geneva": "Europe/Zurich",
    "germany": "Europe/Berlin",
    "hamburg": "Europe/Berlin",
    "hanoi": "Asia/Ho_Chi_Minh",
    "houston": "America/Chicago",
    "india": "Asia/Kolkata",
    "italy": "Europe/Rome",
    "japan": "Asia/Tokyo",
    "miami": "America/New_York",
    "milan": "Europe/Rome",
    "montreal": "America/Toronto",
    "mumbai": "Asia/Kolkata",
    "munich": "Europe/Berlin",
    "new delhi": "Asia/Kolkata",
    "new york city": "America/New_York",
    "nyc": "America/New_York",
    "philadelphia": "America/New_York",
    "rio de janeiro": "America/Sao_Paulo",
    "san francisco": "America/Los_Angeles",
    "seattle": "America/Los_Angeles",
    "spain": "Europe/Madrid",
    "uk": "Europe/London",
    "united kingdom": "Europe/London",
    "washington": "America/New_York",
    "wellington": "Pacific/Auckland",
}
"""Places that the time zone database does not have by name; zones are named after one city each."""


def day(text: str, today: date) -> date:
    """The day that is meant; one without a year is the next.

    Raises:
        ToolError: it is none, or may be one of two; says how to write it.
    """
    plain = re.sub(r"\s+", " ", text.strip().lower()).removeprefix("the ").removeprefix("on ").rstrip(".?")
    near = {"today": 0, "now": 0, "tomorrow": 1, "yesterday": -1, "day after tomorrow": 2, "day before yesterday": -2}
    if plain in near:
        return moved(today, near[plain], "day")
    if plain in _FEASTS:
        return _next(today, *_FEASTS[plain])
    if weekday := re.fullmatch(rf"(?:(next|last|this|coming) )?({'|'.join(WEEKDAYS)})", plain):
        ahead = (WEEKDAYS[weekday[2]] - today.weekday() - 1) % 7 + 1
        back = (today.weekday() - WEEKDAYS[weekday[2]] - 1) % 7 + 1
        return moved(today, -back if weekday[1] == "last" else ahead, "day")
    for pattern in _DATES:
        if match := re.fullmatch(pattern, plain):
            return _from_parts(match.groupdict(), today, text)
    raise ToolError(f"cannot read {one_line(text)!r} as a date; write it like 2026-05-03 or 3 May 2026")


def moved(start: date, count: int, unit: str) -> date:
    """The day `count` units ("day", "week", "month", "year") later; the month's last day where it has fewer.

    Raises:
        ToolError: the calendar does not go as far.
    """
    try:
        if unit in _UNITS:
            return start + timedelta(days=count * _UNITS[unit])
        months = start.year * 12 + start.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        raise ToolError("that day is outside the years 1 to 9999, which is as far as the calendar goes") from None


def number(text: str) -> int:
    """A count in digits or words up to twelve."""
    plain = text.strip().lower().replace(",", "")
    if plain in _WORDS:
        return max(1, _WORDS.index(plain) - 1)
    return int(plain)


def zone(text: str) -> tuple[str, tzinfo]:
    """A time zone by its name, by a city in it, or as UTC+5:30.

    Raises:
        ToolError: there is none of that name.
    """
    plain = re.sub(r"\s+", " ", text.strip().lower()).removeprefix("the ").rstrip(".?")
    if plain in ("utc", "gmt", "zulu"):
        return "UTC", UTC
    if offset := re.fullmatch(r"(?:utc|gmt)\s*([+-])(\d{1,2})(?::?(\d{2}))?", plain):
        shift = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        if shift < timedelta(hours=24):
            fixed_zone = timezone(-shift if offset[1] == "-" else shift)
            return str(fixed_zone), fixed_zone
    name = _zones().get(plain) or CITIES.get(plain) or _zones().get(plain.partition(",")[0].strip())
    if name is None:
        raise ToolError(f"there is no time zone called {one_line(text)!r}; name a large city in it, or write UTC+2")
    return name, ZoneInfo(name)


def clock_time(text: str) -> tuple[int, int] | None:
    """Hour and minute of "15:30", "3 pm", "noon"; None where it is no time."""
    plain = text.strip().lower().replace(".", "")
    if plain in ("noon", "midnight"):
        return (12 if plain == "noon" else 0), 0
    match = re.fullmatch(r"(\d{1,2})(?::(\d{2}))?\s*(am|pm)?", plain)
    if not match or not (match[2] or match[3]):
        return None
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3] and 1 <= hour <= 12:
        hour = hour % 12 + (12 if match[3] == "pm" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None


def day_in_words(moment: date) -> str:
    """A day, or a moment, in words: "Sunday, 3 May 2026"."""
    return f"{calendar.day_name[moment.weekday()]}, {moment.day} {calendar.month_name[moment.month]} {moment.year}"


def time_in_words(moment: datetime, name: str) -> str:
    """A moment with its time zone: "15:30 on Sunday, 3 May 2026 (Europe/Oslo, UTC+02:00)"."""
    shift = moment.strftime("%z")
    utc = f"UTC{shift[:3]}:{shift[3:5]}"
    return f"{moment:%H:%M} on {day_in_words(moment)} ({utc if name.startswith('UTC') else f'{name}, {utc}'})"


def _from_parts(parts: dict[str, str | None], today: date, text: str) -> date:
    month = int(parts.get("month") or 0) or MONTHS.get(_full(parts.get("name")), 0)
    number_of_day = int(parts.get("day") or 0)
    if parts.get("first"):
        first, second = int(parts["first"] or 0), int(parts["second"] or 0)
        if first <= 12 and second <= 12 and first != second:
            raise ToolError(f"{one_line(text)!r} may be one of two days; write it like 2026-05-03 or 3 May 2026")
        number_of_day, month = (first, second) if second <= 12 else (second, first)
    try:
        if year := parts.get("year"):
            return date(int(year), month, number_of_day)
        return _next(today, month, number_of_day)
    except ValueError:
        raise ToolError(f"there is no such day as {one_line(text)!r}; check day and month") from None


def _full(name: str | None) -> str:
    return next((month for month in MONTHS if name and month.startswith(name[:3])), "")


def _next(today: date, month: int, number_of_day: int) -> date:
    """The next day of that month and number, today included; 29 February may be years ahead."""
    for year in range(today.year, today.year + 9):
        try:
            candidate = date(year, month, number_of_day)
        except ValueError:
            continue
        if candidate >= today:
            return candidate
    raise ValueError("no such day")


@cache
def _zones() -> dict[str, str]:
    """Zones by their names and by their cities, in small letters."""
    names = sorted(available_timezones())
    places = [name for name in names if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))]
    by_city = {name.rpartition("/")[2].replace("_", " ").lower(): name for name in places}
    return {**by_city, **{name.lower(): name for name in names}}


Clock = Callable[[], datetime]
"""Says what time it is, with its time zone."""
