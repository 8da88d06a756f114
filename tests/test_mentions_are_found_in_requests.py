"""What a request mentions is found as it is said: numbers with their kind, lists, dates, formulas, spans of words."""

import pytest

from vademecum.models.tool_calling.argument_extraction import ORDER
from vademecum.models.tool_calling.argument_matching import assign, overlaps, stems
from vademecum.models.tool_calling.mentions import dates, formulas, number_lists, numbers, spans, text_lists
from vademecum.models.tool_calling.split_request import asks_for_text, split_request
from vademecum.models.tool_calling.worked_calls import is_wording


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("$200,000 at 3% for 5 years", [(200000, "$"), (3, "%"), (5, "")]),
        ("revenues of $1.2M and 5k visits", [(1200000, "$"), (5000, "")]),
        ("the 2nd of three floors", [(2, "ordinal"), (3, "word")]),
        ("from -2 to 3", [(-2, ""), (3, "")]),
        ("for the next week", [(1, "time")]),
        ("on May 12, 2022 for 3 nights", [(3, "")]),
        ("C6H12O6 and 300K", [(300, "")]),
    ],
)
def test_numbers_are_read_as_they_are_said(request_: str, found: list) -> None:
    assert [(number.value, number.kind) for number in numbers(request_)] == found


def test_lists_are_found_in_brackets_and_in_words() -> None:
    assert [told.values for told in number_lists("A [3, 4, 5] and B (6.5, -7)")] == [[3, 4, 5], [6.5, -7]]
    assert [told.values for told in number_lists("coefficients 5, 20 and -25")] == [[5, 20, -25]]
    assert text_lists("the price of tomatoes, eggs and lettuce at the market")[0].values == [
        "tomatoes",
        "eggs",
        "lettuce",
    ]
    assert text_lists("variables 'Age' and 'Income'")[0].values == ["Age", "Income"]


@pytest.mark.parametrize("written", ["May 12, 2022", "12 May 2022", "2022-05-12", "05/12/2022", "May.12, 2022"])
def test_dates_are_read_in_many_forms(written: str) -> None:
    assert [day for _, day in dates(f"a room from {written} on")] == [(2022, 5, 12)]


def test_formulas_stand_without_what_they_are_set_equal_to() -> None:
    assert [span.text for span in formulas("the area under y = 3x^2 + 2x - 4.")] == ["3x^2 + 2x - 4"]


@pytest.mark.parametrize(
    ("request_", "wanted"),
    [
        ("Who won the Battle of Stalingrad?", "Battle of Stalingrad"),
        ("Weather in Boston, MA tomorrow", "Boston, MA"),
        ("Read https://example.org/a?b=1.", "https://example.org/a?b=1"),
        ("Open the file plan.txt", "plan.txt"),
        ("a room at The Plaza hotel", "The Plaza"),
        ("the last game of Liverpool F.C. please", "Liverpool F.C."),
        ("price of 'Starry Night'", "Starry Night"),
    ],
)
def test_spans_hold_names_whole(request_: str, wanted: str) -> None:
    found = spans(request_)
    assert wanted in [span.text for span in found]
    assert all(request_[span.start : span.end] == span.text for span in found)


def test_no_two_arguments_get_the_same_words() -> None:
    import numpy as np

    scores = np.array([[3.0, 2.0, 0.0], [3.0, 0.0, 1.0]])
    assert assign(scores, overlaps([(0, 3), (4, 6), (7, 9)]), ORDER) == [1, 0]
    assert assign(scores, overlaps([(0, 9), (1, 6), (2, 9)]), ORDER).count(-1) == 1


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        ("What is 5% of 80 and what do my notes say about it?", ["What is 5% of 80", "what do my notes say about it?"]),
        ("Read page 3. Then search the web for it", ["Read page 3", "search the web for it"]),
        ("Compare salt and pepper", ["Compare salt and pepper"]),
        ("?", ["?"]),
    ],
)  # fmt: skip
def test_a_request_falls_into_its_parts(request_: str, found: list[str]) -> None:
    assert split_request(request_) == found


def test_what_asks_for_text_is_told_from_what_a_tool_could_do() -> None:
    assert asks_for_text("write a poem about it")
    assert not asks_for_text("what is 2 + 2?")


def test_wording_is_told_from_names() -> None:
    assert is_wording(["reviews of the Fairphone", "beekeeping"])
    assert not is_wording(["Lisbon", "New York"])
    assert not is_wording([3, 4])


def test_stems_leave_out_little_words() -> None:
    assert stems("the ingredients of an apple pie") == {"ingredi", "appl", "pie"}
