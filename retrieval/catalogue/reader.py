"""What the catalogue holds, as any thread may read it; `retrieval/catalogue/catalogue.py` adds what changes it."""

import json
import sqlite3
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from vademecum.core.errors import WorkspaceError
from vademecum.core.types import EVERYWHERE, Scope, Source
from vademecum.language.stems import ENGLISH
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.listing import ListedSource, ListedSources, SourceQuery, select_page, select_source
from vademecum.retrieval.catalogue.records import (
    PASSAGE_COLUMNS,
    SOURCE_COLUMNS,
    VECTOR_COLUMNS,
    Stamp,
    StoredPassage,
    StoredVectors,
    as_passage,
    as_source,
    as_vectors,
)
from vademecum.retrieval.catalogue.shared_texts import HOLDER, text_hash
from vademecum.retrieval.layout import Layout
from vademecum.retrieval.scope import condition

# The plus keeps SQLite from running the full-text query once a row of the collection (measured: 50 ms, not 1).
_WITHIN = """AND +rowid IN (SELECT p.key FROM passages p JOIN sources s ON s.id = p.source_id WHERE {})"""


class CatalogueReader:
    """The reading side of the catalogue of the workspace in `home`, which is made where it is missing.

    Every method raises WorkspaceError where the file cannot be read.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self._reader = database.connect(home)
        self._languages: tuple[int, tuple[str, ...]] = (-1, (ENGLISH,))
        self._reading = threading.RLock()

    def close(self) -> None:
        """Close the file; the catalogue is of no use afterwards."""
        with self._reading:
            self._reader.close()

    @property
    def generation(self) -> int:
        """How many changes have been committed, by any process."""
        return int(self._rows("SELECT value FROM meta WHERE name = 'generation'")[0][0])

    def sources(self, collection: str | None = None) -> list[Source]:
        """The sources of one collection, or of all, by root and path."""
        query = f"SELECT {SOURCE_COLUMNS} FROM sources WHERE ? IS NULL OR collection = ? ORDER BY root, path"
        return [as_source(row) for row in self._rows(query, collection, collection)]

    def source_count(self) -> int:
        """Number of sources."""
        return self._rows("SELECT count(*) FROM sources")[0][0]

    def has_root(self, root: str) -> bool:
        """Whether any source comes from this folder or site."""
        return bool(self._rows("SELECT 1 FROM sources WHERE root = ? LIMIT 1", root))

    def ambiguous_paths(self) -> frozenset[str]:
        """Paths that sources of several roots have."""
        query = "SELECT path FROM sources GROUP BY path HAVING min(root) < max(root)"
        return frozenset(path for (path,) in self._rows(query))

    def source(self, source_id: str) -> Source | None:
        """The source of that id; None where there is none."""
        rows = self._rows(f"SELECT {SOURCE_COLUMNS} FROM sources WHERE id = ?", source_id)
        return as_source(rows[0]) if rows else None

    def list_sources(self, request: SourceQuery) -> ListedSources:
        """A page of sources, with what a person wants to know of each."""
        return select_page(self._rows, request)

    def listed_source(self, source_id: str) -> ListedSource | None:
        """One source as `list_sources` lists it; None where there is none."""
        return select_source(self._rows, source_id)

    def places(self) -> list[tuple[str, str, str]]:
        """Collection, root and path of every source."""
        return self._rows("SELECT collection, root, path FROM sources")

    def text(self, source_id: str) -> str:
        """The source's whole text, which all offsets count in; empty where the source has been forgotten."""
        rows = self._rows(f"SELECT text FROM texts WHERE source_id = {HOLDER}", source_id)
        return rows[0][0] if rows else ""

    def text_hash(self, source_id: str) -> str:
        """The hash of the source's text, SHA-256; empty where the source has been forgotten."""
        rows = self._rows(f"SELECT sha256 FROM texts WHERE source_id = {HOLDER}", source_id)
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
        """By path, what is known of the files of one root: stamp, SHA-256, and the recipe it is stored by."""
        query = """SELECT path, size, mtime_ns, read_ns, sha256, fingerprint || splitter FROM sources
                   WHERE collection = ? AND root = ?"""
        return {row[0]: (Stamp(*row[1:4]), row[4], row[5]) for row in self._rows(query, collection, root)}

    def stale(self, recipe: str) -> list[Source]:
        """Sources that are stored by another recipe (`Library.recipe`), or whose passages are missing."""
        query = f"""SELECT {SOURCE_COLUMNS} FROM sources WHERE fingerprint || splitter != ? AND same_as = ''
                    ORDER BY root, path"""
        return [as_source(row) for row in self._rows(query, recipe)]

    def stamp(self, source_id: str) -> Stamp | None:
        """The source's file as it was when it was read; None where there is none."""
        rows = self._rows("SELECT size, mtime_ns, read_ns FROM sources WHERE id = ?", source_id)
        return Stamp(*rows[0]) if rows else None

    def of_other_models(self, fingerprint: str) -> int:
        """Number of sources whose vectors come from another embedding model than the one called `fingerprint`."""
        query = "SELECT count(*) FROM sources WHERE fingerprint NOT IN (?, '') AND same_as = ''"
        return self._rows(query, fingerprint)[0][0]

    def passed_on(self) -> bool:
        """Whether any source has taken over the text of one that is gone, and awaits its passages."""
        return bool(self._rows("SELECT 1 FROM sources WHERE fingerprint = '' LIMIT 1"))

    def languages(self) -> tuple[str, ...]:
        """Languages whose stems the full-text index holds, sorted; what is not known is stemmed as English."""
        if (cached := self._languages)[0] != (generation := self.generation):
            rows = self._rows("SELECT DISTINCT coalesce(nullif(language, ''), ?) FROM passages ORDER BY 1", ENGLISH)
            cached = self._languages = (generation, tuple(row[0] for row in rows) or (ENGLISH,))
        return cached[1]

    def language_counts(self) -> dict[str, dict[str, int]]:
        """Of each source the number of its passages in each language; empty for a language that is not known."""
        counts: dict[str, dict[str, int]] = {}
        query = "SELECT source_id, coalesce(language, ''), count(*) FROM passages GROUP BY 1, 2 ORDER BY 1, 3 DESC, 2"
        for source, language, count in self._rows(query):
            counts.setdefault(source, {})[language] = count
        return counts

    def languages_of(self, ids: Sequence[str]) -> dict[str, str]:
        """By passage id its language; empty for one that is not known."""
        query = "SELECT id, coalesce(language, '') FROM passages WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._rows(query, json.dumps(list(ids))))

    def collections(self) -> list[str]:
        """Names of the collections that hold anything."""
        return [row[0] for row in self._rows("SELECT DISTINCT collection FROM sources ORDER BY 1")]

    def kinds(self, collection: str | None = None) -> list[str]:
        """The kinds of the sources of one collection, or of all."""
        query = "SELECT DISTINCT kind FROM sources WHERE ? IS NULL OR collection = ? ORDER BY 1"
        return [row[0] for row in self._rows(query, collection, collection)]

    def passage_count(self, collection: str | None = None) -> int:
        """Number of passages."""
        if collection is None:
            return self._rows("SELECT count(*) FROM passages")[0][0]
        query = "SELECT count(*) FROM passages p JOIN sources s ON s.id = p.source_id WHERE s.collection = ?"
        return self._rows(query, collection)[0][0]

    def passages(self, *, keys: Sequence[int] | None = None, ids: Sequence[str] | None = None) -> list[StoredPassage]:
        """The passages of these keys or ids, in the order asked for; those gone meanwhile are left out."""
        column, names = ("p.key", keys) if ids is None else ("p.id", ids)
        query = f"""SELECT {PASSAGE_COLUMNS} FROM passages p JOIN sources s ON s.id = p.source_id
                    WHERE {column} IN (SELECT value FROM json_each(?))"""
        rows = [as_passage(row) for row in self._rows(query, json.dumps(list(names or ())))]
        by_name = {(row.key if ids is None else row.passage.id): row for row in rows}
        return [by_name[name] for name in names or () if name in by_name]

    def passages_of(self, source_id: str) -> list[StoredPassage]:
        """All passages of a source, in order."""
        query = f"""SELECT {PASSAGE_COLUMNS} FROM passages p JOIN sources s ON s.id = p.source_id
                    WHERE p.source_id = ? ORDER BY p.start"""
        return [as_passage(row) for row in self._rows(query, source_id)]

    def passages_beside(self, source_id: str, start: int, reach: int) -> list[StoredPassage]:
        """Of a source the passage that starts there, and up to `reach` before and after it, in order."""
        query = f"""SELECT {PASSAGE_COLUMNS} FROM passages p JOIN sources s ON s.id = p.source_id
                    WHERE p.source_id = ? AND p.start %s ? ORDER BY p.start %s LIMIT ?"""
        before = self._rows(query % ("<", "DESC"), source_id, start, reach)
        after = self._rows(query % (">=", "ASC"), source_id, start, reach + 1)
        return [as_passage(row) for row in (*reversed(before), *after)]

    def ids(self, collection: str, fingerprint: str) -> dict[str, int]:
        """Key by id, of the passages of a collection whose vectors come from the model called `fingerprint`."""
        query = """SELECT p.id, p.key FROM passages p JOIN sources s ON s.id = p.source_id
                   WHERE s.collection = ? AND s.fingerprint = ?"""
        return dict(self._rows(query, collection, fingerprint))

    def keys_of(self, ids: Sequence[str]) -> dict[str, int]:
        """Key by id, of the passages that are there."""
        query = "SELECT id, key FROM passages WHERE id IN (SELECT value FROM json_each(?))"
        return dict(self._rows(query, json.dumps(list(ids))))

    def vectors(self, keys: Sequence[int], *, tokens: bool = True) -> dict[int, StoredVectors]:
        """Vectors by key; without `tokens` they are left unread, which is most of the bytes."""
        columns = VECTOR_COLUMNS if tokens else VECTOR_COLUMNS.replace("v.tokens", "x''")
        query = f"""SELECT {columns} FROM vectors v JOIN passages p ON p.key = v.key
                    WHERE v.key IN (SELECT value FROM json_each(?))"""
        return {row[0]: as_vectors(row) for row in self._rows(query, json.dumps([int(key) for key in keys]))}

    def keys(self, scope: Scope) -> list[int]:
        """Keys of all passages within a scope, in ascending order."""
        clause, values = condition(scope)
        query = f"SELECT p.key FROM passages p JOIN sources s ON s.id = p.source_id WHERE {clause} ORDER BY 1"
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
        clause, values = condition(scope)
        within = "" if scope == EVERYWHERE else _WITHIN.format(clause)
        query = f"SELECT rowid, -bm25(words) FROM words WHERE words MATCH ? {within} ORDER BY 2 DESC, 1 LIMIT ?"
        return self._rows(query, match, *values, k)

    def document_counts(self, query_terms: Sequence[str]) -> dict[str, int]:
        """In how many passages each term occurs; 0 where in none."""
        query = """SELECT w.value, v.doc FROM json_each(?) w JOIN vocabulary v ON v.term = w.value"""
        return {**dict.fromkeys(query_terms, 0), **dict(self._rows(query, json.dumps(list(query_terms))))}

    def occurrences(self, term: str) -> "np.ndarray":
        """Keys of the passages that hold the term, once for each time that they do, int64 (n,)."""
        rows = self._rows("SELECT doc FROM occurrences WHERE term = ?", term)
        return np.fromiter((row[0] for row in rows), np.int64, len(rows))

    def word_lengths(self, keys: Sequence[int]) -> dict[int, float]:
        """By key the length of the passage's words (`vademecum.retrieval.terms.word_length`)."""
        query = "SELECT key, length FROM word_lengths WHERE key IN (SELECT value FROM json_each(?))"
        return dict(self._rows(query, json.dumps([int(key) for key in keys])))

    def followed(self, index: str) -> int:
        """The generation that the index called `index` has followed to."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", f"index:{index}")
        return int(rows[0][0]) if rows else 0

    def noted(self, name: str) -> str:
        """What was noted under `name`; empty where nothing was."""
        rows = self._rows("SELECT value FROM meta WHERE name = ?", f"note:{name}")
        return rows[0][0] if rows else ""

    def rows(self, query: str, *values: Any) -> list[Any]:
        """The rows of a query, for what is kept beside the passages (`retrieval/knowledge/store.py`)."""
        return self._rows(query, *values)

    def _rows(self, query: str, *values: Any) -> list[Any]:
        with translated(self.home), self._reading:
            return self._reader.execute(query, values).fetchall()


@contextmanager
def translated(home: Path) -> Generator[None]:
    """Have what SQLite raises meanwhile be a WorkspaceError that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        if database.is_damage(error):
            raise WorkspaceError(
                f"the catalogue in {home} is damaged ({error}); see: vade doctor; {database.FROM_BACKUP}"
            ) from error
        full = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
        remedy = "free some disk space and do it again; " if full else ""
        raise WorkspaceError(
            f"the catalogue in {home} cannot be used: {error}; {remedy}what was stored before is untouched"
        ) from error
