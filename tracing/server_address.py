"""A workspace has one trace server at a time, which others find through a small file.

`<home>/traces.server` says where it listens while it runs; the lock `<home>/traces.lock` says that it does.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

from vademecum.core import private_files
from vademecum.core.atomic_write import write_whole
from vademecum.core.errors import UsageError, WorkspaceError

NOTICE = "traces.server"
LOCK = "traces.lock"


class Place(NamedTuple):
    """Where a server listens."""

    url: str
    pid: int


@contextlib.contextmanager
def serving_alone(home: Path) -> Generator[None]:
    """Be the one server of this home.

    Raises:
        UsageError: another is; the message says where.
    """
    try:
        private_files.make_folder(home)
        handle = os.open(home / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WorkspaceError(f"traces cannot be kept in {home} ({error}); name another folder with --home") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        address = place(home)
        where = f"at {address.url} (process {address.pid})" if address else "by another process"
        raise UsageError(f"the traces of {home} are served already {where}") from None
    finally:
        os.close(handle)


def place(home: Path) -> Place | None:
    """Where this home's server says that it listens; None where none does. It may be gone: ask it."""
    try:
        address = json.loads((home / NOTICE).read_text("utf-8"))
        return Place(address["url"], address["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


@contextlib.contextmanager
def announced(home: Path, url: str) -> Generator[None]:
    """Tell others, while the block runs, where the server listens."""
    write_whole(home / NOTICE, json.dumps({"url": url, "pid": os.getpid()}).encode())
    try:
        yield
    finally:
        (home / NOTICE).unlink(missing_ok=True)


def is_held(home: Path) -> bool:
    """Whether a server of this home runs, or is about to."""
    try:
        with serving_alone(home):
            return False
    except UsageError:
        return True
