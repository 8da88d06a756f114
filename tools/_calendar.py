"""Days, times and time zones as people name them, with errors that tell a model how to write them."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from vademecum.core.errors import ToolError
from vademecum.language import dates
from vademecum.tools._quoting import one_line

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
    try:
        return dates.read_date(one_line(text), today)
    except ValueError as error:
        raise ToolError(str(error)) from None


def moved(start: date, count: int, unit: str) -> date:
    """The day `count` units ("day", "week", "month", "year") later; the month's last day where it has fewer.

    Raises:
        ToolError: the calendar does not go as far.
    """
    try:
        return dates.moved(start, count, unit)
    except ValueError as error:
        raise ToolError(str(error)) from None


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


def time_in_words(moment: datetime, name: str) -> str:
    """A moment with its time zone: "15:30 on Sunday, 3 May 2026 (Europe/Oslo, UTC+02:00)"."""
    shift = moment.strftime("%z")
    utc = f"UTC{shift[:3]}:{shift[3:5]}"
    return f"{moment:%H:%M} on {dates.in_words(moment)} ({utc if name.startswith('UTC') else f'{name}, {utc}'})"


@cache
def _zones() -> dict[str, str]:
    """Zones by their names and by their cities, in small letters."""
    names = sorted(available_timezones())
    places = [name for name in names if "/" in name and not name.startswith(("Etc/", "posix/", "right/"))]
    by_city = {name.rpartition("/")[2].replace("_", " ").lower(): name for name in places}
    return {**by_city, **{name.lower(): name for name in names}}


Clock = Callable[[], datetime]
"""Says what time it is, with its time zone."""
