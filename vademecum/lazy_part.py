"""A part of something that is opened when it is first used."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Part = TypeVar("Part")


class LazyPart(Generic[Part]):
    """A part that is opened when it is first called for, and only once, whichever thread calls.

    `opened` is the part; None until it has been opened.
    """

    def __init__(self, lock: "threading.RLock", open: Callable[[], Part]) -> None:
        self._lock = lock
        self._open = open
        self.opened: Part | None = None

    def __call__(self) -> Part:
        """The part, opened now if it has not been."""
        opened = self.opened
        if opened is None:  # only then: the lock is held for long while the samples are ingested
            with self._lock:
                opened = self.opened = self._open() if self.opened is None else self.opened
        return opened

    def detach(self) -> Part | None:
        """Return the opened part (None: it was not opened) for the caller to close; the next call opens a new one."""
        opened, self.opened = self.opened, None
        return opened
