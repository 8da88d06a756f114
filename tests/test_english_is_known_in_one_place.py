"""Stems, stop words, dates and numbers of English are read by language/ alone, and as its docstrings promise."""

import re
from datetime import date
from pathlib import Path

import pytest

from vademecum.language import stop_words
from vademecum.language.dates import full_dates, read_date, time_spans
from vademecum.language.numbers import count_of
from vademecum.language.stems import porter, snowball, stem
from vademecum.models.tool_calling.mentions import numbers

ROOT = Path(__file__).resolve().parent.parent
ROOMS = [link.name for link in (ROOT / "vademecum").iterdir() if link.is_symlink() and link.name != "samples"]

TODAY = date(2026, 12, 1)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bimport Stemmer\b",
        r"\bFebruary\b|month_name",
        r"\bfive six seven eight\b|\"five\", \"six\"",
        r"which while who\b",
    ],
)
def test_no_other_room_has_a_list_of_its_own(pattern: str) -> None:
    files = [file for room in [*ROOMS, "vademecum"] for file in (ROOT / room).rglob("*.py")]
    having = {file.relative_to(ROOT).parts[0] for file in files if re.search(pattern, file.read_text("utf-8"))}
    assert having <= {"language", "vademecum"}
    assert not [file for file in (ROOT / "vademecum").glob("*.py") if re.search(pattern, file.read_text("utf-8"))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Book it for Sept. 5, 2024 or the 3rd of May 2025.", [(2024, 9, 5), (2025, 5, 3)]),
        ("Between 2024-02-01 and 12/31/2024", [(2024, 2, 1), (2024, 12, 31)]),
        ("In May 2024, version 1.2.3, Marble 12, 2024", []),
    ],
)
def test_full_dates_are_found_where_they_stand(text: str, expected: list[tuple[int, int, int]]) -> None:
    dates = full_dates(text)
    assert [(found.year, found.month, found.day) for found in dates] == expected
    assert all(re.search(r"\d", text[found.start : found.end]) for found in dates)


def test_months_and_years_count_as_times() -> None:
    text = "In May 2024, after 1999 and before 3 June 2025; not 2050% nor may 12."
    assert [text[start:end] for start, end in time_spans(text)] == ["May 2024", "1999", "3 June 2025"]


def test_a_date_alone_is_read_from_today() -> None:
    assert read_date("next Friday", TODAY) == date(2026, 12, 4)
    assert read_date("Sept 5", TODAY) == date(2027, 9, 5)
    with pytest.raises(ValueError, match="may be one of two days"):
        read_date("3/4/2024", TODAY)


def test_counts_are_read_in_digits_and_in_words() -> None:
    assert [count_of(text) for text in ("a", "twelve", "Forty", "1,200")] == [1, 12, 40, 1200]
    with pytest.raises(ValueError, match="many"):
        count_of("many")


def test_a_request_may_count_in_any_single_word() -> None:
    assert [number.value for number in numbers("Book forty seats, not fifteen, for 3M people")] == [40, 15, 3_000_000]


def test_stems_bring_together_what_their_use_asks_for() -> None:
    assert stem("went") == stem("going")
    assert stem("organised") == stem("organized")
    assert snowball(["Häuser".lower()], "de") == ["haus"]
    assert snowball(["word"], "xx") == ["word"]
    assert porter("dying") != snowball(["dying"])[0]  # Porter 1 and 2 differ: figures of others are counted with 1


def test_stop_lists_are_one_list_with_additions() -> None:
    base = stop_words.FUNCTION_WORDS
    assert base - stop_words.NO_CLAIM == stop_words.CLAIM_WORDS
    assert base <= stop_words.NO_NAME
    assert base <= stop_words.NO_TOOL
    assert base <= stop_words.CHUNK_ENDS
    assert base >= stop_words.OF_ENGLISH_ALONE
    assert base >= stop_words.IN_NAMES
