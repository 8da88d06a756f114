"""The date and time, here or in a time zone, and reckoning with dates: days between, days from, days of the week."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from vademecum.core.errors import ToolError
from vademecum.language.dates import in_words
from vademecum.language.numbers import COUNT_WORDS, count_of
from vademecum.tools import Services
from vademecum.tools._calendar import (
    Clock,
    clock_time,
    day,
    moved,
    time_in_words,
    zone,
)
from vademecum.tools._quoting import one_line

EXAMPLES = [
    *(
        {"request": request, "args": {"question": question}}
        for request, question in (
            ("What time is it in Tokyo?", "time is it in Tokyo"),
            ("What's the date today?", "date today"),
            ("How many days are there between 3 May 2024 and 1 June 2024?", "between 3 May 2024 and 1 June 2024"),
            ("What date is 90 days from today?", "90 days from today"),
            ("Which day of the week is 2030-01-01?", "day of the week is 2030-01-01"),
        )
    ),
    {"request": "How long until Christmas?"},
    {"request": "What time is it right now?"},
    {"request": "When it is 3 pm in London, what time is it in Sydney?"},
    {"request": "Which weekday was 1 January 2000?"},
    {"request": "How many days until 1 May?"},
    {"request": "What day is it today?"},
    {"request": "What will be the date in three weeks?"},
]

_LEAD = re.compile(
    r"^(?:please |tell me |what(?:'s| is| was| will be)? |which |how (?:many|long|much) |when (?:it )?(?:is|was) "
    r"|(?:are|is) (?:there|it) |the |current |do we have |will it be )+",
    re.I,
)
_COUNT = rf"(?P<count>\d[\d,]{{0,8}}|an?|{'|'.join(COUNT_WORDS)})"
_UNIT = r"(?P<unit>day|week|fortnight|month|year)s?"


class Arguments(BaseModel):
    """What the calendar takes."""

    question: str = Field(
        description=(
            "What to find out: 'time in Tokyo', '90 days from today', 'days between 3 May 2024 and 1 June 2024', "
            "'day of the week of 2030-01-01', '3 pm in London in Sydney'."
        ),
        min_length=1,
        max_length=300,
    )


def build(services: Services, clock: Clock = lambda: datetime.now().astimezone()) -> BaseTool:  # noqa: ARG001
    """The calendar as a tool; `clock` says what time it is."""

    def date_time(question: str) -> str:
        return answered(question, clock())

    return StructuredTool.from_function(
        date_time,
        name="date_time",
        description=(
            "Tell the date and time, here or in another time zone, and reckon with dates: days between two dates, the "
            "date some days, weeks, months or years from another, the day of the week."
        ),
        args_schema=Arguments,
        metadata={"examples": EXAMPLES, "effect": "none"},
    )


def answered(question: str, now: datetime) -> str:
    """The answer in a sentence.

    Raises:
        ToolError: the question cannot be read; says how to ask.
    """
    text = re.sub(r"\s+", " ", question.strip()).rstrip("?!. ")
    text = _LEAD.sub("", text)
    for pattern, answer in _FORMS:
        if match := re.fullmatch(pattern, text, re.I):
            return answer(match, now)
    raise ToolError(
        f"cannot read {one_line(question)!r}; ask like 'time in Tokyo', 'days between 3 May 2024 and 1 June 2024', "
        "'90 days from today' or 'day of the week of 2030-01-01'"
    )


def _now(_: re.Match[str], now: datetime) -> str:
    return f"It is {time_in_words(now, now.tzname() or 'local time')}."


def _today(_: re.Match[str], now: datetime) -> str:
    return f"Today is {in_words(now)} ({now.date().isoformat()})."


def _time_in(match: re.Match[str], now: datetime) -> str:
    name, there = zone(match["place"])
    return f"It is {time_in_words(now.astimezone(there), name)}."


def _converted(match: re.Match[str], now: datetime) -> str:
    at = clock_time(match["at"])
    if at is None:
        raise ToolError(f"cannot read {one_line(match['at'])!r} as a time; write it like 15:30 or 3 pm")
    name, here = zone(match["place"])
    other_name, there = zone(match["other"])
    moment = now.astimezone(here).replace(hour=at[0], minute=at[1], second=0, microsecond=0)
    return f"{time_in_words(moment, name)} is {time_in_words(moment.astimezone(there), other_name)}."


def _between(match: re.Match[str], now: datetime) -> str:
    first, second = day(match["first"], now.date()), day(match["second"], now.date())
    return f"From {in_words(first)} to {in_words(second)} it is {_long((second - first).days)}."


def _until(match: re.Match[str], now: datetime) -> str:
    return _far(day(match["day"], now.date()), now.date())


def _since(match: re.Match[str], now: datetime) -> str:
    meant = day(match["day"], now.date())
    if meant > now.date() and not re.search(r"\d{4}", match["day"]):
        meant = moved(meant, -1, "year")
    return _far(meant, now.date())


def _far(meant: date, today: date) -> str:
    days = (meant - today).days
    if not days:
        return f"{in_words(meant)} is today."
    return f"{in_words(meant)} is {f'in {_long(days)}' if days > 0 else f'{_long(-days)} ago'}."


def _from(match: re.Match[str], now: datetime) -> str:
    groups = match.groupdict()
    start = day(groups.get("day") or "today", now.date())
    back = (groups.get("way") or "").lower() in ("before", "ago", "minus", "-", "earlier than")
    count = count_of(match["count"])
    unit = match["unit"].lower()
    moment = moved(start, -count if back else count, unit)
    return f"{in_words(moment)} ({moment.isoformat()})."


def _weekday(match: re.Match[str], now: datetime) -> str:
    moment = day(match["day"], now.date())
    return f"{in_words(moment)} ({moment.isoformat()})."


def _long(days: int) -> str:
    """Days, and in weeks where that says more."""
    weeks, rest = divmod(abs(days), 7)
    days_in_words = f"{days:,} day{'' if abs(days) == 1 else 's'}"
    if weeks < 1 or abs(days) < 14:
        return days_in_words
    remainder = f" and {timedelta(days=rest).days} day{'' if rest == 1 else 's'}" if rest else ""
    return f"{days_in_words} ({weeks:,} weeks{remainder})"


_Answer = Callable[[re.Match[str], datetime], str]

_IS = r"(?:it is |is it |is |was it |was |will it be |are there |there are |are left |are |left )?"
_MEASURE = r"(?:days |weeks |number of days |long )?"

_FORMS: tuple[tuple[str, _Answer], ...] = (
    (r"now|right now|(?:time|(?:date and time|time and date))(?: is it)?(?: now| right now)?", _now),
    (r"today|(?:date|today's date|day)(?: is it)?(?: today)?", _today),
    (r"(?:day of the week|weekday)(?: is it)?(?: today)?", _today),
    (
        r"(?P<at>[\d:.]+ ?(?:am|pm|a\.m\.|p\.m\.)?|noon|midnight) (?:in |at )?(?P<place>[^,]+?)"
        r"(?:,? (?:what time is it in|what is it in|to|in|into)) (?P<other>.+)",
        _converted,
    ),
    (r"(?:(?:date and )?time(?: is it)?|now|clock)(?: right now| now)? (?:in|at|for) (?P<place>.+)", _time_in),
    (rf"{_MEASURE}{_IS}between (?P<first>.+?) and (?P<second>.+)", _between),
    (rf"{_MEASURE}{_IS}from (?P<first>.+?) (?:to|until|till) (?P<second>.+)", _between),
    (rf"{_MEASURE}{_IS}(?:to go )?(?:until|till|to) (?P<day>.+)", _until),
    (rf"{_MEASURE}(?:has it been |have passed |passed )?{_IS}since (?P<day>.+)", _since),
    (rf"(?:date |day )?{_IS}{_COUNT} {_UNIT} (?P<way>from|after|before|earlier than|later than) (?P<day>.+)", _from),
    (rf"(?:date |day )?{_IS}(?:in )?{_COUNT} {_UNIT}(?: (?P<way>ago|from now|hence|later))?", _from),
    (rf"(?P<day>.+?) ?(?P<way>\+|-|plus|minus) ?{_COUNT} {_UNIT}", _from),
    (
        r"(?:day of the week|weekday|day)(?: is| was| of| on| will be| is it on| for| does| falls)* (?P<day>.+?)"
        r"(?: fall on| on)?",
        _weekday,
    ),
    (r"(?:date )?(?:is )?(?P<day>.+)", _weekday),
)
"""Questions as regular expressions; the first that fits answers."""
