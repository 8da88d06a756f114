"""One ingestion under way, by the holder of the writer's lock: each file is read, cut, encoded and stored.

While a file is stored, the next ones have been read already, and are encoded (`retrieval/ingestion/encode_ahead.py`).
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum.core.errors import DocumentError
from vademecum.core.types import Source
from vademecum.retrieval.catalogue.records import Change, Stamp, source_id
from vademecum.retrieval.encode import PassageVectors
from vademecum.retrieval.ingestion.discover import Findings, FoundFile, deleted_paths
from vademecum.retrieval.ingestion.encode_ahead import AheadEncoder, Encoded, Encoding, encoded
from vademecum.retrieval.ingestion.file_reader import FileReader
from vademecum.retrieval.ingestion.ingest_report import NotedFile, Progress
from vademecum.retrieval.loaded_text import LoadedText
from vademecum.retrieval.passages import PassageSpan

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library

INDEX_EVERY = 1000
"""Passages after which the vector index follows; it is fastest in batches of so many."""

FILES_AHEAD = 16
"""Files that are read before they are stored, at most: short ones are encoded side by side."""

CHARACTERS_AHEAD = 50_000
"""Characters of these, from which on no more are read: of long files it is the next one alone."""


class PendingSource(NamedTuple):
    """A file that is to be stored; `encoding` where it is encoded ahead, `is_update` where it was stored before."""

    source: Source
    loaded: LoadedText
    stamp: Stamp
    encoding: Encoding | None
    is_update: bool


Waiting = tuple[FoundFile, PendingSource | DocumentError | None]
"""A file, and what is to be stored of it: None where it is stored as it is."""


class Ingestion:
    """What it has done so far, and what it found: `counts`, `failed`, `notes`, `written` (paths by source id)."""

    def __init__(
        self,
        library: "Library",
        collection: str,
        reader: FileReader,
        total: int,
        progress: Callable[[Progress], None],
    ) -> None:
        self.library = library
        self.collection = collection
        self.reader = reader
        self.total = total
        self.progress = progress
        self.recipe = library.recipe
        self.splitter = library.splitter
        self.counts = {"added": 0, "updated": 0, "unchanged": 0, "deleted": 0}
        self.failed: list[DocumentError] = []
        self.notes: list[NotedFile] = []
        self._files_done = 0
        self._passages = 0
        self.stored_paths: dict[str, str] = {}
        self._changes: list[Change] = []
        self._stamps_by_root: dict[str, dict[str, tuple[Stamp, str, str]]] = {}
        if library.vectors.behind:
            library.vectors.repair()

    def take(self, files: Iterable[FoundFile]) -> None:
        """Store files, each unless it is stored as it is."""
        with self.reader, AheadEncoder(self._model, self.splitter) as ahead:
            waiting: deque[Waiting] = deque()
            for file in files:
                waiting.append((file, self._begin(file, ahead)))
                while len(waiting) > FILES_AHEAD or (len(waiting) > 1 and _characters(waiting) > CHARACTERS_AHEAD):
                    self._settle(*waiting.popleft())
            while waiting:
                self._settle(*waiting.popleft())

    def drop_gone(self, findings: Findings) -> None:
        """Remove the sources of folders, archives and site maps that exist no longer."""
        for folder in findings.folders:
            self._drop(folder, deleted_paths(folder, self._stamps(folder).keys()))
        for archive, inside in findings.archives.items():
            below = {path for path in self._stamps(archive.root) if path.startswith(f"{archive.path}/")} - inside
            # What was in an archive inside this one that cannot be read now may still be there.
            unreadable = {path for path in below if any(path.startswith(f"{name}/") for name in inside)}
            self._drop(archive.root, below - unreadable)
        for site, pages in findings.sites.items():
            self._drop(site, self._stamps(site).keys() - pages)

    def _drop(self, root: str, paths: Iterable[str]) -> None:
        for path in sorted(paths):
            change = self.library.catalogue.remove(source_id(self.collection, root, path))
            if change is not None:
                self._changed(change)
                self.counts["deleted"] += 1

    def encode_stale(self) -> int:
        """Cut and encode anew, from the stored text, what another splitter or embedding model stored; how many."""
        catalogue = self.library.catalogue
        stale = catalogue.stale(self.recipe)
        self.total += len(stale)
        for source in stale:
            self._anew(source)
        return len(stale)

    def _anew(self, source: Source) -> None:
        catalogue = self.library.catalogue
        stamp, _, recipe = catalogue.stamps(source.collection, source.root)[source.path]
        starts = catalogue.page_starts(source.id)
        text, layout = catalogue.text(source.id), catalogue.layout(source.id)
        loaded = LoadedText(text, source.title, source.kind, None if starts is None else tuple(starts), layout)
        self._write(PendingSource(source, loaded, stamp, None, is_update=True))
        # One that took over a text from another source has not changed as far as a person is concerned.
        self.counts["updated"] += source.collection == self.collection and recipe != ""
        self._files_done += 1
        self._report(source.path)

    def follow(self) -> None:
        """Bring the vector index up to date."""
        self.library.vectors.apply(self._changes)
        self._changes = []

    def _begin(self, file: FoundFile, ahead: AheadEncoder) -> PendingSource | DocumentError | None:
        """Have a file encoded; None where it is stored as it is."""
        self._report(file.path)
        try:
            return self._read(file, ahead)
        except DocumentError as error:
            return error

    def _read(self, file: FoundFile, ahead: AheadEncoder) -> PendingSource | None:
        previous = self._stamps(file.root).get(file.path)
        status = self.reader.status(file)
        current = previous is not None and previous[2] == self.recipe
        if previous and current and previous[0].vouches_for(status.size, status.mtime_ns):
            return None
        if previous is None:
            self.reader.expect(file)
        read_ns = time.time_ns()
        content = self.reader.read(file, status.size)
        stamp = Stamp(status.size, status.mtime_ns, read_ns)
        sha256 = hashlib.sha256(content.data).hexdigest()
        identity = source_id(self.collection, file.root, file.path)
        if previous and current and previous[1] == sha256:
            self.library.catalogue.restamp(identity, stamp)
            return None
        loaded = self.reader.load(file, content)
        del content  # its memory is needed for the vectors
        self.notes += [NotedFile(path=file.path, note=note) for note in loaded.notes]
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
        encoding = None if self._holder(source, loaded) else ahead.begin(loaded)
        return PendingSource(source, loaded, stamp, encoding, previous is not None)

    def _holder(self, source: Source, loaded: LoadedText) -> str:
        """The other source that holds the same text; empty where there is none."""
        holder = self.library.catalogue.holder(self.collection, loaded.text)
        return holder if holder and holder != source.id else ""

    def _settle(self, file: FoundFile, pending: PendingSource | DocumentError | None) -> None:
        """Store a pending source, and count it."""
        reason = ""
        try:
            if isinstance(pending, DocumentError):
                raise pending
            if pending is None:
                self.counts["unchanged"] += 1
            else:
                # The file before this one may hold the same text, or hold it no longer.
                holder = self._holder(pending.source, pending.loaded)
                source = pending.source.model_copy(update={"same_as": holder})
                self._write(pending._replace(source=source))
                self.counts["updated" if pending.is_update else "added"] += 1
        except DocumentError as error:
            self.failed.append(DocumentError(file.path, error.reason))
            reason = error.reason
        self._files_done += 1
        self._report(file.path, reason)

    def _write(self, pending: PendingSource) -> None:
        catalogue, source, encoding = self.library.catalogue, pending.source, pending.encoding
        recipe = {"fingerprint": self.library.fingerprint, "splitter": self.library.splitting}
        try:
            if source.same_as:
                self._changed(catalogue.store_same(source, stamp=pending.stamp, **recipe))
                return
            self.stored_paths[source.id] = source.path
            slices = encoding or encoded(self._model, self.splitter, pending.loaded)
            passages = self._passages_of(slices, source.path)
            self._changed(catalogue.store(source, pending.loaded, passages, stamp=pending.stamp, **recipe))
        finally:
            if encoding:
                encoding.leave()  # else what is left of it would keep a thread waiting for room

    def _passages_of(self, slices: Iterable[Encoded], name: str) -> Iterator[tuple[PassageSpan, PassageVectors]]:
        for some in slices:
            yield from some
            self._passages += len(some)
            self._report(name)

    def _model(self) -> Any:
        return self.library.embeddings  # loaded when it is needed: often nothing has changed

    def _changed(self, change: Change) -> None:
        self._changes.append(change)
        if sum(len(change.added) for change in self._changes) >= INDEX_EVERY:
            self.follow()

    def _stamps(self, root: str) -> dict[str, tuple[Stamp, str, str]]:
        if root not in self._stamps_by_root:
            self._stamps_by_root[root] = self.library.catalogue.stamps(self.collection, root)
        return self._stamps_by_root[root]

    def _report(self, name: str, error: str = "") -> None:
        self.progress(Progress(name, self._files_done, self.total, self._passages, error))


def encode_stale(library: "Library", *, progress: Callable[[Progress], None] | None = None) -> int:
    """What `reembed` does, by the holder of the writer's lock; also for what awaits its passages."""
    run = Ingestion(library, "", FileReader(library.settings), 0, progress or (lambda _: None))
    count = run.encode_stale()
    run.follow()
    return count


def _characters(waiting: Iterable[Waiting]) -> int:
    """Of the texts that wait, in all."""
    return sum(len(pending.loaded.text) for _, pending in waiting if isinstance(pending, PendingSource))
