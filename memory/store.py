"""Long-term memory: LangGraph's store over `<home>/memory.db`, in which `search(..., query=...)` finds by meaning.

    store = open_store(library)
    store.put(("facts", "ada"), "1", {"text": "I prefer tea."})
    store.search(("facts", "ada"), query="What do I drink?")

LangGraph's SqliteStore searches by meaning only where Python lets SQLite load extensions, which many builds do not.
Here the vectors are rows beside the items, compared one by one: exact, and 2 ms for a thousand.
"""

import asyncio
import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from langgraph.store.base import BaseStore, Item, Op, PutOp, Result, SearchItem, SearchOp
from langgraph.store.sqlite import SqliteStore

from vademecum.core import private_files
from vademecum.core.disk_errors import disk_remedy
from vademecum.core.errors import WorkspaceError
from vademecum.memory.checkpoints import BUSY_SECONDS

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from pydantic import SecretStr

FILE = "memory.db"

EVERYTHING = 1_000_000
"""More items than a person's memory holds; the store wants a limit."""


class Embedder(Protocol):
    """What knows the embedding model, and has it loaded when it is first asked for: the library of the workspace."""

    home: Path

    @cached_property
    def embeddings(self) -> "Embeddings":
        """The embedding model."""
        ...

    @cached_property
    def fingerprint(self) -> str:
        """Names the model; vectors of two models never meet."""
        ...


def open_store(embedder: Embedder, database: "SecretStr | None" = None) -> BaseStore:
    """The store of the workspace (or in the Postgres database), made where there is none; may be shared by threads.

    Raises:
        WorkspaceError: it cannot be opened or written.
    """
    if database is not None:
        from vademecum.memory import postgres

        return postgres.open_store(database, embedder.embeddings)
    file = embedder.home / FILE
    try:
        private_files.make_folder(embedder.home)
        private_files.make_file(file)
        connection = sqlite3.connect(file, check_same_thread=False, timeout=BUSY_SECONDS, isolation_level=None)
        # Both, so that nothing of a forgotten fact stays in the file: with a log beside it, old pages would.
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA journal_mode = DELETE")
        store = MeaningStore(connection, embedder)
        store.setup()
    except (OSError, sqlite3.Error) as error:
        raise WorkspaceError(f"what is remembered cannot be kept in {file} ({error}); {disk_remedy(error)}") from error
    return store


class MeaningStore(SqliteStore):
    """SqliteStore whose `search` with a `query` ranks by the likeness of each item's `text` to it, best first.

    Scores are cosines, in [-1, 1]. Items without a text come last, without a score.
    """

    def __init__(self, connection: sqlite3.Connection, embedder: Embedder) -> None:
        super().__init__(connection)
        self._embedder = embedder

    def setup(self) -> None:
        """Make the tables where there are none."""
        super().setup()
        with self.lock:
            self.conn.execute(
                "CREATE TABLE IF NOT EXISTS meanings (prefix TEXT, key TEXT, made_from TEXT NOT NULL,"
                " vector BLOB NOT NULL, PRIMARY KEY (prefix, key)) WITHOUT ROWID"
            )

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Do the operations, in one transaction but for the ranking."""
        operations = list(ops)
        results = super().batch([_unranked(op) for op in operations])
        for place, op in enumerate(operations):
            if isinstance(op, PutOp):
                self._forget_vector(op)
            elif isinstance(op, SearchOp) and op.query:
                items: Any = results[place]
                results[place] = self._ranked(op.query, items)[op.offset : op.offset + op.limit]
        return results

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """As `batch`, in a thread."""
        return await asyncio.to_thread(self.batch, list(ops))

    def _ranked(self, query: str, items: Sequence[SearchItem]) -> list[SearchItem]:
        with_text = [item for item in items if isinstance(item.value.get("text"), str)]
        if not with_text:
            return list(items)
        question = np.asarray(self._embedder.embeddings.embed_query(query), np.float32)
        vectors = self._vectors(with_text)
        lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(question)
        scores = vectors @ question / np.maximum(lengths, 1e-12)
        best = np.argsort(-scores, kind="stable")
        without_text = [item for item in items if item not in with_text]
        return [*(_scored(with_text[place], float(scores[place])) for place in best), *without_text]

    def _vectors(self, items: Sequence[Item]) -> Any:
        """One row for each item: those kept from earlier, and those that had to be made, which are kept now."""
        digests = {_place(item): self._made_from(item) for item in items}
        with self.lock:
            rows = self.conn.execute("SELECT prefix, key, made_from, vector FROM meanings").fetchall()
        vectors_by_place = {
            (prefix, key): vector for prefix, key, digest, vector in rows if digests.get((prefix, key)) == digest
        }
        missing = [item for item in items if _place(item) not in vectors_by_place]
        texts = [item.value["text"] for item in missing]
        new_vectors = self._embedder.embeddings.embed_documents(texts) if texts else []
        for item, vector in zip(missing, new_vectors, strict=True):
            vectors_by_place[_place(item)] = np.asarray(vector, np.float32).tobytes()
        with self.lock:
            self.conn.executemany(
                "INSERT OR REPLACE INTO meanings VALUES (?, ?, ?, ?)",
                [(*_place(item), digests[_place(item)], vectors_by_place[_place(item)]) for item in missing],
            )
        return np.stack([np.frombuffer(vectors_by_place[_place(item)], np.float32) for item in items])

    def _made_from(self, item: Item) -> str:
        return hashlib.sha256(f"{self._embedder.fingerprint}\0{item.value['text']}".encode()).hexdigest()

    def _forget_vector(self, op: PutOp) -> None:
        with self.lock:
            self.conn.execute("DELETE FROM meanings WHERE prefix = ? AND key = ?", (".".join(op.namespace), op.key))


def _unranked(op: Op) -> Op:
    if isinstance(op, SearchOp) and op.query:
        return op._replace(query=None, offset=0, limit=EVERYTHING)
    return op


def _place(item: Item) -> tuple[str, str]:
    return ".".join(item.namespace), item.key


def _scored(item: SearchItem, score: float) -> SearchItem:
    return SearchItem(
        namespace=item.namespace,
        key=item.key,
        value=item.value,
        created_at=item.created_at,
        updated_at=item.updated_at,
        score=score,
    )
