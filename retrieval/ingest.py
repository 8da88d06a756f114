"""From files to a workspace that can be searched: read, cut into passages, encoded, stored, indexed.

The catalogue is the truth and gets each file in one transaction, all of it or nothing; the vector index follows in
batches. So an ingestion that is killed leaves a workspace that works, and the next one finishes the job. Files that
have not changed are skipped by size and time, or else by their SHA-256. One file that cannot be read never stops the
others. Memory is bounded by the largest file, not by their number: passages are encoded a slice at a time.

    report = ingest(library, ["notes/"])
"""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from core.errors import DocumentError, UsageError
from core.types import Source
from retrieval import loaders, reading, workspace
from retrieval.background import background
from retrieval.encode import PassageVectors, encode_passages
from retrieval.loaders import LoadedText
from retrieval.passages import PassageSpan, split
from retrieval.records import Change, Stamp, source_id
from retrieval.walk import FoundFile, gone, walk

if TYPE_CHECKING:
    from retrieval.library import Library

SLICE = 128
"""Passages encoded at once: enough to sort them by length, few enough for their token vectors to stay below 50 MB."""

INDEX_EVERY = 1000
"""Passages after which the vector index follows; it is fastest in batches of so many."""


class Progress(NamedTuple):
    """Where an ingestion is: the file at hand, files done of how many, and passages stored so far."""

    file: str
    done: int
    total: int
    passages: int


class FailedFile(BaseModel):
    """A file that was not ingested, and why."""

    model_config = ConfigDict(frozen=True)

    path: str
    error: str


class IngestReport(BaseModel):
    """What an ingestion did. `sources` and `passages` are what the collection holds now; `seconds` is wall time."""

    model_config = ConfigDict(frozen=True)

    sources: int
    added: int
    updated: int
    unchanged: int
    deleted: int
    passages: int
    failed: list[FailedFile]
    seconds: float


def ingest(
    library: "Library",
    paths: Sequence[str | Path],
    *,
    collection: str = "default",
    progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Bring `collection` to what the files and folders at `paths` hold now.

    What is gone from a folder is dropped; a file by itself leaves its neighbours alone.

    Raises:
        UsageError: no path is given, none exists, or the collection has no name.
        WorkspaceError: the workspace cannot be written, or another process is writing it.
    """
    began = time.perf_counter()
    if not collection.strip():
        raise UsageError("the collection's name is empty; leave it out for the default one")
    if not paths:
        raise UsageError("nothing to ingest; name files or folders")
    found = walk(paths, suffixes={*loaders.kinds(), *library.settings.loaders}, leave_out=library.home)
    if len(found.missing) == len(paths):
        raise UsageError(f"{found.failed[0]}; name files or folders that exist")
    with workspace.hold(library.home):
        run = _Run(library, collection, len(found.files), progress or (lambda _: None))
        run.failed = list(found.failed)
        for file in found.files:
            run.take(file)
        for folder in found.folders:
            run.drop_gone(folder)
        run.encode_stale()
        run.follow()
        if library.catalogue.passage_count():
            background(library)  # now, so that the first question need not wait for it
    return IngestReport(
        sources=len(library.catalogue.sources(collection)),
        passages=library.catalogue.passage_count(collection),
        failed=[FailedFile(path=error.path, error=error.reason) for error in run.failed],
        seconds=round(time.perf_counter() - began, 3),
        **run.counts,
    )


def forget(library: "Library", name: str, *, collection: str | None = None) -> list[Source]:
    """Remove a source and every trace of it; `name` is its id, its path, or a folder that was ingested.

    Returns what was removed.

    Raises:
        UsageError: nothing is called so, or several sources are (the message lists them).
        WorkspaceError: the workspace cannot be written, or another process is writing it.
    """
    with workspace.hold(library.home):
        chosen = _named(library.catalogue.sources(collection), name)
        changes = [library.catalogue.remove(source.id) for source in chosen]
        library.vectors.apply([change for change in changes if change is not None])
        library.catalogue.purge()
    return chosen


def _named(sources: Sequence[Source], name: str) -> list[Source]:
    location = os.path.abspath(os.path.expanduser(name))
    if folder := [source for source in sources if source.root in (location, os.path.realpath(location))]:
        return folder
    chosen = [s for s in sources if s.id == name or os.path.join(s.root, s.path) == location]
    chosen = chosen or [source for source in sources if source.path == name]
    if not chosen:
        raise UsageError(f"no source named {name!r}; `vade sources` lists them")
    if len({(source.root, source.path) for source in chosen}) > 1:
        places = ", ".join(os.path.join(source.root, source.path) for source in chosen)
        raise UsageError(f"several sources are named {name!r}; name one of {places}")
    return chosen


class _Run:
    """One ingestion under way, by the holder of the writer's lock."""

    def __init__(self, library: "Library", collection: str, total: int, progress: Callable[[Progress], None]) -> None:
        self.library = library
        self.collection = collection
        self.total = total
        self.progress = progress
        self.fingerprint: str = library.vectors.fingerprint
        self.counts = {"added": 0, "updated": 0, "unchanged": 0, "deleted": 0}
        self.failed: list[DocumentError] = []
        self._done = 0
        self._passages = 0
        self._changes: list[Change] = []
        self._known: dict[str, dict[str, tuple[Stamp, str, str]]] = {}
        if library.vectors.behind:
            library.vectors.repair()

    def take(self, file: FoundFile) -> None:
        """Store one file, unless it is stored as it is."""
        self._report(file.path)
        try:
            self.counts[self._store(file)] += 1
        except DocumentError as error:
            self.failed.append(DocumentError(file.path, error.reason))
        self._done += 1
        self._report(file.path)

    def drop_gone(self, root: str) -> None:
        """Remove the sources of a folder whose files exist no longer."""
        for path in gone(root, self._stamps(root).keys()):
            change = self.library.catalogue.remove(source_id(self.collection, root, path))
            if change is not None:
                self._changed(change)
                self.counts["deleted"] += 1

    def encode_stale(self) -> None:
        """Encode anew, from the stored text, what is stored with vectors of another embedding model."""
        catalogue = self.library.catalogue
        for source in catalogue.stale(self.fingerprint):
            stamp = catalogue.stamps(source.collection, source.root)[source.path][0]
            starts = catalogue.page_starts(source.id)
            loaded = LoadedText(
                catalogue.text(source.id), source.title, source.kind, None if starts is None else tuple(starts)
            )
            self._write(source, loaded, stamp)
            self.counts["updated"] += source.collection == self.collection

    def follow(self) -> None:
        """Bring the vector index up to date."""
        self.library.vectors.apply(self._changes)
        self._changes = []

    def _store(self, file: FoundFile) -> str:
        """What was done with the file: the name of a count."""
        known = self._stamps(file.root).get(file.path)
        settings, status = self.library.settings, reading.status_of(file)
        current = known is not None and known[2] == self.fingerprint
        if known and current and known[0].vouches_for(status.st_size, status.st_mtime_ns):
            return "unchanged"
        read_ns = time.time_ns()
        data = reading.read(file, status.st_size, settings)
        stamp = Stamp(status.st_size, status.st_mtime_ns, read_ns)
        sha256 = hashlib.sha256(data).hexdigest()
        identity = source_id(self.collection, file.root, file.path)
        if known and current and known[1] == sha256:
            self.library.catalogue.restamp(identity, stamp)
            return "unchanged"
        loaded = reading.load(file, data, settings)
        del data  # its memory is wanted for the vectors
        source = Source(
            id=identity,
            path=file.path,
            root=file.root,
            title=loaded.title,
            kind=loaded.kind,
            sha256=sha256,
            pages=None if loaded.page_starts is None else len(loaded.page_starts),
            added_at=datetime.now(UTC),
            collection=self.collection,
        )
        self._write(source, loaded, stamp)
        return "added" if known is None else "updated"

    def _write(self, source: Source, loaded: LoadedText, stamp: Stamp) -> None:
        spans = split(loaded.text, kind=loaded.kind, page_starts=loaded.page_starts, title=loaded.title)
        passages = self._encoded(loaded, spans, source.path)
        stored = self.library.catalogue.store(
            source, loaded.text, loaded.page_starts, passages, stamp=stamp, fingerprint=self.fingerprint
        )
        self._changed(stored)

    def _encoded(
        self, loaded: LoadedText, spans: Sequence[PassageSpan], name: str
    ) -> Iterator[tuple[PassageSpan, PassageVectors]]:
        model: Any = self.library.embeddings
        for first in range(0, len(spans), SLICE):
            some = spans[first : first + SLICE]
            yield from zip(some, encode_passages(model, loaded.text, some, title=loaded.title), strict=True)
            self._passages += len(some)
            self._report(name)

    def _changed(self, change: Change) -> None:
        self._changes.append(change)
        if sum(len(change.added) for change in self._changes) >= INDEX_EVERY:
            self.follow()

    def _stamps(self, root: str) -> dict[str, tuple[Stamp, str, str]]:
        if root not in self._known:
            self._known[root] = self.library.catalogue.stamps(self.collection, root)
        return self._known[root]

    def _report(self, name: str) -> None:
        self.progress(Progress(name, self._done, self.total, self._passages))
