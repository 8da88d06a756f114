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
from vademecum.retrieval.loaders import LoadedText
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
    """The passages of one text with their vectors, in order, as they come; to be gone through once.

    What went wrong while they were made is raised to who goes through them.
    """

    def __init__(self) -> None:
        self._slices: SimpleQueue[Encoded | BaseException | None] = SimpleQueue()
        self._room = threading.Semaphore(SLICES_AHEAD - 1)
        self._left = False
        self.made = False

    def __iter__(self) -> Iterator[Encoded]:
        """A slice at a time."""
        while (slice_ := self._slices.get()) is not None:
            if isinstance(slice_, BaseException):
                raise slice_
            self._room.release()
            yield slice_

    def leave(self) -> None:
        """What has not come yet is not wanted any more."""
        self._left = True
        self._room.release()

    def make(self, slices: Iterator[Encoded]) -> None:
        """Take what comes, as there is room for it."""
        try:
            for slice_ in slices:
                self._slices.put(slice_)
                self._room.acquire()
                if self._left:
                    return
            self._slices.put(None)
        except BaseException as error:  # noqa: BLE001 (raised in the thread that goes through them)
            self._slices.put(error)
        finally:
            self.made = True


class AheadEncoder:
    """Encodes texts, begun in the order they are handed over. To be used in a `with` block, which ends it."""

    def __init__(self, model: Callable[[], Any], splitter: Callable[[LoadedText], Iterable[PassageSpan]]) -> None:
        """`model` is called once there is something to encode."""
        self._model = model
        self._splitter = splitter
        self._pool = ThreadPoolExecutor(min(SIDE_BY_SIDE, thread_count()), "encode-ahead")
        self._begun: list[Encoding] = []
        self._open = ExitStack()

    def __enter__(self) -> Self:
        """Itself."""
        self._open.enter_context(held_briefly())
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until nothing is computed any more; what was begun and not gone through is left."""
        for encoding in self._begun:
            encoding.leave()
        self._pool.shutdown(cancel_futures=True)
        self._open.close()

    def begin(self, loaded: LoadedText) -> Encoding:
        """Have a text encoded, begun after those that were handed over before."""
        encoding = Encoding()
        self._begun = [*(one for one in self._begun if not one.made), encoding]
        self._pool.submit(encoding.make, encoded(self._model, self._splitter, loaded))
        return encoding


def encoded(
    model: Callable[[], Any], splitter: Callable[[LoadedText], Iterable[PassageSpan]], loaded: LoadedText
) -> Iterator[Encoded]:
    """A text's passages with their vectors, a slice at a time, encoded by who asks for them, as they are asked for."""
    found = iter(splitter(loaded))
    while some := list(islice(found, SLICE)):
        yield list(zip(some, encode_passages(model(), loaded.text, some, title=loaded.title), strict=True))
