"""A forgotten document leaves the traces too: what they hold of it becomes `[forgotten]`.

Frames that wait in the spool are brought in first; those that wait for a server elsewhere and hold any of it are not
sent any more.
"""

import json
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vademecum.core.errors import TraceError
from vademecum.tracing.spool import Frame, Spool
from vademecum.tracing.store import frames
from vademecum.tracing.store.catching_up import FOLDER, catch_up
from vademecum.tracing.store.database import FILE, Database
from vademecum.tracing.store.unpacking import unpacked
from vademecum.tracing.store.values import dumps

Without = Callable[[Any], Any]
"""Plain data (dicts, lists, texts) without what was forgotten; the very same where there is nothing of it."""

PATIENCE = 20.0
"""Seconds to wait for another process to let go of the file, so that nothing stays in its log."""

_OF_RUNS = ("inputs", "outputs", "events", "extra", "serialized", "tags")
_ELSEWHERE = (
    ("feedback", "rowid", ("value", "comment", "correction", "extra")),
    ("examples", "key", ("inputs", "outputs", "metadata")),
    ("comparisons", "rowid", ("body",)),
)
"""Tables beside the runs whose columns hold what may be quoted from documents, as JSON or as they are."""


def without_document(home: Path, without: Without) -> int:
    """Take what was forgotten out of the workspace's traces; how many runs, examples and comments held any of it.

    Raises:
        TraceError: the traces cannot be written now.
    """
    _drop_waiting(home, without)
    if not (home / FILE).exists() and Spool(home / FOLDER).is_empty():
        return 0
    with Database(home) as database:
        catch_up(database, home)
        traces = [row[0] for row in database.rows("SELECT DISTINCT trace_id FROM runs")]
        changed = sum(
            [database.write(lambda connection, trace=trace: _of_trace(connection, trace, without)) for trace in traces]
        )
        changed += database.write(
            lambda connection: sum(_of_table(connection, *table, without) for table in _ELSEWHERE)
        )
        if changed:
            database.write(lambda connection: connection.execute("INSERT INTO words (words) VALUES ('optimize')"))
    if changed:
        _leave_nothing_behind(home / FILE)
    return changed


def _of_trace(connection: sqlite3.Connection, trace: str, without: Without) -> int:
    """Clean all runs of a trace as one, since what one step cites another repeats."""
    rows = connection.execute(
        f"SELECT r.key, r.error, w.text, {', '.join(f'p.{name}' for name in _OF_RUNS)} FROM runs r "
        "JOIN payloads p ON p.key = r.key LEFT JOIN words w ON w.rowid = r.key WHERE r.trace_id = ?",
        (trace,),
    ).fetchall()
    values = [[row[1], row[2], *map(_value, row[3:])] for row in rows]
    cleaned = without(values)
    changed = 0
    for row, old, new in zip(rows, values, cleaned, strict=True):
        if new is old:
            continue
        changed += 1
        key = row[0]
        connection.execute("UPDATE runs SET error = ? WHERE key = ?", (new[0], key))
        connection.execute("UPDATE words SET text = ? WHERE rowid = ?", (new[1], key))
        packed = [row[3 + n] if new[2 + n] is old[2 + n] else dumps(new[2 + n]) for n in range(len(_OF_RUNS))]
        names = ", ".join(f"{name} = ?" for name in _OF_RUNS)
        connection.execute(f"UPDATE payloads SET {names} WHERE key = ?", (*packed, key))
    return changed


def _of_table(connection: sqlite3.Connection, table: str, key: str, columns: tuple[str, ...], without: Without) -> int:
    changed = 0
    for row in connection.execute(f"SELECT {key}, {', '.join(columns)} FROM {table}").fetchall():
        values = [_value(packed_value) for packed_value in row[1:]]
        new = without(values)
        if new is not values:
            changed += 1
            packed = [
                old if a is b else a if isinstance(b, str) and old == b else dumps(a)
                for a, b, old in zip(new, values, row[1:], strict=True)
            ]
            names = ", ".join(f"{name} = ?" for name in columns)
            connection.execute(f"UPDATE {table} SET {names} WHERE {key} = ?", (*packed, row[0]))
    return changed


def _drop_waiting(home: Path, without: Without) -> None:
    """Remove frames for servers elsewhere, and those set aside as unreadable, that hold what was forgotten."""
    spools = [folder for folder in (home / "spool").glob("*") if folder.is_dir() and folder != home / FOLDER]
    for folder in spools:
        spool = Spool(folder)
        for file in spool.waiting():
            frame = spool.read(file)
            if frame is None or _holds(frame, without):
                file.unlink(missing_ok=True)


def _holds(frame: Frame, without: Without) -> bool:
    try:
        body = unpacked(frame.body, frame.packing)
        contents = [_value(part.data.decode("utf-8", "replace")) for part in frames.parts(body, frame.kind)]
    except TraceError:
        try:
            contents = [_value(unpacked(frame.body, frame.packing).decode("utf-8", "replace"))]
        except TraceError:
            return True  # what cannot be read cannot be shown to be free of it
    return without(contents) is not contents


def _value(packed: str | None) -> Any:
    """What JSON says; a text that is none as it is."""
    try:
        return json.loads(packed) if packed else packed
    except (ValueError, TypeError, RecursionError):
        return packed


def _leave_nothing_behind(file: Path) -> None:
    connection = sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)
    deadline = time.monotonic() + PATIENCE
    try:
        connection.execute("VACUUM")
        while connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            if time.monotonic() > deadline:
                raise sqlite3.OperationalError("another process is reading it")
            time.sleep(0.1)
    except sqlite3.Error as error:
        raise TraceError(
            f"what traces hold of it cannot be taken out now ({error}); forget it again when nothing else runs",
            status=503,
        ) from error
    finally:
        connection.close()
