"""One table in memory, in SQLite, for one question: no file, no network, one statement that only reads, within bounds.

SQLite comes with Python; DuckDB would add 20 MB for what a table of a person's own needs no vectors for
(`docs/decisions/0063-tables-are-computed-from-the-text.md`).
"""

import re
import sqlite3
import time
from collections.abc import Iterator, Sequence
from typing import Any

from vademecum.core.errors import UsageError
from vademecum.language.stems import fold, stem
from vademecum.retrieval.tabular.table import Cell, TypedTable

SECONDS = 5.0
"""Longest that a statement may run."""

MOST_RESULTS = 10_000
"""Rows that a statement may give."""

_STEPS = 10_000
"""Instructions of SQLite's machine between two looks at the clock."""

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION}
_FUNCTIONS = frozenset("count sum avg min max instr total abs coalesce row_number lag".split())
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_PART = re.compile(r"[,;/&+()\[\]\n]|\s(?:and|or|y|und|og|et)\s", re.IGNORECASE)


class Engine:
    """The table, in columns of SQLite: of column 3 `t3` (its words), `p3` (its parts), `n3` (its number), `m3` and
    `y3` (month and year of a date).

    `row` is the row's place in the table, from 0.
    """

    def __init__(self, table: TypedTable) -> None:
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        columns = ", ".join(
            f"t{c} TEXT, p{c} TEXT, n{c} REAL, m{c} INTEGER, y{c} INTEGER" for c in range(len(table.columns))
        )
        self._connection.execute(f"CREATE TABLE t (row INTEGER PRIMARY KEY, {columns})")
        marks = ", ".join("?" * (1 + 5 * len(table.columns)))
        self._connection.execute("BEGIN")
        self._connection.executemany(f"INSERT INTO t VALUES ({marks})", _values(table))
        self._connection.execute("COMMIT")
        self._connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        self._connection.execute("PRAGMA query_only = 1")
        self._connection.set_authorizer(_authorise)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that one reading statement gives.

        Raises:
            UsageError: it does anything but read the table, takes too long, or gives too much.
        """
        deadline = time.monotonic() + SECONDS
        self._connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
        try:
            rows = self._connection.execute(sql, parameters).fetchmany(MOST_RESULTS + 1)
        except sqlite3.Error as error:
            raise UsageError(f"the table cannot be asked this: {error}") from error
        finally:
            self._connection.set_progress_handler(None, 0)
        if len(rows) > MOST_RESULTS:
            raise UsageError(f"the question is met by more than {MOST_RESULTS:,} rows; ask for fewer")
        return rows

    def close(self) -> None:
        """Forget the table."""
        self._connection.close()


def _authorise(action: int, first: str | None, second: str | None, *_: Any) -> int:
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() not in _FUNCTIONS:
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _ALLOWED and first != "sqlite_master" else sqlite3.SQLITE_DENY


def _values(table: TypedTable) -> Iterator[list[Any]]:
    for number, row in enumerate(table.rows):
        values: list[Any] = [number]
        for cell in row.cells:
            values += _cell_values(cell)
        yield values


def _cell_values(cell: Cell | None) -> list[Any]:
    if cell is None or cell.value.kind == "empty":
        return [None, None, None, None, None]
    value = cell.value
    return [words_of(cell.text), parts_of(cell.text), value.number, value.month, value.year]


def words_of(text: str) -> str:
    """The stems of the words, in order, with a space around each: what `has` looks in."""
    return f" {' '.join(tokens(text))} "


def parts_of(text: str) -> str:
    """The parts of a cell that holds a list, each as its words; and the whole of it."""
    parts = [" ".join(tokens(part)) for part in _PART.split(text)]
    return f"|{'|'.join(dict.fromkeys([' '.join(tokens(text)), *parts]))}|"


def tokens(text: str) -> list[str]:
    """The stems of the words of a text: lower case, no accents, without "and", which may stand there as "&"."""
    return [stem(re.sub(r"['’]s?$", "", word)) for word in _WORD.findall(fold(text)) if word != "and"]
