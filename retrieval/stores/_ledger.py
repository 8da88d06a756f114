"""What this workspace has put into LangChain's stores: which ids, and how far each has followed the catalogue.

A LangChain `VectorStore` cannot say what it holds. So each id is noted before it is written and confirmed afterwards:
what a crash interrupts is known, and a rebuild goes on where it stopped. The file is derived like the stores: where it
is removed or copied, a new workspace begins in the store, under names of its own.
"""

import json
import sqlite3
import threading
import uuid
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from vademecum.core import private_files
from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.catalogue.database import PATIENCE

FILE = "stores.sqlite"


class StoredCollection(NamedTuple):
    """Where a store keeps one collection's vectors from one embedding model: its name there, and their length."""

    key: int
    name: str
    dimensions: int


class Ledger:
    """The ledger of the workspace in `home`, for the store called `store`. Safe to share between threads.

    Methods raise WorkspaceError where the file cannot be used.
    """

    def __init__(self, home: Path, store: str) -> None:
        self.file = home / FILE
        self.store = store
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    @property
    def workspace(self) -> str:
        """An id that no other workspace has; a copy of the folder gets one of its own."""
        return self._rows("SELECT id FROM workspace")[0][0]

    def followed(self, fingerprint: str) -> int:
        """The generation of the catalogue that the store has followed to, with vectors of that embedding model."""
        if self._connection is None and not self.file.exists():
            return 0
        rows = self._rows(
            "SELECT generation FROM followed WHERE store = ? AND fingerprint = ?", self.store, fingerprint
        )
        return rows[0][0] if rows else 0

    def follow(self, fingerprint: str, generation: int) -> None:
        """Note that the store has followed to `generation`."""
        with self._change() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO followed VALUES (?, ?, ?)", (self.store, fingerprint, generation)
            )

    def collections(self) -> list[StoredCollection]:
        """All that the store holds of this workspace."""
        query = "SELECT key, name, dimensions FROM shelves WHERE store = ?"
        return [StoredCollection(*row) for row in self._rows(query, self.store)]

    def collection(self, name: str) -> StoredCollection | None:
        """The collection stored under that name; None where nothing was put there."""
        return next((collection for collection in self.collections() if collection.name == name), None)

    def add_collection(self, name: str, dimensions: int) -> StoredCollection:
        """The collection stored under that name, noted where it is new."""
        with self._change() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO shelves (store, name, dimensions) VALUES (?, ?, ?)",
                (self.store, name, dimensions),
            )
        return next(collection for collection in self.collections() if collection.name == name)

    def ids(self, collection: StoredCollection) -> dict[str, bool]:
        """What was put there, by id: True where the store has confirmed it, False where it may be there."""
        return {i: bool(sure) for i, sure in self._rows("SELECT id, sure FROM ids WHERE shelf = ?", collection.key)}

    def among(self, collection: StoredCollection, ids: Sequence[str]) -> list[str]:
        """Those of `ids` that are, or may be, there."""
        query = "SELECT id FROM ids WHERE shelf = ? AND id IN (SELECT value FROM json_each(?))"
        return [row[0] for row in self._rows(query, collection.key, json.dumps(list(ids)))]

    def count(self, collection: StoredCollection) -> int:
        """How many ids the store has confirmed."""
        return self._rows("SELECT count(*) FROM ids WHERE shelf = ? AND sure", collection.key)[0][0]

    def first(self, collection: StoredCollection) -> str | None:
        """An id that the store has confirmed; None where there is none."""
        rows = self._rows("SELECT id FROM ids WHERE shelf = ? AND sure ORDER BY id LIMIT 1", collection.key)
        return rows[0][0] if rows else None

    def intend(self, collection: StoredCollection, ids: Iterable[str]) -> None:
        """Note ids that are about to be written or removed."""
        self._mark(collection, ids, sure=False)

    def confirm(self, collection: StoredCollection, ids: Iterable[str]) -> None:
        """Note that the store has these ids."""
        self._mark(collection, ids, sure=True)

    def removed(self, collection: StoredCollection, ids: Sequence[str]) -> None:
        """Note that the store does not have these ids any more."""
        with self._change() as connection:
            connection.executemany("DELETE FROM ids WHERE shelf = ? AND id = ?", ((collection.key, i) for i in ids))

    def drop(self, collection: StoredCollection) -> None:
        """Note that the collection is gone."""
        with self._change() as connection:
            connection.execute("DELETE FROM ids WHERE shelf = ?", (collection.key,))
            connection.execute("DELETE FROM shelves WHERE key = ?", (collection.key,))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def _mark(self, collection: StoredCollection, ids: Iterable[str], *, sure: bool) -> None:
        with self._change() as connection:
            rows = ((collection.key, i, sure) for i in ids)
            connection.executemany("INSERT OR REPLACE INTO ids VALUES (?, ?, ?)", rows)

    def _rows(self, query: str, *values: object) -> list[tuple]:
        with self._connected() as connection:
            return connection.execute(query, values).fetchall()

    @contextmanager
    def _change(self) -> Generator[sqlite3.Connection]:
        with self._connected() as connection, connection:
            yield connection

    @contextmanager
    def _connected(self) -> Generator[sqlite3.Connection]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = _open(self.file)
                yield self._connection
            except (OSError, sqlite3.Error) as error:
                raise WorkspaceError(
                    f"the ledger of stores {self.file} cannot be used ({error}); free some disk space, or remove that "
                    "file: the store is filled anew"
                ) from error


_SCHEMA = """
CREATE TABLE IF NOT EXISTS workspace (id TEXT NOT NULL, inode INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS followed (
    store TEXT, fingerprint TEXT, generation INTEGER NOT NULL, PRIMARY KEY (store, fingerprint)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shelves (
    key INTEGER PRIMARY KEY AUTOINCREMENT, store TEXT NOT NULL, name TEXT NOT NULL, dimensions INTEGER NOT NULL,
    UNIQUE (store, name)
);
CREATE TABLE IF NOT EXISTS ids (
    shelf INTEGER, id TEXT, sure INTEGER NOT NULL, PRIMARY KEY (shelf, id)
) WITHOUT ROWID
"""


def _open(file: Path) -> sqlite3.Connection:
    private_files.make_file(file)
    connection = sqlite3.connect(file, timeout=PATIENCE, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in _SCHEMA.split(";"):
            connection.execute(statement)
        # The number that the file system gave this very file: a copy of the workspace has another.
        inode = file.stat().st_ino
        if [row[0] for row in connection.execute("SELECT inode FROM workspace")] != [inode]:
            for table in ("workspace", "followed", "shelves", "ids"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT INTO workspace VALUES (?, ?)", (uuid.uuid4().hex, inode))
        connection.commit()
    except BaseException:
        connection.close()
        raise
    return connection
