"""The catalogue: every source with its text, passages, vectors and words, in one SQLite file. The truth.

Each change is one transaction and counts the generation up by one; indexes elsewhere (`retrieval/chroma.py`) are
derived from it and follow. Any thread may call; readers never wait for the writer (WAL).

    catalogue = Catalogue(home)
    found = catalogue.sparse(terms("forget gate"), k=10)
    passages = catalogue.passages(keys=[key for key, _ in found])
"""

import json
import sqlite3
import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import WorkspaceError
from core.types import EVERYWHERE, Scope, Source
from retrieval import workspace
from retrieval.layout import Layout
from retrieval.records import (
    PASSAGE_COLUMNS,
    SOURCE_COLUMNS,
    Change,
    Stamp,
    StoredPassage,
    StoredVectors,
    as_passage,
    as_source,
    as_vectors,
    passage_id,
)
from retrieval.same_text import HOLDER, attach, detach, pass_on, text_hash
from retrieval.scope import condition
from retrieval.terms import index_terms

if TYPE_CHECKING:
    from retrieval.encode import PassageVectors
    from retrieval.loaders import LoadedText
    from retrieval.passages import PassageSpan


class Catalogue:
    """The catalogue of the workspace in `home`, which is made where it is missing.

    Every method raises WorkspaceError where the file cannot be read or written.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._reader = workspace.connect(home)
        self._writer: sqlite3.Connection | None = None
        self._reading = threading.RLock()
        self._writing = threading.RLock()

    def close(self) -> None:
        """Close the file; the catalogue is of no use afterwards."""
        with self._reading, self._writing:
            self._reader.close()
            if self._writer is not None:
                self._writer.close()

    # Reading

    @property
    def generation(self) -> int:
        """How many changes have been committed, by any process."""
        return int(self._rows("SELECT value FROM meta WHERE name = 'generation'")[0][0])

    def sources(self, collection: str | None = None) -> list[Source]:
        """The sources of one collection, or of all, by root and path."""
        query = f"SELECT {SOURCE_COLUMNS} FROM sources WHERE ? IS NULL OR collection = ? ORDER BY root, path"
        return [as_source(row) for row in self._rows(query, collection, collection)]

    def source(self, source_id: str) -> Source | None:
        """The source of that id; None where there is none."""
        rows = self._rows(f"SELECT {SOURCE_COLUMNS} FROM sources WHERE id = ?", source_id)
        return as_source(rows[0]) if rows else None

    def text(self, source_id: str) -> str:
        """The source's whole text, which all offsets count in; empty where the source has been forgotten."""
        rows = self._rows(f"SELECT text FROM texts WHERE source_id = {HOLDER}", source_id)
        return rows[0][0] if rows else ""

    def page_starts(self, source_id: str) -> list[int] | None:
        """Offsets in the text at which pages begin; None where the source has no pages."""
        rows = self._rows(f"SELECT page_starts FROM texts WHERE source_id = {HOLDER}", source_id)
        return json.loads(rows[0][0]) if rows and rows[0][0] else None

    def layout(self, source_id: str) -> Layout:
        """What the source's loader knew of places and headings."""
        rows = self._rows(f"SELECT layout FROM texts WHERE source_id = {HOLDER}", source_id)
        return Layout.from_json(rows[0][0] if rows else None)

    def holder(self, collection: str, text: str) -> str | None:
        """The id of the source in the collection that holds just this text; None where none does."""
        query = """SELECT t.source_id FROM texts t JOIN sources s ON s.id = t.source_id
                   WHERE t.sha256 = ? AND s.collection = ?"""
        rows = self._rows(query, text_hash(text), collection)
        return rows[0][0] if rows else None

    def stamps(self, collection: str, root: str) -> dict[str, tuple[Stamp, str, str]]:
        """By path, what is known of the files of one root: stamp, SHA-256, fingerprint of the embeddings."""
        query = """SELECT path, size, mtime_ns, read_ns, sha256, fingerprint FROM sources
                   WHERE collection = ? AND root = ?"""
        return {row[0]: (Stamp(*row[1:4]), row[4], row[5]) for row in self._rows(query, collection, root)}

    def stale(self, fingerprint: str) -> list[Source]:
        """Sources whose vectors come from another embedding model than the one called `fingerprint`, or are missing."""
        query = f"SELECT {SOURCE_COLUMNS} FROM sources WHERE fingerprint != ? AND same_as = '' ORDER BY root, path"
        return [as_source(row) for row in self._rows(query, fingerprint)]

    def passed_on(self) -> bool:
        """Whether any source has taken over the text of one that is gone, and awaits its passages."""
        return bool(self._rows("SELECT 1 FROM sources WHERE fingerprint = '' LIMIT 1"))

    def collections(self) -> list[str]:
        """Names of the collections that hold anything."""
        return [row[0] for row in self._rows("SELECT DISTINCT collection FROM sources ORDER BY 1")]

    def passage_count(self, collection: str | None = None) -> int:
        """Number of passages."""
        if collection is None:
            return self._rows("SELECT count(*) FROM passages")[0][0]
        query = "SELECT count(*) FROM passages p JOIN sources s ON s.id = p.source_id WHERE s.collection = ?"
        return self._rows(query, collection)[0][0]

    def passages(self, *, keys: Sequence[int] | None = None, ids: Sequence[str] | None = None) -> list[StoredPassage]:
        """The passages of these keys or ids, in the order asked for; those gone meanwhile are left out."""
        column, wanted = ("p.key", keys) if ids is None else ("p.id", ids)
        query = f"""SELECT {PASSAGE_COLUMNS} FROM passages p JOIN sources s ON s.id = p.source_id
                    WHERE {column} IN (SELECT value FROM json_each(?))"""
        found = [as_passage(row) for row in self._rows(query, json.dumps(list(wanted or ())))]
        by_name = {(stored.key if ids is None else stored.passage.id): stored for stored in found}
        return [by_name[name] for name in wanted or () if name in by_name]

    def passages_of(self, source_id: str) -> list[StoredPassage]:
        """All passages of a source, in order."""
        query = f"""SELECT {PASSAGE_COLUMNS} FROM passages p JOIN sources s ON s.id = p.source_id
                    WHERE p.source_id = ? ORDER BY p.start"""
        return [as_passage(row) for row in self._rows(query, source_id)]

    def ids(self, collection: str, fingerprint: str) -> dict[str, int]:
        """Key by id, of the passages of a collection whose vectors come from the model called `fingerprint`."""
        query = """SELECT p.id, p.key FROM passages p JOIN sources s ON s.id = p.source_id
                   WHERE s.collection = ? AND s.fingerprint = ?"""
        return dict(self._rows(query, collection, fingerprint))

    def vectors(self, keys: Sequence[int], *, tokens: bool = True) -> dict[int, StoredVectors]:
        """Vectors by key; without `tokens` they are left unread, which is most of the bytes."""
        query = f"""SELECT key, passage, spans, sentences, {"tokens" if tokens else "x''"} FROM vectors
                    WHERE key IN (SELECT value FROM json_each(?))"""
        return {row[0]: as_vectors(row) for row in self._rows(query, json.dumps([int(key) for key in keys]))}

    def keys(self, scope: Scope) -> list[int]:
        """Keys of all passages within a scope, in ascending order."""
        wanted, values = condition(scope)
        query = f"SELECT p.key FROM passages p JOIN sources s ON s.id = p.source_id WHERE {wanted} ORDER BY 1"
        return [row[0] for row in self._rows(query, *values)]

    def passage_vectors(self, keys: Sequence[int], fingerprint: str) -> tuple[list[int], "np.ndarray"]:
        """Those of the keys whose vectors come from the model called `fingerprint`, and these, float32 (n, d)."""
        query = """SELECT v.key, v.passage FROM vectors v JOIN passages p ON p.key = v.key
                   JOIN sources s ON s.id = p.source_id
                   WHERE v.key IN (SELECT value FROM json_each(?)) AND s.fingerprint = ?"""
        rows = self._rows(query, json.dumps(list(keys)), fingerprint)
        return [row[0] for row in rows], np.frombuffer(b"".join(row[1] for row in rows), "<f4").reshape(len(rows), -1)

    def sparse(self, query_terms: Sequence[str], k: int, scope: Scope = EVERYWHERE) -> list[tuple[int, float]]:
        """Keys and BM25 scores (higher is better) of the best `k` passages that hold any of the terms.

        Source: FTS5's bm25(), k1 = 1.2, b = 0.75, https://www.sqlite.org/fts5.html#the_bm25_function.
        """
        if not query_terms:
            return []
        match = " OR ".join('"' + term.replace('"', "") + '"' for term in dict.fromkeys(query_terms))
        wanted, values = condition(scope)
        within = "" if scope == EVERYWHERE else _WITHIN.format(wanted)
        query = f"SELECT rowid, -bm25(words) FROM words WHERE words MATCH ? {within} ORDER BY 2 DESC, 1 LIMIT ?"
        return self._rows(query, match, *values, k)

    def document_counts(self, query_terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; 0 where in none."""
        query = """SELECT w.value, v.doc FROM json_each(?) w JOIN vocabulary v ON v.term = w.value"""
        return {**dict.fromkeys(query_terms, 0), **dict(self._rows(query, json.dumps(list(query_terms))))}

    def followed(self, index: str) -> int:
        """The generation that the index called `index` has followed to."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", f"index:{index}")
        return int(rows[0][0]) if rows else 0

    def noted(self, name: str) -> str:
        """What was noted under `name`; empty where nothing was."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", f"note:{name}")
        return rows[0][0] if rows else ""

    # Writing: by whoever holds the workspace's lock (`workspace.hold`)

    def store(
        self,
        source: Source,
        loaded: "LoadedText",
        passages: Iterable[tuple["PassageSpan", "PassageVectors"]],
        *,
        stamp: Stamp,
        fingerprint: str,
    ) -> Change:
        """Store a source, in place of what was stored under its id. All of it, or, where anything fails, none.

        `passages` may be a generator that computes as it goes: nothing of a source need be in memory as a whole.
        """
        text, hashed = loaded.text, text_hash(loaded.text)
        with self._change() as connection:
            relying = detach(connection, source.id, hashed)
            removed = _remove(connection, source.id)
            _insert(connection, "sources", *_source_row(source), *stamp, fingerprint, "")
            starts = None if loaded.page_starts is None else json.dumps(loaded.page_starts)
            _insert(connection, "texts", source.id, text, starts, loaded.layout.to_json(), hashed)
            attach(connection, source.id, relying, fingerprint)
            added = [_add_passage(connection, source, text, span, vectors) for span, vectors in passages]
        return Change(source.collection, removed, added)

    def store_same(self, source: Source, *, stamp: Stamp, fingerprint: str) -> Change:
        """Store a source that holds the text of another one, `source.same_as`: it has no passages of its own."""
        with self._change() as connection:
            removed = _remove(connection, source.id)
            _insert(connection, "sources", *_source_row(source), *stamp, fingerprint, source.same_as)
        return Change(source.collection, removed, [])

    def remove(self, source_id: str) -> Change | None:
        """Remove a source and all that came from it; None where there is none.

        Where another source holds the same text, that one keeps it, with passages yet to be encoded (`stale`).
        """
        source = self.source(source_id)
        if source is None:
            return None
        with self._change() as connection:
            removed = _remove(connection, source_id)
        return Change(source.collection, removed, [])

    def restamp(self, source_id: str, stamp: Stamp) -> None:
        """Note that a file with a new time has the text that is stored; no change of generation."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE sources SET size = ?, mtime_ns = ?, read_ns = ? WHERE id = ?", (*stamp, source_id)
            )

    def follow(self, index: str, generation: int) -> None:
        """Note that an index has followed to `generation`."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"index:{index}", str(generation)))

    def note(self, name: str, value: str) -> None:
        """Keep `value` under `name`: something derived that is dear to compute. Any process may, at any time."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"note:{name}", value))

    def purge(self) -> None:
        """Leave no trace of what was removed: neither in the full-text index nor in the write-ahead log."""
        with self._transaction() as connection:
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        with _translated(self.home), self._writing:
            self._write_connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with _translated(self.home), self._reading:
            return self._reader.execute(query, values).fetchall()

    def _write_connection(self) -> sqlite3.Connection:
        if self._writer is None:
            self._writer = workspace.connect(self.home)
        return self._writer

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with _translated(self.home), self._writing:
            connection = self._write_connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _change(self) -> Generator[sqlite3.Connection]:
        with self._transaction() as connection:
            connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
            yield connection


# The plus keeps SQLite from running the full-text query once a row of the collection (measured: 50 ms, not 1).
_WITHIN = """AND +rowid IN (SELECT p.key FROM passages p JOIN sources s ON s.id = p.source_id WHERE {})"""


@contextmanager
def _translated(home: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise WorkspaceError(
            f"the catalogue in {home} cannot be used: {error}; what was stored before is untouched"
        ) from error


def _insert(connection: sqlite3.Connection, table: str, *values: Any) -> int:
    marks = ", ".join("?" * len(values))
    return connection.execute(f"INSERT INTO {table} VALUES ({marks})", values).lastrowid or 0


def _source_row(source: Source) -> tuple[Any, ...]:
    added_at = (source.added_at or datetime.now(UTC)).isoformat()
    return (
        source.id, source.collection, source.root, source.path, source.title, source.kind,
        source.sha256, source.pages, added_at,
    )  # fmt: skip


def _remove(connection: sqlite3.Connection, source_id: str) -> list[str]:
    pass_on(connection, source_id)
    rows = connection.execute("SELECT id, key FROM passages WHERE source_id = ?", (source_id,)).fetchall()
    connection.executemany("DELETE FROM words WHERE rowid = ?", ((key,) for _, key in rows))
    connection.execute("DELETE FROM sources WHERE id = ?", (source_id,))
    return [identity for identity, _ in rows]


def _add_passage(
    connection: sqlite3.Connection, source: Source, text: str, span: "PassageSpan", vectors: "PassageVectors"
) -> int:
    quote = text[span.start : span.end]
    identity = passage_id(source, span.start, span.end, span.headings)
    headings = json.dumps(span.headings, ensure_ascii=False)
    key = _insert(
        connection, "passages", None, identity, source.id, span.start, span.end, quote, headings, span.page, span.line,
        span.place,
    )  # fmt: skip
    passage = np.asarray(vectors.passage, "<f4").tobytes()
    spans = np.asarray(vectors.spans, "<i4").tobytes()
    _insert(connection, "vectors", key, passage, spans, vectors.sentences, vectors.tokens)
    words = index_terms("\n".join((source.title, *span.headings, quote)))
    connection.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (key, words))
    return key
