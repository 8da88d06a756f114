"""Long work of the pages: one piece at a time, followed from anywhere by its address, stopped between two steps."""

import threading

import pytest

from vademecum.core.errors import ModelError
from vademecum.ui.page_jobs import At, StoppedError, Works

LONG = 60


def test_pieces_take_turns_and_are_found_by_their_address() -> None:
    works, go, began = Works(), threading.Event(), threading.Event()

    def first(tell: object) -> str:
        began.set()
        assert go.wait(LONG)
        return "one"

    one = works.begin("first", "lab", first)
    two = works.begin("second", "evaluation", lambda tell: tell(At(1, 1)) or "two")
    assert began.wait(LONG)
    assert works.get(one.id) is one
    assert (works.get("nowhere"), works.get(None)) == (None, None)
    assert works.under_way("lab") == [one]
    assert (one.finished, two.finished, two.latest) == (False, False, None)
    go.set()
    two.result()
    assert (one.made, two.made, two.latest) == ("one", "two", At(1, 1))
    assert works.under_way("evaluation") == []


def test_a_piece_is_stopped_between_two_steps_and_the_next_begins() -> None:
    works, go, began = Works(), threading.Event(), threading.Event()

    def endless(tell: object) -> None:
        for number in range(10**6):
            began.set()
            assert go.wait(LONG)
            tell(At(number, 10**6))  # ty: ignore[call-non-callable]

    one, two = works.begin("endless", "lab", endless), works.begin("next", "lab", lambda tell: "two")
    assert began.wait(LONG)
    one.stop()
    go.set()
    with pytest.raises(StoppedError, match="endless: stopped"):
        one.result()
    two.result()
    assert two.made == "two"


def test_what_a_piece_raises_is_told_to_whoever_follows_it() -> None:
    def broken(tell: object) -> None:
        raise ModelError("the model did not answer")

    work = Works().begin("broken", "lab", broken)
    with pytest.raises(ModelError, match="did not answer"):
        work.result()
    assert work.failed
