"""Frames that wait on disk to be delivered: one file each, in order, removed only once they are kept elsewhere.

A frame is written whole or not at all. Names sort by the time of writing, so that
many processes may write to one folder.

    spool = Spool(home / "spool" / "local")
    spool.add(Frame(headers, body))
    spool.deliver(lambda frame: ...)     # True: it is kept, remove it
"""

import contextlib
import fcntl
import itertools
import json
import logging
import os
import re
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import NamedTuple

from vademecum.core.atomic_write import write_whole

_numbers = itertools.count()

SUFFIX = ".frame"
REFUSED = "refused"
"""The folder beside a spool's own where files lie that nobody takes."""

_PATH = re.compile(r"(?:/[\w-]+)+", re.ASCII)
_log = logging.getLogger("vademecum.tracing")

TRIM_EVERY = 100
"""After so many frames of its own, a process looks whether they have become too many."""


class Frame(NamedTuple):
    """A request that was to be sent: `path` such as /runs/multipart, `kind` its content-type.

    `packing` is its content-encoding ("zstd"), empty for none; `headers` are what else must be said to a server.
    """

    path: str
    kind: str
    body: bytes
    packing: str = ""
    headers: dict[str, str] = {}  # noqa: RUF012 (never changed)


class Spool:
    """The frames in a folder, which is made when the first is added. `max_bytes`: beyond it, the oldest go."""

    def __init__(self, folder: Path, max_bytes: int = 500_000_000) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        self._added = 0

    def add(self, frame: Frame) -> None:
        """Put a frame at the end.

        Raises:
            OSError: it cannot be written.
        """
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(_numbers):06d}"
        *head, body, _, _ = frame
        content = json.dumps([*head, frame.packing, frame.headers]).encode() + b"\n" + body
        # To wait for the disk would hold up each run; a frame that a power cut damages is left out (`_read`).
        write_whole(self.folder / f"{name}{SUFFIX}", content, durable=False)
        self._added += 1
        if self._added % TRIM_EVERY == 0:
            self.trim()

    def waiting(self) -> list[Path]:
        """The files of the frames, in order."""
        try:
            return sorted(path for path in self.folder.iterdir() if path.suffix == SUFFIX)
        except FileNotFoundError:
            return []

    def read(self, file: Path) -> Frame | None:
        """The frame of a file that waits; None where the file is gone or damaged."""
        return _frame_of(file)

    def is_empty(self) -> bool:
        """Whether nothing waits; quick, for before every read."""
        try:
            with os.scandir(self.folder) as entries:
                return not any(entry.name.endswith(SUFFIX) for entry in entries)
        except FileNotFoundError:
            return True

    def deliver(self, keep: Callable[[Frame], bool], *, wait: bool = False) -> int:
        """Hand the frames over in order, until `keep` returns False or raises; how many were kept, and are removed.

        Only one process delivers at a time: while another does, nothing is done, or with `wait`, that is waited for.
        """
        if self.is_empty():
            return 0
        delivered = 0
        with self._lock(wait) as has_lock:
            for path in self.waiting() if has_lock else ():
                frame = _frame_of(path)
                if frame is None:
                    self._set_aside(path)
                    continue
                if not keep(frame):
                    break
                path.unlink(missing_ok=True)
                delivered += 1
        return delivered

    def _set_aside(self, path: Path) -> None:
        """Move a file that is no frame to `refused` beside this folder, for a person to look at, and tell of it."""
        refused = self.folder.parent / REFUSED
        try:
            refused.mkdir(exist_ok=True)
            path.replace(refused / path.name)
            _log.warning("%s is damaged and holds no frame of traces; it is in %s now", path.name, refused)
        except FileNotFoundError:
            pass  # another process has trimmed it away

    def trim(self) -> int:
        """Remove the oldest frames beyond `max_bytes`; how many."""
        sizes = [(path, path.stat().st_size) for path in self.waiting() if path.exists()]
        excess, removed = sum(size for _, size in sizes) - self.max_bytes, 0
        for path, size in sizes:
            if excess <= 0:
                break
            path.unlink(missing_ok=True)
            excess -= size
            removed += 1
        return removed

    @contextlib.contextmanager
    def _lock(self, wait: bool) -> Generator[bool]:
        # The lock is beside the folder's frames, and goes with its process, however that ends.
        handle = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            yield True
        except BlockingIOError:
            yield False
        finally:
            os.close(handle)


def _frame_of(path: Path) -> Frame | None:
    """The frame of a file; None where the file is damaged, which a crash of the whole machine can leave behind."""
    try:
        head, _, body = path.read_bytes().partition(b"\n")
        where, kind, packing, headers = json.loads(head)
        texts = (where, kind, packing, *headers, *headers.values())
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    if not all(isinstance(text, str) and text.isascii() and text.isprintable() for text in texts):
        return None
    return Frame(where, kind, body, packing, headers) if _PATH.fullmatch(where) else None
