"""The calendar reads dates, places and spans as people write them, by a clock that can be set."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from vademecum.core.errors import ToolError
from vademecum.tools import Services
from vademecum.tools.date_time import answered, build

NOW = datetime(2026, 3, 4, 10, 30, tzinfo=ZoneInfo("Europe/Berlin"))
"""A Wednesday."""

ANSWERS = {
    "What time is it in Tokyo?": "It is 18:30 on Wednesday, 4 March 2026 (Asia/Tokyo, UTC+09:00).",
    "time in San Francisco": "It is 01:30 on Wednesday, 4 March 2026 (America/Los_Angeles, UTC-08:00).",
    "time in UTC+5:30": "It is 15:00 on Wednesday, 4 March 2026 (UTC+05:30).",
    "What's the current time in Sydney?": "It is 20:30 on Wednesday, 4 March 2026 (Australia/Sydney, UTC+11:00).",
    "What time is it?": "It is 10:30 on Wednesday, 4 March 2026 (CET, UTC+01:00).",
    "What's the date today?": "Today is Wednesday, 4 March 2026 (2026-03-04).",
    "What day is it?": "Today is Wednesday, 4 March 2026 (2026-03-04).",
    "How many days are there between 3 May 2024 and 1 June 2024?": "29 days (4 weeks and 1 day).",
    "days between 2024-06-01 and May 3rd, 2024": "it is -29 days (4 weeks and 1 day).",
    "how many days from 1 January 2026 to 1 March 2026": "it is 59 days (8 weeks and 3 days).",
    "What date is 90 days from today?": "Tuesday, 2 June 2026 (2026-06-02).",
    "What is the date 100 days after 2026-01-01?": "Saturday, 11 April 2026 (2026-04-11).",
    "30 days before 1 March 2024": "Wednesday, 31 January 2024 (2024-01-31).",
    "two weeks ago": "Wednesday, 18 February 2026 (2026-02-18).",
    "in 3 weeks": "Wednesday, 25 March 2026 (2026-03-25).",
    "31 January 2025 plus 1 month": "Friday, 28 February 2025 (2025-02-28).",
    "2024-02-29 + 1 year": "Friday, 28 February 2025 (2025-02-28).",
    "How long until Christmas?": "Friday, 25 December 2026 is in 296 days (42 weeks and 2 days).",
    "how many days since 1 January": "Thursday, 1 January 2026 is 62 days (8 weeks and 6 days) ago.",
    "next Friday": "Friday, 6 March 2026 (2026-03-06).",
    "last Wednesday": "Wednesday, 25 February 2026 (2026-02-25).",
    "What day of the week was 9 November 1989?": "Thursday, 9 November 1989 (1989-11-09).",
    "day of the week of 29 February": "Tuesday, 29 February 2028 (2028-02-29).",
    "25/12/2026": "Friday, 25 December 2026 (2026-12-25).",
    "When it is 3 pm in London, what time is it in Sydney?": "02:00 on Thursday, 5 March 2026 (Australia/Sydney",
    "noon in New York to Berlin": "18:00 on Wednesday, 4 March 2026 (Europe/Berlin, UTC+01:00).",
}


@pytest.mark.parametrize(("question", "answer"), ANSWERS.items())
def test_what_people_ask_is_answered(question: str, answer: str) -> None:
    assert answer in answered(question, NOW)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("banana", "cannot read 'banana' as a date; write it like"),
        ("time in Atlantis", "no time zone called 'Atlantis'"),
        ("03/04/2026", "may be one of two days"),
        ("31 Feb 2026", "no such day as '31 Feb 2026'"),
        ("13/13/2026", "no such day"),
        ("90 days from 32 May", "no such day as '32 May'"),
        ("99999999 years from now", "outside the years 1 to 9999"),
        ("1 day before 0001-01-01", "outside the years"),
        ("99 o'clock", "cannot read"),
        ("99:99 in London to Paris", "cannot read '99:99' as a time"),
        ("?", "cannot read"),
    ],
)
def test_what_cannot_be_answered_is_said_with_how_to_ask(question: str, words: str) -> None:
    with pytest.raises(ToolError, match=words):
        answered(question, NOW)


def test_summer_time_is_kept() -> None:
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert "14:00 on Wednesday, 1 July 2026 (Europe/Berlin, UTC+02:00)" in answered("time in Berlin", summer)


def test_the_tool_goes_by_its_clock() -> None:
    tool = build(Services(), clock=lambda: NOW)
    assert tool.invoke({"question": "date today"}) == "Today is Wednesday, 4 March 2026 (2026-03-04)."
    assert "It is" in build(Services()).invoke({"question": "now"})
