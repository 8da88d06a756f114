"""The catalogue: every source with its text, passages, vectors and words, in one SQLite file. The truth.

Each change is one transaction and counts the generation up by one; indexes elsewhere (`retrieval/stores/`) are
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
from pathlib import Path
from typing import TYPE_CHECKING

from vademecum.core.types import Source
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.reader import CatalogueReader, translated
from vademecum.retrieval.catalogue.records import Change, Stamp
from vademecum.retrieval.catalogue.rows import SOURCE_ROW, add_passage, insert, remove_rows, source_row
from vademecum.retrieval.catalogue.shared_texts import attach, detach, text_hash
from vademecum.retrieval.knowledge import store as knowledge
from vademecum.retrieval.languages import SourceLanguage

if TYPE_CHECKING:
    from vademecum.retrieval.encode import PassageVectors
    from vademecum.retrieval.loaders import LoadedText
    from vademecum.retrieval.passages import PassageSpan

NOTE_PATIENCE = 0.5
"""Seconds that a note waits for a writer: a question must not wait for a book to be stored."""


class Catalogue(CatalogueReader):
    """The catalogue of the workspace in `home`, which is made where it is missing.

    Every method raises WorkspaceError where the file cannot be read or written.
    """

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._writer: sqlite3.Connection | None = None
        self._writing = threading.RLock()

    def close(self) -> None:
        """Close the file; the catalogue is of no use afterwards."""
        with self._writing:
            super().close()
            if self._writer is not None:
                self._writer.close()

    def store(
        self,
        source: Source,
        loaded: "LoadedText",
        passages: Iterable[tuple["PassageSpan", "PassageVectors"]],
        *,
        stamp: Stamp,
        fingerprint: str,
        splitter: str = "",
    ) -> Change:
        """Store a source, in place of what was stored under its id. All of it, or, where anything fails, none.

        `passages` may be a generator that computes as it goes: nothing of a source need be in memory as a whole.
        """
        text, hashed = loaded.text, text_hash(loaded.text)
        language = SourceLanguage(text)
        with self._change() as connection:
            dependents = detach(connection, source.id, hashed)
            removed = remove_rows(connection, source.id)
            insert(connection, SOURCE_ROW, *source_row(source), *stamp, fingerprint, "", splitter)
            starts = None if loaded.page_starts is None else json.dumps(loaded.page_starts)
            insert(connection, "texts", source.id, text, starts, loaded.layout.to_json(), hashed)
            attach(connection, source.id, dependents, fingerprint, splitter)
            added = [add_passage(connection, source, text, span, vectors, language) for span, vectors in passages]
            knowledge.finish(connection, source.id, knowledge.BY_RULES)
        return Change(source.collection, removed, added)

    def store_same(self, source: Source, *, stamp: Stamp, fingerprint: str, splitter: str = "") -> Change:
        """Store a source that holds the text of another one, `source.same_as`: it has no passages of its own."""
        with self._change() as connection:
            removed = remove_rows(connection, source.id)
            insert(connection, SOURCE_ROW, *source_row(source), *stamp, fingerprint, source.same_as, splitter)
        return Change(source.collection, removed, [])

    def remove(self, source_id: str) -> Change | None:
        """Remove a source and all that came from it; None where there is none.

        Where another source holds the same text, that one keeps it, with passages yet to be encoded (`stale`).
        """
        source = self.source(source_id)
        if source is None:
            return None
        with self._change() as connection:
            removed = remove_rows(connection, source_id)
        return Change(source.collection, removed, [])

    def restamp(self, source_id: str, stamp: Stamp) -> None:
        """Note that a file with a new time has the text that is stored; no change of generation."""
        with self._transaction() as connection:
            connection.execute(
                "UPDATE sources SET size = ?, mtime_ns = ?, read_ns = ? WHERE id = ?", (*stamp, source_id)
            )

    def touch(self) -> int:
        """Count a generation in which no passage changed, so that readers of an index open it anew; its number."""
        with self._change():
            pass
        return self.generation

    def follow(self, index: str, generation: int) -> None:
        """Note that an index has followed to `generation`."""
        with self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"index:{index}", str(generation)))

    def note(self, name: str, value: str) -> None:
        """Keep `value` under `name`: something derived that is costly to compute. Any process may, at any time.

        Raises WorkspaceError at once where another process is in the middle of a write: it may go on for long.
        """
        with self._transaction(wait=NOTE_PATIENCE) as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"note:{name}", value))

    def retell(self, source_id: str, extracts: Sequence[tuple[int, knowledge.Extract]], extractor: str) -> None:
        """Store the knowledge graph of a source anew: what each passage (its key) says, found by `extractor`.

        Nothing where the passages have changed since they were read. No change of generation.
        """
        rows = self.passages_of(source_id)
        if [row.key for row in rows] != [key for key, _ in extracts]:
            return
        with self._transaction() as connection:
            knowledge.clear(connection, source_id)
            for row, (key, extract) in zip(rows, extracts, strict=True):
                knowledge.add(connection, key, row.passage.start, row.title, extract)
            knowledge.finish(connection, source_id, extractor)

    def purge(self) -> None:
        """Leave no trace of what was removed: neither in the full-text index nor in the write-ahead log."""
        with self._transaction() as connection:
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")
        with translated(self.home), self._writing:
            database.empty_log(self._write_connection())

    def _write_connection(self) -> sqlite3.Connection:
        if self._writer is None:
            self._writer = database.connect(self.home)
        return self._writer

    @contextmanager
    def _transaction(self, *, wait: float = database.PATIENCE) -> Generator[sqlite3.Connection]:
        with translated(self.home), self._writing:
            connection = self._write_connection()
            connection.execute(f"PRAGMA busy_timeout = {round(wait * 1000)}")
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
