"""The file of the traces: `<home>/traces.db`, read from any thread, written by one, in groups.

A write returns when it is on disk. Writes that wait for each other share one transaction and one sync, so that many
clients at once are no slower than one.
"""

import functools
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Self, TypeVar

from vademecum.core import private_files
from vademecum.core.disk_errors import disk_remedy
from vademecum.core.errors import TraceError, WorkspaceError
from vademecum.tracing.store.schema import migrate

FILE = "traces.db"

BUSY_SECONDS = 30.0
"""How long a writer waits for another process to finish its own write."""

GROUP = 64
"""Writes that share a transaction, at most."""

UNFIT = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError, OverflowError)
UNFIT += (UnicodeError,)
"""What SQLite and Python say of a value that no column holds."""

T = TypeVar("T")
Job = Callable[[sqlite3.Connection], Any]


class Database:
    """The traces of the workspace in `home`; the file is made where it is missing.

    Raises:
        WorkspaceError: the file cannot be opened or is of a newer version.
    """

    def __init__(self, home: Path) -> None:
        self.file = home / FILE
        self._jobs: queue.SimpleQueue[tuple[Job, Future[Any]] | None] = queue.SimpleQueue()
        self._readers = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        try:
            private_files.make_folder(home)
            private_files.make_file(self.file)
            with self._lock:
                self._writer = self._open()
                migrate(self._writer, str(self.file))
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise WorkspaceError(f"traces cannot be kept in {self.file} ({error}); {disk_remedy(error)}") from error
        except WorkspaceError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish what is being written and close the file."""
        if self._thread is not None:
            self._jobs.put(None)
            self._thread.join()
            self._thread = None
        for connection in self._opened:
            connection.close()
        self._opened.clear()

    def rows(self, query: str, arguments: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """What a query finds.

        Raises:
            TraceError: the file cannot be read (503), or something of another kind is asked for than it holds (422).
        """
        try:
            return self._reader().execute(query, arguments).fetchall()
        except (sqlite3.Error, *UNFIT) as error:
            raise _failed(error) from error

    def row(self, query: str, arguments: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        """The first that a query finds; None where it finds nothing."""
        return next(iter(self.rows(query, arguments)), None)

    def write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Do `job` in a transaction; returns when that is on disk.

        Raises:
            TraceError: what `job` raises, or the disk is full (507), or cannot be written (503).
        """
        return self.submit(job).result()

    def submit(self, job: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        """As `write`, without waiting."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="traces", daemon=True)
                self._thread.start()
        future: Future[T] = Future()
        self._jobs.put((job, future))
        return future

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        self._opened.append(connection)
        connection.row_factory = sqlite3.Row
        connection.text_factory = functools.partial(str, encoding="utf-8", errors="replace")  # whatever became of it
        # FULL: what was acknowledged survives a power cut; groups make it cheap.
        # Not trusted_schema = OFF: SQLite before 3.42 takes full text for unsafe in a trigger, and deletes no run then.
        for pragma in ("foreign_keys = ON", "synchronous = FULL", "cache_size = -32000", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def _reader(self) -> sqlite3.Connection:
        connection = getattr(self._readers, "connection", None)
        if connection is None:
            with self._lock:
                connection = self._readers.connection = self._open()
            connection.execute("PRAGMA query_only = ON")
        return connection

    def _work(self) -> None:
        while (first := self._jobs.get()) is not None:
            group, ended = [first], False
            while len(group) < GROUP and not self._jobs.empty():
                next_job = self._jobs.get()
                if next_job is None:
                    ended = True
                    break
                group.append(next_job)
            self._commit(group)
            if ended:
                return

    def _commit(self, group: "list[tuple[Job, Future[Any]]]") -> None:
        """Do all jobs in one transaction; one that fails takes no other with it."""
        notices: list[Callable[[], None]] = []
        try:
            self._writer.execute("BEGIN IMMEDIATE")
            for job, future in group:
                notices.append(self._do_job(job, future))
            self._writer.execute("COMMIT")
        except sqlite3.Error as error:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            for _, future in group:
                future.set_exception(_failed(error))
            return
        for tell in notices:
            tell()

    def _do_job(self, job: Job, future: "Future[Any]") -> Callable[[], None]:
        """Do one job; what is left is to tell who waits for it, once the whole is on disk."""
        self._writer.execute("SAVEPOINT job")
        try:
            result = job(self._writer)
        except sqlite3.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever it is belongs to the caller, in its own thread)
            self._writer.execute("ROLLBACK TO job")
            self._writer.execute("RELEASE job")
            failure = _failed(error) if isinstance(error, (sqlite3.Error, *UNFIT)) else error
            return lambda: future.set_exception(failure)
        self._writer.execute("RELEASE job")
        return lambda: future.set_result(result)


def _failed(error: Exception) -> TraceError:
    if isinstance(error, sqlite3.IntegrityError):
        return TraceError(f"what was sent does not fit what is there ({error})", status=409)
    if isinstance(error, UNFIT) or "JSON path" in str(error):
        return TraceError(f"what was sent is of another kind than can be kept or compared ({error})", status=422)
    if "full" in str(error):
        return TraceError("the disk is full: free some space; what was acknowledged is kept", status=507)
    remedy = "try again" if isinstance(error, sqlite3.OperationalError) else disk_remedy(error)
    return TraceError(f"the traces cannot be read or written now ({error}); {remedy}", status=503)
