"""From files to a workspace that can be searched: read, cut into passages, encoded, stored, indexed.

The catalogue is the truth and gets each file in one transaction, all of it or nothing; the vector index follows in
batches. So an ingestion that is killed leaves a workspace that works, and the next one finishes the job. Files that
have not changed are skipped by size and time, or else by their SHA-256. A text that another source holds already is
not stored again. One file that cannot be read never stops the others. Memory is bounded by the largest file, not by
their number: passages are encoded a slice at a time.

    report = ingest(library, ["notes/", "letters.zip", "https://example.org/page"])
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from core.errors import DocumentError, UsageError
from core.types import Source
from retrieval import loaders, workspace
from retrieval.archives import SUFFIX as ARCHIVE
from retrieval.background import background
from retrieval.encode import PassageVectors, encode_passages
from retrieval.fetching import is_url
from retrieval.forgotten import Forgotten, texts_only_of
from retrieval.knowledge.refresh import extract_by_model, extract_missing
from retrieval.languages import noted
from retrieval.loaders import LoadedText
from retrieval.passages import PassageSpan
from retrieval.reading import Reader
from retrieval.records import Change, Stamp, source_id
from retrieval.report import FailedFile, IngestReport, NotedFile, Progress
from retrieval.stores import remove_unused
from retrieval.walk import Findings, FoundFile, gone, walk

if TYPE_CHECKING:
    from retrieval.library import Library

SLICE = 128
"""Passages encoded at once: enough to sort them by length, few enough for their token vectors to stay below 50 MB."""

INDEX_EVERY = 1000
"""Passages after which the vector index follows; it is fastest in batches of so many."""

UNFINISHED = "forgetting"
"""The note that names the collections of which something was removed, until nothing of it is left."""


def ingest(
    library: "Library",
    paths: Sequence[str | Path],
    *,
    collection: str = "default",
    progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Bring `collection` to what the files, folders and web addresses at `paths` hold now.

    What is gone from a folder, an archive or a site map is dropped; a file by itself leaves its neighbours alone.

    Raises:
        UsageError: no path is given, none exists, or the collection has no name.
        WorkspaceError: the workspace cannot be written, or another process is writing it.
    """
    began = time.perf_counter()
    if not collection.strip():
        raise UsageError("the collection's name is empty; leave it out for the default one")
    if not paths:
        raise UsageError("nothing to ingest; name files, folders or web addresses")
    reader = Reader(library.settings)
    found = _find(paths, reader, library.home)
    if len(found.missing) == len(paths):
        raise UsageError(f"{found.failed[0]}; name files or folders that exist")
    with workspace.hold(library.home):
        finish_forgetting(library)
        run = _Run(library, collection, reader, len(found.files), progress or (lambda _: None))
        run.failed = list(found.failed)
        for file in found.files:
            run.take(file)
        run.drop_gone(found)
        run.encode_stale()
        run.follow()
        extract_missing(library)
        if told := extract_by_model(library):
            run.notes.append(NotedFile(path="graph_model", note=told))
        if library.catalogue.passage_count():
            background(library)  # now, so that the first question need not wait for it
    return IngestReport(
        sources=len(library.catalogue.sources(collection)),
        passages=library.catalogue.passage_count(collection),
        failed=[FailedFile(path=error.path, error=error.reason) for error in run.failed],
        notes=[*run.notes, *noted(library, run.written)],
        seconds=round(time.perf_counter() - began, 3),
        **run.counts,
    )


def reembed(library: "Library", *, progress: Callable[[Progress], None] | None = None) -> int:
    """Cut and embed anew, from the stored texts, what is stored by other settings; how many documents that were.

    Each document is all done or not at all: what is interrupted goes on where it stopped.

    Raises:
        WorkspaceError: the workspace cannot be written, or another process is writing it.
    """
    with workspace.hold(library.home):
        done = encode_stale(library, progress=progress)
        if library.catalogue.passage_count():
            background(library)
    return done


def forget(
    library: "Library",
    name: str,
    *,
    collection: str | None = None,
    quotes: Callable[[Forgotten], object] | None = None,
) -> list[Source]:
    """Remove a source and every trace of it; `name` is its id, its path, a folder that was ingested, or an archive.

    Returns what was removed. `quotes` removes what is kept of it elsewhere (conversations, traces). It is called first:
    where that fails or is killed, the source is still there to be forgotten again.

    Raises:
        UsageError: nothing is called so, or several sources are (the message lists them).
        WorkspaceError: the workspace cannot be written, or another process is writing it.
    """
    with workspace.hold(library.home):
        finish_forgetting(library)
        chosen = _named(library.catalogue.sources(collection), name)
        if quotes is not None:
            quotes(Forgotten(texts_only_of(library.catalogue, chosen)))
        library.catalogue.note(UNFINISHED, json.dumps(sorted({source.collection for source in chosen})))
        changes = [library.catalogue.remove(source.id) for source in chosen]
        library.vectors.apply([change for change in changes if change is not None])
        if library.catalogue.passed_on():
            encode_stale(library)
        finish_forgetting(library)
        remove_unused(library.home, library.store)
    return chosen


def encode_stale(library: "Library", *, progress: Callable[[Progress], None] | None = None) -> int:
    """What `reembed` does, by the holder of the writer's lock; also for what awaits its passages."""
    run = _Run(library, "", Reader(library.settings), 0, progress or (lambda _: None))
    done = run.encode_stale()
    run.follow()
    return done


def finish_forgetting(library: "Library") -> None:
    """Remove what databases keep of what they deleted, where `forget` has begun it; by the holder of the lock."""
    if collections := library.catalogue.noted(UNFINISHED):
        library.vectors.rewrite(json.loads(collections))
        library.catalogue.note(UNFINISHED, "")
        library.catalogue.purge()


def _find(paths: Sequence[str | Path], reader: Reader, home: Path) -> Findings:
    """What the paths stand for: files, those in archives, and web pages."""
    known = {*loaders.kinds(), *reader.settings.loaders, ARCHIVE}
    found = walk([path for path in paths if not is_url(str(path))], suffixes=known, leave_out=home)

    def readable(name: PurePath) -> bool:
        return loaders.kind_of(Path(name)) is not None or not name.suffix

    reader.archives.unpack(found, readable)
    for path in paths:
        if is_url(str(path)):
            reader.web.find(str(path), found)
    return found


def _named(sources: Sequence[Source], name: str) -> list[Source]:
    location = name if is_url(name) else os.path.abspath(os.path.expanduser(name))
    if folder := [source for source in sources if source.root in (location, os.path.realpath(location))]:
        return folder
    places = (f"{location}/", f"{os.path.realpath(location)}/")
    if name.lower().endswith(ARCHIVE) and (
        inside := [source for source in sources if os.path.join(source.root, source.path).startswith(places)]
    ):
        return inside
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

    def __init__(
        self,
        library: "Library",
        collection: str,
        reader: Reader,
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
        self._done = 0
        self._passages = 0
        self.written: dict[str, str] = {}
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

    def drop_gone(self, found: Findings) -> None:
        """Remove the sources of folders, archives and site maps that exist no longer."""
        for folder in found.folders:
            self._drop(folder, gone(folder, self._stamps(folder).keys()))
        for archive, inside in found.archives.items():
            below = {path for path in self._stamps(archive.root) if path.startswith(f"{archive.path}/")} - inside
            # What was in an archive inside this one that cannot be read now may still be there.
            kept = {path for path in below if any(path.startswith(f"{name}/") for name in inside)}
            self._drop(archive.root, below - kept)
        for site, pages in found.sites.items():
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
            stamp, _, recipe = catalogue.stamps(source.collection, source.root)[source.path]
            starts = catalogue.page_starts(source.id)
            loaded = LoadedText(
                catalogue.text(source.id),
                source.title,
                source.kind,
                None if starts is None else tuple(starts),
                catalogue.layout(source.id),
            )
            self._write(source, loaded, stamp)
            # One that took over a text from another source has not changed as far as a person is concerned.
            self.counts["updated"] += source.collection == self.collection and recipe != ""
            self._done += 1
            self._report(source.path)
        return len(stale)

    def follow(self) -> None:
        """Bring the vector index up to date."""
        self.library.vectors.apply(self._changes)
        self._changes = []

    def _store(self, file: FoundFile) -> str:
        """What was done with the file: the name of a count."""
        known = self._stamps(file.root).get(file.path)
        status = self.reader.status(file)
        current = known is not None and known[2] == self.recipe
        if known and current and known[0].vouches_for(status.size, status.mtime_ns):
            return "unchanged"
        read_ns = time.time_ns()
        content = self.reader.read(file, status.size)
        stamp = Stamp(status.size, status.mtime_ns, read_ns)
        sha256 = hashlib.sha256(content.data).hexdigest()
        identity = source_id(self.collection, file.root, file.path)
        if known and current and known[1] == sha256:
            self.library.catalogue.restamp(identity, stamp)
            return "unchanged"
        loaded = self.reader.load(file, content)
        del content  # its memory is wanted for the vectors
        self.notes += [NotedFile(path=file.path, note=note) for note in loaded.notes]
        holder = self.library.catalogue.holder(self.collection, loaded.text)
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
            same_as=holder if holder and holder != identity else "",
        )
        self._write(source, loaded, stamp)
        return "added" if known is None else "updated"

    def _write(self, source: Source, loaded: LoadedText, stamp: Stamp) -> None:
        catalogue = self.library.catalogue
        made = {"fingerprint": self.library.fingerprint, "splitter": self.library.splitting}
        if source.same_as:
            self._changed(catalogue.store_same(source, stamp=stamp, **made))
            return
        passages = self._encoded(loaded, source.path)
        self.written[source.id] = source.path
        self._changed(catalogue.store(source, loaded, passages, stamp=stamp, **made))

    def _encoded(self, loaded: LoadedText, name: str) -> Iterator[tuple[PassageSpan, PassageVectors]]:
        model: Any = self.library.embeddings
        found = self.splitter(loaded)
        while some := list(islice(found, SLICE)):
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
