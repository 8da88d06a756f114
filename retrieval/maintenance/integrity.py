"""Whether a workspace is sound: the catalogue in itself, and what is derived from it; and how it is set right.

    for damage in damages(library): print(damage.fault, damage.remedy)
    repair(library)

The catalogue is the truth: whatever else is missing or wrong is made anew from it. Where it is itself at fault, what
can be found out is said, and what of it is lost is read again from the files at the next ingestion.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.database import FROM_BACKUP
from vademecum.retrieval.catalogue.migrations import WORDS
from vademecum.retrieval.catalogue.records import (
    PASSAGE_COLUMNS,
    SOURCE_COLUMNS,
    VECTOR_COLUMNS,
    Row,
    as_passage,
    as_source,
    as_vectors,
)
from vademecum.retrieval.catalogue.rows import index_words
from vademecum.retrieval.catalogue.shared_texts import text_hash
from vademecum.retrieval.stores import FOLDERS

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library

Part = Literal["file", "sources", "links", "texts", "passages", "vectors", "words", "index"]

PROBES = 20
"""Passages that the vector index is asked for, drawn evenly: each must find itself."""

REPAIR = "vade doctor --repair"
_ANEW = f"{REPAIR}, then ingest them again"


class Damage(NamedTuple):
    """One thing that is wrong; `sources` are the ids of those concerned, or their rows where they are at fault.

    `remedy` is what to do about it.
    """

    part: Part
    fault: str
    remedy: str = REPAIR
    sources: tuple[str | int, ...] = ()


def damages(library: "Library") -> list[Damage]:
    """What is wrong with the workspace; empty where it is sound. Memory is bounded by the largest text.

    Raises:
        WorkspaceError: the catalogue cannot be opened at all.
    """
    with closing(database.connect(library.home)) as connection:
        defects = list(_of_file(connection))
        if defects:
            return defects  # nothing read from it can be relied on
        try:
            for look in (_of_sources, _of_links, _of_texts, _of_vectors, _of_words):
                defects += look(connection)
        except sqlite3.DatabaseError as error:
            return [Damage("file", f"the catalogue cannot be read through ({error})", FROM_BACKUP)]
    # Above rows that cannot be read there is no index to be compared with.
    return defects if any(damage.part == "sources" for damage in defects) else [*defects, *_of_index(library)]


def repair(library: "Library") -> list[Damage]:
    """Set right what can be, from the catalogue; what is still wrong then.

    Raises:
        WorkspaceError: the catalogue cannot be opened or written, or another process is writing it.
    """
    from vademecum.retrieval.ingestion.ingestion_run import encode_stale

    with database.hold(library.home):
        defects = damages(library)
        if any(damage.part == "file" for damage in defects):
            return defects
        parts = {damage.part for damage in defects}
        with closing(database.connect(library.home)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if "links" in parts:
                _drop_loose_ends(connection)
            for damage in defects:
                _mark(connection, damage)
            if parts & {"words", "links"}:
                _rebuild_words(connection)
            connection.execute("UPDATE meta SET value = value + 1 WHERE name = 'generation'")
            connection.execute("COMMIT")
        if "index" in parts:
            _rebuild_index(library)
        encode_stale(library)
        with suppress(WorkspaceError):
            library.vectors.repair()
        return damages(library)


def _of_file(connection: sqlite3.Connection) -> Iterator[Damage]:
    try:
        lines = [row[0] for row in connection.execute("PRAGMA integrity_check(5)")]
    except sqlite3.DatabaseError as error:
        lines = [str(error)]
    # The full-text index is looked at by itself: it can be made anew.
    wrong = [line for line in lines if line != "ok" and "fts5" not in line.lower() and "words" not in line]
    if wrong:
        yield Damage("file", f"the catalogue's file is damaged ({'; '.join(wrong)[:200]})", FROM_BACKUP)


def _of_sources(connection: sqlite3.Connection) -> Iterator[Damage]:
    """Sources of which a column is not what is stored there."""
    rows = connection.execute(f"SELECT {SOURCE_COLUMNS}, rowid FROM sources")
    if wrong := tuple(rowid for *row, rowid in rows if not _reads(as_source, tuple(row))):
        yield Damage("sources", f"the names of {_many(wrong)} cannot be read", _ANEW, wrong)


def _reads(read: Callable[[Row], object], row: Row) -> bool:
    try:
        read(row)
    except WorkspaceError:
        return False
    return True


def _of_links(connection: sqlite3.Connection) -> Iterator[Damage]:
    loose = len(connection.execute("PRAGMA foreign_key_check").fetchall())
    if loose:
        yield Damage("links", f"{loose} rows of the catalogue belong to nothing")
    query = """SELECT id FROM sources WHERE same_as != '' AND same_as NOT IN (SELECT source_id FROM texts)
               UNION SELECT id FROM sources WHERE same_as = '' AND id NOT IN (SELECT source_id FROM texts)"""
    if textless := tuple(row[0] for row in connection.execute(query)):
        yield Damage("texts", f"{_many(textless)} lost their text", _ANEW, textless)


def _of_texts(connection: sqlite3.Connection) -> Iterator[Damage]:
    """Texts that are not what was stored, and passages that are not their text's, or in no order."""
    altered, wrong = [], []
    for (source_id,) in connection.execute("SELECT source_id FROM texts").fetchall():
        query = "SELECT text, sha256 FROM texts WHERE source_id = ?"
        text, hashed = connection.execute(query, (source_id,)).fetchone()
        if text_hash(text) != hashed:
            altered.append(source_id)
        query = f"""SELECT {PASSAGE_COLUMNS} FROM passages p JOIN sources s ON s.id = p.source_id
                    WHERE p.source_id = ? ORDER BY p.start"""
        rows = connection.execute(query, (source_id,)).fetchall()
        pending = connection.execute("SELECT fingerprint = '' FROM sources WHERE id = ?", (source_id,)).fetchone()
        if not (pending and pending[0]) and not (_all_read(rows) and _cover(text, [row[3:6] for row in rows])):
            wrong.append(source_id)
    if altered:
        fault = f"the text of {_many(altered)} is not the one that was stored"
        yield Damage("texts", fault, _ANEW, (*altered,))
    if wrong:
        yield Damage("passages", f"the passages of {_many(wrong)} are not those of their text", sources=(*wrong,))


def _all_read(rows: Sequence[Row]) -> bool:
    return all(_reads(as_passage, row) for row in rows)


def _cover(text: str, rows: Sequence[tuple[int, int, str]]) -> bool:
    """Whether passages give the text's own characters, in order, and leave out nothing but white space."""
    at = 0
    for start, end, quote in rows:
        if text[start:end] != quote or text[at:start].strip():
            return False
        at = max(at, end)
    return not text[at:].strip()


def _of_vectors(connection: sqlite3.Connection) -> Iterator[Damage]:
    query = f"""SELECT p.source_id, {VECTOR_COLUMNS} FROM passages p LEFT JOIN vectors v ON v.key = p.key"""
    wrong = dict.fromkeys(
        source_id
        for source_id, *row in connection.execute(query)
        if not row[3] or len(row[3]) % 4 or not _reads(as_vectors, tuple(row))
    )
    if wrong:
        yield Damage("vectors", f"{_many((*wrong,))} have passages without vectors, or with others", sources=(*wrong,))


def _of_words(connection: sqlite3.Connection) -> Iterator[Damage]:
    try:
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 0)")
        query = """SELECT count(*) FROM passages p LEFT JOIN words_docsize w ON w.id = p.key WHERE w.id IS NULL
                   UNION ALL SELECT count(*) FROM words_docsize w LEFT JOIN passages p ON p.key = w.id
                   WHERE p.key IS NULL"""
        missing, loose = (row[0] for row in connection.execute(query))
        fault = f"the full-text index lacks {missing} passages and has {loose} too many" if missing or loose else ""
    except sqlite3.DatabaseError as error:
        # Looking takes the right to write; a workspace that is read-only or being written is not damaged for that.
        damaged = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR)
        fault = f"the full-text index is damaged ({error})" if damaged else ""
    if fault:
        yield Damage("words", fault)


def _of_index(library: "Library") -> Iterator[Damage]:
    """The vector index against the catalogue: the same passages, and each of a few finds itself."""
    catalogue, vectors = library.catalogue, library.vectors
    if vectors.behind:
        yield Damage("index", "the vector index lags behind the documents")
        return
    try:
        for name in catalogue.collections():
            ids = catalogue.ids(name, library.fingerprint)
            if (count := vectors.count(name)) != len(ids):
                yield Damage("index", f"the vector index has {count} passages of {name!r}, not {len(ids)}")
                return
            if lost := _lost(library, name, ids):
                yield Damage("index", f"the vector index does not find {lost} of {PROBES} passages of {name!r}")
                return
    except WorkspaceError as error:
        yield Damage("index", str(error))


def _lost(library: "Library", collection: str, ids: dict[str, int]) -> int:
    """How many of a few passages are not the nearest to their own vector, nor as near as the nearest."""
    step = max(1, len(ids) // PROBES)
    keys = list(ids.values())[::step][:PROBES]
    lost = 0
    rows = library.catalogue.vectors(keys, tokens=False).values()
    for vector in (row.passage for row in rows if row.passage.size):
        nearest = library.vectors.search(vector, 1, collection)
        lost += not nearest or nearest[0][1] < float(np.dot(vector, vector)) - 1e-3
    return lost


def _drop_loose_ends(connection: sqlite3.Connection) -> None:
    for statement in (
        "DELETE FROM texts WHERE source_id NOT IN (SELECT id FROM sources)",
        "DELETE FROM passages WHERE source_id NOT IN (SELECT id FROM sources)",
        "DELETE FROM vectors WHERE key NOT IN (SELECT key FROM passages)",
        "DELETE FROM word_lengths WHERE key NOT IN (SELECT key FROM passages)",
        "DELETE FROM mentions WHERE passage NOT IN (SELECT key FROM passages)",
        "DELETE FROM relations WHERE passage NOT IN (SELECT key FROM passages)",
        "DELETE FROM extracted WHERE source_id NOT IN (SELECT id FROM sources)",
    ):
        connection.execute(statement)


def _mark(connection: sqlite3.Connection, damage: Damage) -> None:
    """Have the sources concerned encoded anew from their text; or, where that is lost, read anew."""
    parameters = (json.dumps(damage.sources),)
    concerned = f"{'rowid' if damage.part == 'sources' else 'id'} IN (SELECT value FROM json_each(?))"
    if damage.part in ("passages", "vectors"):
        connection.execute(f"UPDATE sources SET fingerprint = '' WHERE {concerned}", parameters)
    elif damage.part in ("sources", "texts"):
        lost = f"SELECT id FROM sources WHERE {concerned}"
        keys = connection.execute(f"SELECT key FROM passages WHERE source_id IN ({lost})", parameters).fetchall()
        with suppress(sqlite3.DatabaseError):  # where the index is damaged too, it is made anew
            connection.executemany("DELETE FROM words WHERE rowid = ?", keys)
        connection.execute(f"DELETE FROM sources WHERE {concerned} OR same_as IN ({lost})", parameters * 2)


def _rebuild_words(connection: sqlite3.Connection) -> None:
    """Make the full-text index anew. Dropped as tables, since what is damaged cannot be emptied."""
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("DELETE FROM sqlite_schema WHERE name IN ('words', 'vocabulary', 'occurrences')")
    for part in ("data", "idx", "content", "docsize", "config"):
        connection.execute(f"DROP TABLE IF EXISTS words_{part}")
    connection.execute("PRAGMA writable_schema = RESET")
    for statement in WORDS:
        connection.execute(statement)
    rows = connection.execute(
        """SELECT p.key, p.language, s.title, p.headings, p.text FROM passages p JOIN sources s ON s.id = p.source_id
           ORDER BY p.key"""
    )
    while some := rows.fetchmany(1000):
        for key, language, title, headings, text in some:
            index_words(connection, key, "\n".join((title, *json.loads(headings), text)), language)


def _rebuild_index(library: "Library") -> None:
    """Remove the vector index and make it anew: what is damaged in it cannot be known."""
    library.vectors.close()
    for folder in FOLDERS:
        shutil.rmtree(library.home / folder, ignore_errors=True)
    library.vectors.repair()


def _many(sources: Sequence[object]) -> str:
    return "1 document" if len(sources) == 1 else f"{len(sources)} documents"
