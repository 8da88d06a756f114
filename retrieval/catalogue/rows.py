"""How a source and its passages become rows of the catalogue and how they leave it, in the caller's transaction."""

import json
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from vademecum.core.types import Source
from vademecum.language.stems import ENGLISH
from vademecum.retrieval.catalogue.records import passage_id
from vademecum.retrieval.catalogue.shared_texts import pass_on
from vademecum.retrieval.knowledge import store as knowledge
from vademecum.retrieval.languages import SourceLanguage
from vademecum.retrieval.terms import index_terms, word_length

if TYPE_CHECKING:
    from vademecum.retrieval.encode import PassageVectors
    from vademecum.retrieval.passages import PassageSpan

SOURCE_ROW = """sources (id, collection, root, path, title, kind, sha256, pages, added_at, size, mtime_ns, read_ns,
                fingerprint, same_as, splitter)"""
PASSAGE_ROW = "passages (key, id, source_id, start, end, text, headings, page, line, place, language)"


def insert(connection: sqlite3.Connection, table: str, *values: Any) -> int:
    """Insert a row; its number."""
    marks = ", ".join("?" * len(values))
    return connection.execute(f"INSERT INTO {table} VALUES ({marks})", values).lastrowid or 0


def source_row(source: Source) -> tuple[Any, ...]:
    """The columns of `sources` that come from the source itself."""
    added_at = (source.added_at or datetime.now(UTC)).isoformat()
    return (
        source.id, source.collection, source.root, source.path, source.title, source.kind,
        source.sha256, source.pages, added_at,
    )  # fmt: skip


def remove_rows(connection: sqlite3.Connection, source_id: str) -> list[str]:
    """Remove a source and all that came from it; the ids of its passages."""
    pass_on(connection, source_id)
    rows = connection.execute("SELECT id, key FROM passages WHERE source_id = ?", (source_id,)).fetchall()
    connection.executemany("DELETE FROM words WHERE rowid = ?", ((key,) for _, key in rows))
    knowledge.clear(connection, source_id)
    connection.execute("DELETE FROM sources WHERE id = ?", (source_id,))
    return [identity for identity, _ in rows]


def add_passage(
    connection: sqlite3.Connection,
    source: Source,
    text: str,
    span: "PassageSpan",
    vectors: "PassageVectors",
    source_language: SourceLanguage,
) -> int:
    """Add a passage with its vectors, words and what the knowledge graph has of it; its key."""
    quote = text[span.start : span.end]
    identity = passage_id(source, span.start, span.end, span.headings)
    headings = json.dumps(span.headings, ensure_ascii=False)
    language = source_language.of(quote)
    key = insert(
        connection, PASSAGE_ROW, None, identity, source.id, span.start, span.end, quote, headings, span.page, span.line,
        span.place, language,
    )  # fmt: skip
    passage = np.asarray(vectors.passage, "<f4").tobytes()
    spans = np.asarray(vectors.spans, "<i4").tobytes()
    insert(connection, "vectors", key, passage, spans, vectors.sentences, vectors.tokens)
    index_words(connection, key, "\n".join((source.title, *span.headings, quote)), language)
    extract = knowledge.extract(quote, (source.title, *span.headings))
    knowledge.add(connection, key, span.start, source.title, extract)
    return key


def index_words(connection: sqlite3.Connection, key: int, text: str, language: str | None) -> None:
    """Put the words of a passage, its title and headings in front, into the full-text index."""
    words = index_terms(text, language or ENGLISH)
    connection.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (key, words))
    connection.execute("INSERT OR REPLACE INTO word_lengths VALUES (?, ?)", (key, word_length(words)))
