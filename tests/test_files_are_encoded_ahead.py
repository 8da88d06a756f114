"""While one file is stored the next is encoded, in order, never far ahead; what goes wrong reaches who waits for it."""

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from vademecum.retrieval.ingestion import encode_ahead
from vademecum.retrieval.ingestion.encode_ahead import SLICES_AHEAD, AheadEncoder
from vademecum.retrieval.loaders import LoadedText
from vademecum.retrieval.passages import PassageSpan

PATIENCE = 60
"""Seconds to wait for what comes as soon as it can."""


class Model:
    """Embeds anything, and notes what; waits where it is told to."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One dimension."""
        assert self.go_on.wait(PATIENCE)
        self.read += texts
        return [[1.0] for _ in texts]


def lines(loaded: LoadedText) -> Iterator[PassageSpan]:
    """A passage a line."""
    start = 0
    for line in loaded.text.splitlines(keepends=True):
        yield PassageSpan(start, start + len(line), (), None, None)
        start += len(line)


def text(name: str, count: int) -> LoadedText:
    return LoadedText("".join(f"{name} {i}\n" for i in range(count)), name, "text", None)


def told(encoding: encode_ahead.Encoding, loaded: LoadedText) -> list[str]:
    return [loaded.text[span.start : span.end].strip() for some in encoding for span, _ in some]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Model:
    monkeypatch.setattr(encode_ahead, "SLICE", 2)
    return Model()


def wait_for(condition) -> None:
    patience = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < patience:
        time.sleep(0.005)
    assert condition()


def test_texts_come_whole_and_in_order(model):
    one, two = text("one", 5), text("two", 1)
    with AheadEncoder(lambda: model, lines) as encoder:
        begun = encoder.begin(one), encoder.begin(two), encoder.begin(text("empty", 0))
        assert told(begun[0], one) == [f"one {i}" for i in range(5)]
        assert told(begun[1], two) == ["two 0"]
        assert list(begun[2]) == []


def test_short_texts_are_encoded_side_by_side(model, monkeypatch):
    monkeypatch.setattr(encode_ahead, "thread_count", lambda: 2)
    together = threading.Barrier(2)
    model.embed_documents = lambda texts: (together.wait(PATIENCE) and None) or [[1.0] for _ in texts]
    one, two = text("one", 1), text("two", 1)
    with AheadEncoder(lambda: model, lines) as encoder:
        begun = encoder.begin(one), encoder.begin(two)
        assert (told(begun[0], one), told(begun[1], two)) == (["one 0"], ["two 0"])


def test_the_next_text_is_encoded_before_this_one_is_gone_through(model):
    one = text("one", 2)
    with AheadEncoder(lambda: model, lines) as encoder:
        first, _ = encoder.begin(one), encoder.begin(text("two", 2))
        wait_for(lambda: len(model.read) == 4)
        assert told(first, one) == ["one 0", "one 1"]


def test_no_text_is_far_ahead(model):
    long = text("long", 100)
    with AheadEncoder(lambda: model, lines) as encoder:
        encoding = iter(encoder.begin(long))
        wait_for(lambda: len(model.read) == 2 * SLICES_AHEAD)
        time.sleep(0.05)  # time to go further, for one that would
        assert len(model.read) == 2 * SLICES_AHEAD
        next(encoding)
        wait_for(lambda: len(model.read) == 2 * SLICES_AHEAD + 2)


def test_what_goes_wrong_is_raised_where_it_is_waited_for_and_the_next_text_comes(model):
    def broken(loaded: LoadedText) -> Iterator[PassageSpan]:
        yield from lines(loaded)
        if loaded.title == "one":
            raise ValueError("no more")

    one, two = text("one", 2), text("two", 1)
    with AheadEncoder(lambda: model, broken) as encoder:
        first, second = encoder.begin(one), encoder.begin(two)
        with pytest.raises(ValueError, match="no more"):
            told(first, one)
        assert told(second, two) == ["two 0"]


def test_what_is_left_lets_the_next_come_and_an_end_waits_for_nobody(model):
    two = text("two", 1)
    with AheadEncoder(lambda: model, lines) as encoder:
        first, second = encoder.begin(text("one", 100)), encoder.begin(two)
        first.leave()
        assert told(second, two) == ["two 0"]
        encoder.begin(text("three", 100))
        encoder.begin(text("four", 100))
    assert model.read.count("four 99") == 0


def test_nothing_is_loaded_where_there_is_nothing_to_encode(model):
    def never() -> Model:
        raise AssertionError

    with AheadEncoder(never, lines):
        pass


def test_two_at_once_leave_the_interpreter_as_it_was(model):
    usual = sys.getswitchinterval()
    first, second = AheadEncoder(lambda: model, lines), AheadEncoder(lambda: model, lines)
    first.__enter__()
    second.__enter__()
    assert sys.getswitchinterval() == pytest.approx(encode_ahead.HOLD_S)
    first.__exit__()
    assert sys.getswitchinterval() == pytest.approx(encode_ahead.HOLD_S)
    second.__exit__()
    assert sys.getswitchinterval() == pytest.approx(usual)
