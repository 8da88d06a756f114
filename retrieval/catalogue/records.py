"""What goes into the catalogue and comes out of it, beyond the words of `vademecum.core.types`."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from vademecum.core.types import Hit, Passage, Source


class Stamp(NamedTuple):
    """A file as it was when it was read: size in bytes, times in nanoseconds since 1970."""

    size: int
    mtime_ns: int
    read_ns: int

    def vouches_for(self, size: int, mtime_ns: int) -> bool:
        """True where a file of this size and time is surely the one that was read.

        Not so where it was read within two seconds of its last change: a second change in that moment may have left
        size and time as they were (FAT keeps times to two seconds).
        """
        return (size, mtime_ns) == (self.size, self.mtime_ns) and self.read_ns - self.mtime_ns > 2_000_000_000


class Change(NamedTuple):
    """What one transaction did to the passages of a collection: ids that went, keys that came."""

    collection: str
    removed: list[str]
    added: list[int]


class StoredPassage(NamedTuple):
    """A passage with what a reader sees of its source. `key` is its row number, never used twice."""

    key: int
    passage: Passage
    path: str
    root: str
    title: str
    sha256: str

    def hit(self, score: float) -> Hit:
        """The passage as something found."""
        return Hit(
            passage=self.passage, path=self.path, root=self.root, title=self.title, score=score, sha256=self.sha256
        )


class StoredVectors(NamedTuple):
    """A passage's vectors: `passage` float32 (d,), unit length; `spans` int32 (n, 2), sentences as source offsets.

    `sentences` and `tokens` are in the formats of `vademecum.retrieval.encode`; `tokens` is empty where it was not
    asked for.
    """

    key: int
    passage: np.ndarray
    spans: np.ndarray
    sentences: bytes
    tokens: bytes


def source_id(collection: str, root: str, path: str) -> str:
    """The same for the same place, so that a changed file keeps its id."""
    return _digest(collection, root, path)


def passage_id(source: Source, start: int, end: int, headings: Sequence[str]) -> str:
    """The same only for the same stretch of the same text under the same headings: a new text has new passages."""
    return _digest(source.id, source.sha256, source.title, str(start), str(end), *headings)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


SOURCE_COLUMNS = "id, path, root, title, kind, sha256, pages, added_at, collection, same_as"
PASSAGE_COLUMNS = (
    "p.key, p.id, p.source_id, p.start, p.end, p.text, p.headings, p.page, p.line, p.place, s.path, s.root, s.title, "
    "s.sha256"
)


def as_source(row: sqlite3.Row | tuple) -> Source:
    """A row of `SOURCE_COLUMNS`."""
    values = dict(zip(SOURCE_COLUMNS.split(", "), row, strict=True))
    return Source.model_validate({**values, "added_at": datetime.fromisoformat(values["added_at"])})


def as_passage(row: sqlite3.Row | tuple) -> StoredPassage:
    """A row of `PASSAGE_COLUMNS`."""
    key, identity, source, start, end, text, headings, page, line, place, path, root, title, sha256 = row
    passage = Passage(
        id=identity,
        source_id=source,
        start=start,
        end=end,
        text=text,
        headings=tuple(json.loads(headings)),
        page=page,
        line=line,
        place=place,
    )
    return StoredPassage(key, passage, path, root, title, sha256)


def as_vectors(row: sqlite3.Row | tuple) -> StoredVectors:
    """A row of key, passage, spans, sentences, tokens."""
    key, passage, spans, sentences, tokens = row
    return StoredVectors(
        key, np.frombuffer(passage, "<f4"), np.frombuffer(spans, "<i4").reshape(-1, 2), sentences, tokens
    )
