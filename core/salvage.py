"""A damaged SQLite file: what is wrong with it, and what can still be read of it put into a new one.

    if fault_of(file, is_whole):
        saved = salvage(file, make, is_whole, folder)    # saved.aside is the damaged file, kept beside

Row by row: behind one that cannot be read the next one is looked for. Only tables of ours are filled, as `make` makes
them; the damaged file is read from a copy, and what is at its head is taken from a new file where it is lost.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

ENDINGS = ("-wal", "-shm", "-journal")
HEADER = 100
"""Bytes at the head of an SQLite file that say what it is."""

IsWhole = Callable[[str, Mapping[str, Any]], bool]
"""Whether a row (of the table of that name, by column) is what was stored."""


class Saved(NamedTuple):
    """Rows that were put into the new file, whether all could be read, and where the damaged file is now."""

    rows: int
    complete: bool
    aside: Path


def fault_of(file: Path, is_whole: IsWhole) -> str:
    """What is wrong with an SQLite file, in a few words; empty where it is sound, or there is none."""
    if not file.exists():
        return ""
    try:
        with closing(_opened(file)) as connection:
            lines = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
            if wrong := [line for line in lines if line != "ok" and "fts5" not in line.lower()]:
                return " ".join(wrong[0].split())[:200]
            for table in _tables(connection):
                for _, row in _rows_in_order(connection, table):
                    if not is_whole(table, row):
                        return f"rows of {table} hold something else than was stored"
    except (OSError, sqlite3.Error) as error:
        return str(error)
    return ""


def salvage(file: Path, make: Callable[[Path], object], is_whole: IsWhole, folder: Path) -> Saved:
    """Put a new file in the place of a damaged one, with all that can be read of it; that one is set aside.

    `make` makes an empty database of our tables at a path; `folder` is empty, on the same disk, and for the work.

    Raises:
        OSError, sqlite3.Error: the new file cannot be written; the damaged one is still in its place.
    """
    best, rows, complete = folder, -1, False
    for number, head in enumerate((0, HEADER, None)):
        new, copy = folder / f"new-{number}", folder / f"copy-{number}"
        make(new)
        _copy(file, copy, new, head)
        put, read_all = _fill(new, copy, is_whole)
        if put > rows:
            best, rows, complete = new, put, read_all
        if rows > 0 and complete:
            break
    aside = set_aside(file, keep=True)
    os.replace(best, file)
    return Saved(rows, complete, aside)


def set_aside(path: Path, *, keep: bool = False) -> Path:
    """Give a file or folder another name beside it, with its logs; its new place. `keep`: its own name leads to it too.

    Raises:
        OSError: it cannot be renamed.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    names = (f"{path.name}.set-aside-{stamp}{f'-{number}' if number else ''}" for number in count())
    aside = next(place for name in names if not (place := path.with_name(name)).exists())
    if keep and path.is_file():
        with suppress(OSError):  # a disk without links: there is a moment in which nothing is in its place
            os.link(path, aside)
    if not aside.exists():
        os.rename(path, aside)
    for ending in ENDINGS:
        with suppress(FileNotFoundError):
            os.rename(path.with_name(path.name + ending), aside.with_name(aside.name + ending))
    return aside


def _copy(file: Path, copy: Path, new: Path, head: int | None) -> None:
    """Copy the damaged file, with the first `head` bytes of a new one (None: its first page)."""
    shutil.copyfile(file, copy)
    for ending in ENDINGS:
        with suppress(OSError):
            shutil.copyfile(file.with_name(file.name + ending), copy.with_name(copy.name + ending))
    if head == 0:
        return
    data = bytearray(new.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    data[28:32] = (file.stat().st_size // size).to_bytes(4, "big")  # pages, else those behind are not looked at
    with copy.open("r+b") as handle:
        handle.write(data[: head or size])


def _fill(new: Path, damaged: Path, is_whole: IsWhole) -> tuple[int, bool]:
    """Put what can be read of `damaged` into `new`; how many rows, and whether nothing was left out."""
    put, complete = 0, True
    with closing(sqlite3.connect(new, isolation_level=None)) as target:
        target.execute("PRAGMA foreign_keys = OFF")
        target.execute("BEGIN")
        try:
            with closing(_opened(damaged)) as source:
                for table in _tables(target):
                    columns = {row[1] for row in target.execute("SELECT * FROM pragma_table_info(?)", (table,))}
                    for place, row in _rows(source, table):
                        whole = row is not None and is_whole(table, row)
                        complete = complete and whole
                        if row is not None and whole:
                            put += _insert(target, table, {name: row[name] for name in row if name in columns}, place)
        except sqlite3.Error:
            complete = False
        target.execute("COMMIT")
        with suppress(sqlite3.Error):
            target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return put, complete


def _insert(target: sqlite3.Connection, table: str, row: Mapping[str, Any], place: int | None) -> int:
    names = [*row, "rowid"] if place is not None else [*row]
    values = [*row.values(), place] if place is not None else [*row.values()]
    columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
    try:
        target.execute(f'INSERT OR REPLACE INTO "{table}" ({columns}) VALUES ({marks})', values)
    except sqlite3.Error:
        return 0
    return 1


def _rows(source: sqlite3.Connection, table: str) -> Iterator[tuple[int | None, Mapping[str, Any] | None]]:
    """The rows of a table that can be read, with their number; None in the place of those that cannot."""
    at: int | None = -(2**62)
    try:
        source.execute(f'SELECT rowid FROM "{table}" LIMIT 1')
    except sqlite3.Error as error:
        if "no such column" in str(error):
            yield from _rows_by_key(source, table)
        else:
            yield None, None
        return
    while at is not None:
        try:
            for place, row in _rows_in_order(source, table, at):
                yield place, row
                at = place if place is not None else at
            return
        except (sqlite3.Error, MemoryError):
            yield None, None
            at = _next_readable(source, table, at)


def _rows_by_key(source: sqlite3.Connection, table: str) -> Iterator[tuple[int | None, Mapping[str, Any] | None]]:
    """Rows of a table without numbers: from its beginning up to the damage, and from its end down to it."""
    try:
        yield from _rows_in_order(source, table)
    except sqlite3.Error:
        yield None, None
        keys = [f'"{row[1]}"' for row in source.execute("SELECT * FROM pragma_table_info(?)", (table,)) if row[5]]
        with suppress(sqlite3.Error):
            cursor = source.execute(f'SELECT * FROM "{table}" ORDER BY {", ".join(f"{key} DESC" for key in keys)}')
            names = [column[0] for column in cursor.description]
            for row in cursor:
                yield None, dict(zip(names, row, strict=True))


def _rows_in_order(
    source: sqlite3.Connection, table: str, after: int | None = None
) -> Iterator[tuple[int | None, Mapping[str, Any]]]:
    query = (
        f'SELECT * FROM "{table}"'
        if after is None
        else f'SELECT rowid, * FROM "{table}" WHERE rowid > {after} ORDER BY rowid'
    )
    cursor = source.execute(query)
    names = [column[0] for column in cursor.description]
    for values in cursor:
        place = None if after is None else values[0]
        first = 0 if after is None else 1
        yield place, dict(zip(names[first:], values[first:], strict=True))


def _next_readable(source: sqlite3.Connection, table: str, at: int) -> int | None:
    """The number behind which rows can be read again, as near to `at` as can be; None where there are none."""

    def can_be_read(place: int) -> bool:
        try:
            for _ in _rows_in_order(source, table, place):
                return True
        except (sqlite3.Error, MemoryError):
            return False
        return False

    low = max(at, 0)
    high = next((low + 2**power for power in range(40) if can_be_read(low + 2**power)), None)
    if high is None:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if can_be_read(middle) else (middle, high)
    return high


def _tables(connection: sqlite3.Connection) -> list[str]:
    """Our tables, full-text indexes among them; not the parts that these consist of, nor what SQLite keeps itself."""
    rows = connection.execute("SELECT name, sql, rootpage FROM sqlite_schema WHERE type = 'table'").fetchall()
    virtual = [name for name, _, page in rows if not page]
    parts = {f"{name}_{part}" for name in virtual for part in ("data", "idx", "content", "docsize", "config")}
    names = chain(row[0] for row in rows if "fts5vocab" not in row[1])
    return [name for name in names if name not in parts and not name.startswith("sqlite_")]


def _opened(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, timeout=5.0)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection
