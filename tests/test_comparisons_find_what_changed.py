"""Two experiments side by side: differences with intervals, changed cases, and a report that is one safe page."""

import re
from html.parser import HTMLParser

import pytest
from evaluated import answer, case, citation, experiment, judged

from vademecum.core.errors import UsageError
from vademecum.evaluation import comparison, report
from vademecum.evaluation.comparison import compare

EVIL = '<script>alert("x")</script> & <img src="http://evil.example/x.png">'


def row(number: int, right: bool | None, **more: object):
    """One case: answered with its evidence, answered with something else, or (None) refused."""
    said = answer() if right is None else answer("the evidence" if right else "something else", citation(0, 9))
    identity = f"c{number:02}"
    of = case(id=identity, question=f"Question {number}?", evidence="the evidence", answer="evidence")
    found = ["a", "b"] if right else ["b", "a"]
    return judged(of, said, relevant=["a"], found=found, spans=[(0, 9) if right else (50, 59)], **more)


def both(first: list, second: list):
    one = experiment([row(at, it) for at, it in enumerate(first)])
    other = experiment([row(at, it) for at, it in enumerate(second)], "set-two-00000002")
    return compare(one, other)


@pytest.mark.slow
def test_a_clear_gain_is_found_and_a_lone_one_is_not() -> None:
    clear = both([False] * 20, [True] * 18 + [False] * 2)
    found = {it.metric.name: it for it in clear.differences}
    assert found["evidence_covered"].conclusion == "better"
    assert found["evidence_covered"].estimate.value == pytest.approx(0.9)
    assert found["mrr@10"].first == pytest.approx(0.5)
    lone = both([False] * 20, [True] + [False] * 19)
    assert {it.conclusion for it in lone.differences if it.metric.name == "evidence_covered"} == {"no difference shown"}


@pytest.mark.slow
def test_less_is_better_where_a_metric_says_so() -> None:
    slow = experiment([row(at, True, seconds=2.0 + at / 9) for at in range(9)])
    fast = experiment([row(at, True, seconds=1.0) for at in range(9)], "set-two-00000002")
    assert {it.metric.name: it.conclusion for it in compare(slow, fast).differences}["seconds"] == "better"
    assert {it.metric.name: it.conclusion for it in compare(fast, slow).differences}["seconds"] == "worse"


@pytest.mark.slow
def test_the_cases_that_changed_are_listed_worst_first() -> None:
    made = both([True, True, False, True, None], [True, False, True, None, None])
    assert [it.first.case.id for it in made.changes][-1] == "c02"
    told = {it.first.case.id: it for it in made.changes}
    assert set(told) == {"c01", "c02", "c03"}
    assert told["c03"].state_change == "refused, was answered"
    assert told["c02"].metric_changes["evidence_covered"] == (0.0, 1.0)
    assert told["c01"].balance < 0 < told["c02"].balance


@pytest.mark.slow
def test_failed_cases_count_as_changed_and_not_as_wrong() -> None:
    one = experiment([row(0, True), row(1, True)])
    failed = judged(row(1, True).case, None, error="the model did not answer")
    other = experiment([row(0, True), failed], "set-two-00000002")
    made = compare(one, other)
    assert [it.state_change for it in made.changes] == ["failed, was answered"]
    assert {it.metric.name: it.second for it in made.differences}["evidence_covered"] == 1
    assert len(other.errors) == 1


def test_cases_that_only_one_has_are_left_out_and_counted() -> None:
    one = experiment([row(at, True) for at in range(4)])
    other = experiment([row(at, True) for at in range(2, 5)], "set-two-00000002")
    made = compare(one, other)
    assert (made.cases, made.unshared) == (2, 3)
    with pytest.raises(UsageError, match="no case in common"):
        compare(one, experiment([row(9, True)], "set-two-00000002"))


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figures() -> None:
    one, other = (both([True, False] * 6, [False, False, True] * 4) for _ in range(2))
    assert comparison.summary(one) == comparison.summary(other)


class Page(HTMLParser):
    """What a page would fetch or run, and the text that it shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.scripts = 0
        self.shown = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attrs:
            outside = not (value or "").startswith(("#", "data:"))
            if name in ("src", "href", "xlink:href", "action", "data", "srcset") and outside:
                self.fetched.append(f"{tag} {name}={value}")
            assert not name.startswith("on"), f"{tag} has a handler"

    def handle_data(self, data: str) -> None:
        self.shown += data


def pages() -> list[str]:
    evil = judged(
        case(id="<b>", question=f"Why {EVIL}?", evidence=EVIL, answer=EVIL, kind=EVIL),
        answer(f"It is {EVIL}.", citation(0, 9, EVIL, EVIL)),
        relevant=["a"],
        found=["a"],
    )
    failed = judged(case(id="f", question="Q?"), None, error=EVIL)
    rows = [evil, failed, *(row(at, at % 2 == 0) for at in range(6))]
    one = experiment(rows, data_set=EVIL, notes=(EVIL,))
    other = experiment([evil, row(0, None), *rows[3:]], "set-two-00000002", settings={"model": EVIL})
    return [report.of_experiment(one), report.of_comparison(compare(one, other))]


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 1])
def test_a_report_is_one_page_that_fetches_nothing_and_shows_what_is_evil_as_text(number: int) -> None:
    text = pages()[number]
    page = Page(text)
    assert page.fetched == []
    assert page.scripts == 1
    assert "default-src 'none'" in text
    assert EVIL in page.shown
    assert not re.search(r"url\((?!#)|@import", text)
    assert "<svg" in text


@pytest.mark.slow
def test_a_report_is_the_same_for_the_same_figures() -> None:
    assert pages() == pages()


def test_an_experiment_without_anything_to_draw_has_a_report() -> None:
    only = experiment([judged(case(id="f", question="Q?"), None, error="it broke")])
    assert "it broke" in report.of_experiment(only)
