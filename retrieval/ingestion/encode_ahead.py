"""Cutting and encoding texts while what was encoded before is stored.

The model computes outside Python, so that storing one text costs another one's encoding little. A short text has a
pass or two for the model, which keep one core busy; so some are encoded side by side. Together that takes a third less
time than one after the other for 400 articles of musique, and a twentieth less for a book.

    with AheadEncoder(model, splitter) as ahead:
        first, second = ahead.begin(one), ahead.begin(another)  # encoded in other threads, one a core
        store(first)                                            # meanwhile
"""

import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import islice
from queue import SimpleQueue
from typing import Any, Self

from vademecum.models.cores import thread_count
from vademecum.retrieval.encode import PassageVectors, encode_passages
from vademecum.retrieval.loaded_text import LoadedText
from vademecum.retrieval.passages import PassageSpan

SLICE = 128
"""Passages encoded at once: enough to sort them by length, few enough for their token vectors to stay below 50 MB."""

SLICES_AHEAD = 3
"""Of one text that are encoded and not stored yet, at most: some 4 MB each."""

SIDE_BY_SIDE = 4
"""Texts that are encoded at once, at most, where there are as many cores."""

HOLD_S = 0.0005
"""Seconds that one thread may hold the interpreter where others wait: with Python's own .005 a thread of the model,
whose passes are some .01 s long, would wait for half of that after each."""

Encoded = list[tuple[PassageSpan, PassageVectors]]
_holds: list[float] = []
_holding = threading.Lock()


@contextmanager
def held_briefly() -> Generator[None]:
    """Have threads hold the interpreter for `HOLD_S` until the last of those who want it so has ended."""
    with _holding:
        _holds.append(sys.getswitchinterval())
        sys.setswitchinterval(HOLD_S)
    try:
        yield
    finally:
        with _holding:
            usual = _holds[0]
            _holds.pop()
            if not _holds:
                sys.setswitchinterval(usual)


class Encoding:
    """The passages of one text with their vectors, in order, as they are computed; to be iterated once.

    An error while they were computed is raised to whoever iterates.
    """

    def __init__(self) -> None:
        self._slices: SimpleQueue[Encoded | BaseException | None] = SimpleQueue()
        self._room = threading.Semaphore(SLICES_AHEAD - 1)
        self._is_cancelled = False
        self.is_complete = False

    def __iter__(self) -> Iterator[Encoded]:
        """A slice at a time."""
        while (slice_ := self._slices.get()) is not None:
            if isinstance(slice_, BaseException):
                raise slice_
            self._room.release()
            yield slice_

    def leave(self) -> None:
        """Cancel what has not been computed yet."""
        self._is_cancelled = True
        self._room.release()

    def make(self, slices: Iterator[Encoded]) -> None:
        """Queue the slices, as there is room for them."""
        try:
            for slice_ in slices:
                self._slices.put(slice_)
                self._room.acquire()
                if self._is_cancelled:
                    return
            self._slices.put(None)
        except BaseException as error:  # noqa: BLE001 (raised in the thread that iterates)
            self._slices.put(error)
        finally:
            self.is_complete = True


class AheadEncoder:
    """Encodes texts, begun in the order they are handed over. To be used in a `with` block, which ends it."""

    def __init__(self, model: Callable[[], Any], splitter: Callable[[LoadedText], Iterable[PassageSpan]]) -> None:
        """`model` is called once there is something to encode."""
        self._model = model
        self._splitter = splitter
        self._pool = ThreadPoolExecutor(min(SIDE_BY_SIDE, thread_count()), "encode-ahead")
        self._encodings: list[Encoding] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Itself."""
        self._open.enter_context(held_briefly())
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel what has not been iterated, and wait until nothing is computed any more."""
        for encoding in self._encodings:
            encoding.leave()
        self._pool.shutdown(cancel_futures=True)
        self._open.close()

    def begin(self, loaded: LoadedText) -> Encoding:
        """Have a text encoded, begun after those that were handed over before."""
        encoding = Encoding()
        self._encodings = [*(earlier for earlier in self._encodings if not earlier.is_complete), encoding]
        self._pool.submit(encoding.make, encoded(self._model, self._splitter, loaded))
        return encoding


def encoded(
    model: Callable[[], Any], splitter: Callable[[LoadedText], Iterable[PassageSpan]], loaded: LoadedText
) -> Iterator[Encoded]:
    """A text's passages with their vectors, a slice at a time, encoded by who asks for them, as they are asked for."""
    spans = iter(splitter(loaded))
    while batch := list(islice(spans, SLICE)):
        yield list(zip(batch, encode_passages(model(), loaded.text, batch, title=loaded.title), strict=True))
