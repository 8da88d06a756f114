"""What goes into the catalogue and comes out of it, beyond the words of `vademecum.core.types`."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, TypeVar

import numpy as np

from vademecum.core.errors import WorkspaceError
from vademecum.core.types import Hit, Passage, Source
from vademecum.retrieval.encode import TOKEN_DIMENSIONS


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


Row = sqlite3.Row | tuple[Any, ...]
T = TypeVar("T")

SOURCE_COLUMNS = "id, path, root, title, kind, sha256, pages, added_at, collection, same_as"
PASSAGE_COLUMNS = (
    "p.key, p.id, p.source_id, p.start, p.end, p.text, p.headings, p.page, p.line, p.place, s.path, s.root, s.title, "
    "s.sha256"
)
VECTOR_COLUMNS = "v.key, p.start, p.end, v.passage, v.spans, v.sentences, v.tokens"


def _refusing(table: str) -> Callable[[Callable[[Row], T]], Callable[[Row], T]]:
    """Have a row that is not as it was written be a WorkspaceError that says what to do."""

    def decorate(read: Callable[[Row], T]) -> Callable[[Row], T]:
        @wraps(read)
        def checked(row: Row) -> T:
            try:
                return read(row)
            except (ValueError, TypeError) as error:  # those of pydantic, json and numpy are among them
                raise WorkspaceError(
                    f"the catalogue holds {table} that cannot have been stored so; see: vade doctor; then: vade doctor "
                    "--repair"
                ) from error

        return checked

    return decorate


@_refusing("a source")
def as_source(row: Row) -> Source:
    """A row of `SOURCE_COLUMNS`."""
    values = dict(zip(SOURCE_COLUMNS.split(", "), row, strict=True))
    return Source.model_validate({**values, "added_at": datetime.fromisoformat(values["added_at"])})


@_refusing("a passage")
def as_passage(row: Row) -> StoredPassage:
    """A row of `PASSAGE_COLUMNS`."""
    key, identity, source, start, end, text, headings, page, line, place, path, root, title, sha256 = row
    if start < 0 or end - start != len(text):
        raise ValueError("its characters are not those between its offsets")
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
    return StoredPassage(key, passage, *(_text(value) for value in (path, root, title, sha256)))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


@_refusing("vectors")
def as_vectors(row: Row) -> StoredVectors:
    """A row of `VECTOR_COLUMNS`."""
    key, start, end, passage, spans, sentences, tokens = row
    vector, places = np.frombuffer(passage, "<f4"), np.frombuffer(spans, "<i4").reshape(-1, 2)
    if places.size and not (start <= places.min() and places.max() <= end):
        raise ValueError("its sentences lie outside the passage")
    if len(sentences) not in (0, len(places) * (8 + len(vector))) or len(tokens) % TOKEN_DIMENSIONS:
        raise ValueError("there are more or fewer of them than sentences or tokens")
    return StoredVectors(key, vector, places, sentences, tokens)
