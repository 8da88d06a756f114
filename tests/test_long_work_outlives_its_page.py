"""Long jobs of the pages: one at a time, followed from anywhere by their address, stopped between two steps."""

import threading

import pytest

from vademecum.core.errors import ModelError
from vademecum.ui.page_jobs import CancelledError, PageJobs, StepsDone

LONG = 60


def test_pieces_take_turns_and_are_found_by_their_address() -> None:
    jobs, go, began = PageJobs(), threading.Event(), threading.Event()

    def first(report: object) -> str:
        began.set()
        assert go.wait(LONG)
        return "one"

    one = jobs.enqueue("first", "lab", first)
    two = jobs.enqueue("second", "evaluation", lambda report: report(StepsDone(1, 1)) or "two")
    assert began.wait(LONG)
    assert jobs.get(one.id) is one
    assert (jobs.get("nowhere"), jobs.get(None)) == (None, None)
    assert jobs.of_page("lab") == [one]
    assert (one.finished, two.finished, two.latest_event) == (False, False, None)
    go.set()
    assert (one.result(), two.result(), two.latest_event) == ("one", "two", StepsDone(1, 1))
    assert jobs.of_page("evaluation") == []


def test_a_piece_is_stopped_between_two_steps_and_the_next_begins() -> None:
    jobs, go, began = PageJobs(), threading.Event(), threading.Event()

    def endless(report: object) -> None:
        for number in range(10**6):
            began.set()
            assert go.wait(LONG)
            report(StepsDone(number, 10**6))  # ty: ignore[call-non-callable]

    one, two = jobs.enqueue("endless", "lab", endless), jobs.enqueue("next", "lab", lambda report: "two")
    assert began.wait(LONG)
    one.cancel()
    go.set()
    with pytest.raises(CancelledError, match="endless: stopped"):
        one.result()
    assert two.result() == "two"


def test_what_a_piece_raises_is_told_to_whoever_follows_it() -> None:
    def broken(report: object) -> None:
        raise ModelError("the model did not answer")

    job = PageJobs().enqueue("broken", "lab", broken)
    with pytest.raises(ModelError, match="did not answer"):
        job.result()
    assert isinstance(job.error, ModelError)
