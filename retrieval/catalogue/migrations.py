"""The catalogue's schema, as the ordered list of steps that lead to it: add one at the end, never change one.

sources ── texts         one text a source, kept apart so that lists of sources stay light; sources of the same text
   │                     share that of one of them, which `same_as` names, and its passages
   └────── passages ── vectors     the passage's vector, its sentences and tokens (formats: retrieval/encode.py)
               └────── words       full-text index over stems (retrieval/terms.py)
               └────── mentions, relations ── entities     the knowledge graph (retrieval/knowledge/store.py)
vocabulary               in how many passages each stem occurs (a view of `words`)
occurrences              where each stem occurs (a view of `words`)
word_lengths             of each passage, how long its words are as a vector (retrieval/terms.py: word_length)
meta                     generation: counts committed changes; index:NAME: the generation an index has followed to
"""

import hashlib
import json
import sqlite3
from types import FunctionType

from vademecum.language.stems import ENGLISH
from vademecum.language.words import beyond_plain
from vademecum.retrieval.languages import of_script
from vademecum.retrieval.terms import index_terms, word_length


def m001_first(connection: sqlite3.Connection) -> None:
    """Sources, texts, passages, vectors, words, meta."""
    for statement in _M001.split(";"):
        connection.execute(statement)


_M001 = """
CREATE TABLE migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL);
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (
    id TEXT PRIMARY KEY,
    collection TEXT NOT NULL,
    root TEXT NOT NULL,
    path TEXT NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    pages INTEGER,
    added_at TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    read_ns INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    UNIQUE (collection, root, path)
);
CREATE TABLE texts (
    source_id TEXT PRIMARY KEY REFERENCES sources (id) ON DELETE CASCADE,
    text TEXT NOT NULL,
    page_starts TEXT
);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    source_id TEXT NOT NULL REFERENCES sources (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL,
    text TEXT NOT NULL,
    headings TEXT NOT NULL,
    page INTEGER,
    line INTEGER NOT NULL
);
CREATE INDEX passages_of_source ON passages (source_id, start);
CREATE TABLE vectors (
    key INTEGER PRIMARY KEY REFERENCES passages (key) ON DELETE CASCADE,
    passage BLOB NOT NULL,
    spans BLOB NOT NULL,
    sentences BLOB NOT NULL,
    tokens BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (terms, tokenize = 'unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, 'row');
INSERT INTO meta VALUES ('generation', '0')
"""


def m002_places(connection: sqlite3.Connection) -> None:
    """Places of passages, the layout they come from, and sources that hold the text of another."""
    for statement in _M002.split(";"):
        connection.execute(statement)
    for (source_id,) in connection.execute("SELECT source_id FROM texts").fetchall():
        text = connection.execute("SELECT text FROM texts WHERE source_id = ?", (source_id,)).fetchone()[0]
        hashed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        connection.execute("UPDATE texts SET sha256 = ? WHERE source_id = ?", (hashed, source_id))


_M002 = """
ALTER TABLE passages ADD COLUMN place TEXT;
ALTER TABLE texts ADD COLUMN layout TEXT;
ALTER TABLE texts ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE sources ADD COLUMN same_as TEXT NOT NULL DEFAULT '';
CREATE INDEX texts_by_hash ON texts (sha256)
"""


def m003_words_splitters_knowledge(connection: sqlite3.Connection) -> None:
    """Where stems occur and how long a passage's words are; which splitter cut a source (empty: the usual one), and the
    language of each passage (NULL: not known yet, stemmed as English); the knowledge graph, which for the sources there
    are is found when it is first needed, or at the next ingestion.
    """
    for statement in _M003.split(";"):
        connection.execute(statement)
    for key, indexed in connection.execute("SELECT rowid, terms FROM words").fetchall():
        connection.execute("INSERT INTO word_lengths VALUES (?, ?)", (key, word_length(indexed)))


_M003 = """
CREATE VIRTUAL TABLE occurrences USING fts5vocab (words, 'instance');
CREATE TABLE word_lengths (
    key INTEGER PRIMARY KEY REFERENCES passages (key) ON DELETE CASCADE,
    length REAL NOT NULL
);
ALTER TABLE sources ADD COLUMN splitter TEXT NOT NULL DEFAULT '';
ALTER TABLE passages ADD COLUMN language TEXT;
CREATE INDEX passages_by_language ON passages (language);
CREATE TABLE entities (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE mentions (
    passage INTEGER NOT NULL REFERENCES passages (key) ON DELETE CASCADE,
    entity INTEGER NOT NULL,
    times INTEGER NOT NULL,
    start INTEGER,
    end INTEGER,
    PRIMARY KEY (passage, entity)
) WITHOUT ROWID;
CREATE INDEX mentions_of_entity ON mentions (entity);
CREATE TABLE relations (
    passage INTEGER NOT NULL REFERENCES passages (key) ON DELETE CASCADE,
    subject INTEGER NOT NULL,
    label TEXT NOT NULL,
    object INTEGER NOT NULL,
    start INTEGER NOT NULL,
    end INTEGER NOT NULL
);
CREATE INDEX relations_of_passage ON relations (passage);
CREATE TABLE extracted (
    source_id TEXT PRIMARY KEY REFERENCES sources (id) ON DELETE CASCADE,
    extractor TEXT NOT NULL
) WITHOUT ROWID
"""


def m004_words_of_every_script(connection: sqlite3.Connection) -> None:
    """A full-text index that does not cut words at their vowel signs, and in it the words of passages with such signs,
    or without spaces between words, found anew.
    """
    retained = connection.execute("SELECT rowid, terms FROM words").fetchall()
    for statement in ("DROP TABLE vocabulary", "DROP TABLE occurrences", "DROP TABLE words", *WORDS):
        connection.execute(statement)
    for key, indexed in retained:
        row = connection.execute(_WITH_HEADINGS, (key,)).fetchone()
        if row is not None and beyond_plain(whole := "\n".join((row[0], *json.loads(row[1]), row[2]))):
            language = row[3] or of_script(row[2])
            indexed = index_terms(whole, language or ENGLISH)
            connection.execute("UPDATE passages SET language = ? WHERE key = ?", (language, key))
            connection.execute("INSERT OR REPLACE INTO word_lengths VALUES (?, ?)", (key, word_length(indexed)))
        connection.execute("INSERT INTO words (rowid, terms) VALUES (?, ?)", (key, indexed))


WORDS = (
    """CREATE VIRTUAL TABLE words USING fts5 (
        terms, tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'")""",
    "CREATE VIRTUAL TABLE vocabulary USING fts5vocab (words, 'row')",
    "CREATE VIRTUAL TABLE occurrences USING fts5vocab (words, 'instance')",
)
"""The full-text index as it is now: a word is of letters, numbers and their marks."""

_WITH_HEADINGS = """SELECT s.title, p.headings, p.text, p.language FROM passages p JOIN sources s ON s.id = p.source_id
                    WHERE p.key = ?"""

MIGRATIONS: tuple[FunctionType, ...] = (
    m001_first,
    m002_places,
    m003_words_splitters_knowledge,
    m004_words_of_every_script,
)
