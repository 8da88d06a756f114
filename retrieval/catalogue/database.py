"""The home folder of a workspace: made when missing, one writer at a time, never opened by an older version of us.

The version of a workspace is the `user_version` of its catalogue: the number of migrations it has been through.
"""

import fcntl
import os
import sqlite3
import time
import unicodedata
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from vademecum.core import private_files
from vademecum.core.disk_errors import disk_problem, disk_remedy
from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.catalogue.migrations import MIGRATIONS
from vademecum.retrieval.maintenance.scratch import remove_left_overs

CATALOGUE = "catalogue.sqlite"
FROM_BACKUP = "bring back a backup: vade restore FILE --force; without one, save what can be: vade doctor --repair"
"""What to do where the catalogue itself cannot be read."""

PATIENCE = 30.0
"""Seconds to wait for another writer, or for SQLite's own short locks."""


def connect(home: Path) -> sqlite3.Connection:
    """A connection to the catalogue of the workspace in `home`, made or migrated where needed.

    Transactions are begun by hand (`isolation_level=None`); the connection may be used from any thread, one at a time.

    Raises:
        WorkspaceError: the folder cannot be made or written, or the workspace is of a newer version.
    """
    try:
        if not home.exists():
            remove_left_overs(home)  # it may have been on its way out when its restoration was killed
        private_files.make_folder(home)
        if is_emptied(home):
            raise WorkspaceError(f"the catalogue in {home} is empty, and was not; {FROM_BACKUP}")
        private_files.make_file(home / CATALOGUE)
        private_files.close_workspace(home)
        connection = sqlite3.connect(home / CATALOGUE, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            _migrate(connection, home)
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise WorkspaceError(_unusable(home, error)) from error
    # FULL: what is reported as stored survives a power cut, and indexes derived from the catalogue are never ahead
    # of it. Measured: one sync a file, against seconds of embedding.
    connection.create_function("fold", 1, str.casefold, deterministic=True)
    connection.create_function("composed", 1, partial(unicodedata.normalize, "NFC"), deterministic=True)
    pragmas = ("foreign_keys = ON", "synchronous = FULL", "secure_delete = ON", "cache_size = -16000")
    for pragma in (*pragmas, "trusted_schema = OFF"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def is_emptied(home: Path) -> bool:
    """Whether the catalogue has no content although there is an index of it: so does what a crash leaves of a file."""
    file = home / CATALOGUE
    return file.is_file() and file.stat().st_size == 0 and any((home / name).exists() for name in ("chroma", "faiss"))


def is_damage(error: BaseException | None) -> bool:
    """Whether SQLite says that the file is not, or no longer, what it should be."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _unusable(home: Path, error: Exception) -> str:
    if is_damage(error):
        return f"the catalogue in {home} is damaged ({error}); {FROM_BACKUP}"
    remedy = disk_remedy(error) if disk_problem(error) else "name a folder you can write to with --home or VADE_HOME"
    return f"the workspace {home} cannot be used ({error}); {remedy}"


def _version(connection: sqlite3.Connection) -> int:
    return connection.execute("PRAGMA user_version").fetchone()[0]


def _migrate(connection: sqlite3.Connection, home: Path) -> None:
    version = _version(connection)
    if version == len(MIGRATIONS):
        return
    if version > len(MIGRATIONS):
        raise WorkspaceError(
            f"the workspace {home} is of version {version}, this program knows up to {len(MIGRATIONS)}; "
            "update vademecum, or name another folder with --home"
        )
    with hold(home, "migration"):
        connection.execute("PRAGMA journal_mode = WAL")
        for number, migration in enumerate(MIGRATIONS[_version(connection) :], _version(connection) + 1):
            connection.execute("BEGIN IMMEDIATE")
            migration(connection)
            connection.execute(
                "INSERT INTO migrations (version, name, applied_at) VALUES (?, ?, datetime('now'))",
                (number, migration.__name__),
            )
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")


def empty_log(connection: sqlite3.Connection) -> None:
    """Move the write-ahead log into the database and leave it empty.

    Raises:
        sqlite3.OperationalError: another process goes on reading for longer than PATIENCE.
    """
    deadline = time.monotonic() + PATIENCE
    while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            raise sqlite3.OperationalError("what was removed stays in its log while another process reads it")
        time.sleep(0.05)


@contextmanager
def hold(
    home: Path, name: str = "writer", *, wait: float | None = None, waits: Callable[[str], object] | None = None
) -> Generator[None]:
    """Hold the workspace's lock called `name`, waiting up to `wait` seconds (None: PATIENCE) for whoever has it.

    With `waits` there is no end to the waiting: it is told each second for whom, and since when. The operating system
    drops the lock when its process ends, however it ends.

    Raises:
        WorkspaceError: still held by another after that time (the message says by which process), or unwritable.
    """
    try:
        private_files.make_folder(home)
        handle = os.open(home / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise WorkspaceError(_unusable(home, error)) from error
    try:
        _acquire(handle, home, PATIENCE if wait is None else wait, waits)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, home: Path, wait: float, waits: Callable[[str], object] | None) -> None:
    began, said = time.monotonic(), 0
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            seconds = time.monotonic() - began
            holder = os.pread(handle, 32, 0).decode() or "unknown"
            if waits and seconds >= said:
                waits(f"waits for process {holder}, which is writing the workspace {home} ({seconds:.0f} s so far)")
                said += 1
            if not waits and seconds >= wait:
                raise WorkspaceError(
                    f"the workspace {home} is being written by process {holder}; try again when it has finished"
                ) from None
            time.sleep(0.05)
        else:
            return
