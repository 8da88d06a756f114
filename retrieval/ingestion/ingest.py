"""From files to a workspace that can be searched: read, cut into passages, encoded, stored, indexed.

The catalogue is the truth and gets each file in one transaction, all of it or nothing; the vector index follows in
batches. So an ingestion that is killed leaves a workspace that works, and the next one finishes the job. Files that
have not changed are skipped by size and time, or else by their SHA-256. A text that another source holds already is
not stored again. One file that cannot be read never stops the others. Memory is bounded by the largest file, not by
their number: passages are encoded a slice at a time.

    report = ingest(library, ["notes/", "letters.zip", "https://example.org/page"])
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from vademecum.core.errors import DocumentError, UsageError
from vademecum.core.types import Source
from vademecum.retrieval import loaders
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.listing import file_of
from vademecum.retrieval.fetching import is_url
from vademecum.retrieval.ingestion.archives import SUFFIX as ARCHIVE
from vademecum.retrieval.ingestion.discover import Findings, FoundFile, discover
from vademecum.retrieval.ingestion.file_reader import FileReader
from vademecum.retrieval.ingestion.ingest_report import FailedFile, IngestReport, NotedFile, Progress
from vademecum.retrieval.ingestion.ingestion_run import Ingestion, encode_stale
from vademecum.retrieval.knowledge.refresh import extract_by_model, extract_missing
from vademecum.retrieval.languages import language_name, unknown_to
from vademecum.retrieval.maintenance.forget import finish_forgetting

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library

_log = logging.getLogger("vademecum.ingestion")


def ingest(
    library: "Library",
    paths: Sequence[str | Path],
    *,
    collection: str = "default",
    progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Bring `collection` to what the files, folders and web addresses at `paths` hold now.

    What is gone from a folder, an archive or a site map is dropped; a file by itself leaves its neighbours alone.
    While another process writes the workspace, that is waited for, and said.

    Raises:
        UsageError: no path is given, none exists, or the collection has no name.
        WorkspaceError: the workspace cannot be written.
    """
    began = time.perf_counter()
    if not collection.strip():
        raise UsageError("the collection's name is empty; leave it out for the default one")
    if not paths:
        raise UsageError("nothing to ingest; name files, folders or web addresses")
    reader = FileReader(library.settings)
    findings = _find(paths, reader, library.home)
    with _turn(library, progress):
        finish_forgetting(library)
        run = Ingestion(library, collection, reader, len(findings.files), progress or (lambda _: None))
        run.failed = list(findings.failed)
        run.take(findings.files)
        run.drop_gone(findings)
        run.encode_stale()
        run.follow()
        run.notes += _learn(library)
    return IngestReport(
        sources=len(library.catalogue.sources(collection)),
        passages=library.catalogue.passage_count(collection),
        failed=[FailedFile(path=error.path, error=error.reason) for error in run.failed],
        notes=[*run.notes, *_unknown_languages(library, run.stored_paths)],
        seconds=round(time.perf_counter() - began, 3),
        **run.counts,
    )


def update(
    library: "Library", sources: Sequence[Source], *, progress: Callable[[Progress], None] | None = None
) -> IngestReport:
    """Read the files of these sources again, each in its place: as `ingest`, but of no other files of their folders.

    What is gone stays as it was read, and is reported as a failure. Of an archive everything in it is read.

    Raises:
        WorkspaceError: the workspace cannot be written.
    """
    began, reader = time.perf_counter(), FileReader(library.settings)
    counts: dict[str, int] = {"added": 0, "updated": 0, "unchanged": 0, "deleted": 0}
    failed, notes = [], []
    with _turn(library, progress):
        finish_forgetting(library)
        for collection in sorted({source.collection for source in sources}):
            findings = _places([source for source in sources if source.collection == collection], reader)
            run = Ingestion(library, collection, reader, len(findings.files), progress or (lambda _: None))
            run.failed = list(findings.failed)
            run.take(findings.files)
            run.encode_stale()
            run.follow()
            failed += [FailedFile(path=error.path, error=error.reason) for error in run.failed]
            notes += run.notes
            counts = {name: counts[name] + count for name, count in run.counts.items()}
        notes += _learn(library)
    return IngestReport(
        sources=len(library.catalogue.sources()),
        passages=library.catalogue.passage_count(),
        failed=failed,
        notes=notes,
        seconds=round(time.perf_counter() - began, 3),
        **counts,
    )


def reembed(library: "Library", *, progress: Callable[[Progress], None] | None = None) -> int:
    """Cut and embed anew, from the stored texts, what is stored by other settings; how many documents that were.

    Each document is all done or not at all: what is interrupted goes on where it stopped.

    Raises:
        WorkspaceError: the workspace cannot be written.
    """
    with _turn(library, progress):
        count = encode_stale(library, progress=progress)
        if library.catalogue.passage_count():
            library.score_baseline()
    return count


def _turn(library: "Library", progress: Callable[[Progress], None] | None) -> AbstractContextManager[None]:
    """Hold the workspace, after whoever is writing it: what that waits for goes to `progress`, else once to the log."""
    messages: list[str] = []

    def waits(message: str) -> None:
        messages.append(message)
        if progress:
            progress(Progress("", 0, 0, 0, waits=message))
        elif len(messages) == 1:
            _log.warning("the ingestion %s", message)

    return database.hold(library.home, waits=waits)


def _learn(library: "Library") -> list[NotedFile]:
    """Find out what rests on all documents together, now, so that the first question need not wait for it."""
    extract_missing(library)
    note = extract_by_model(library)
    if library.catalogue.passage_count():
        library.score_baseline()
    return [NotedFile(path="graph_model", note=note)] if note else []


def _unknown_languages(library: "Library", paths: Mapping[str, str]) -> list[NotedFile]:
    """One note, where the embedding model does not know the languages of sources just stored (paths by id)."""
    unknown = unknown_to(library.embeddings, library.catalogue.language_counts()) if paths else {}
    names = {paths[source]: language_name(language) for source, language in unknown.items() if source in paths}
    if not names:
        return []
    path, more = min(names), f", like {len(names) - 1} more" if len(names) > 1 else ""
    languages = " and ".join(sorted(set(names.values())))
    advice = "the embedding model knows English, so that they are found by their words, hardly by their meaning"
    return [NotedFile(path=path, note=f"in {languages}{more}: {advice}; vade doctor names one for many languages")]


def _places(sources: Sequence[Source], reader: FileReader) -> Findings:
    """The files of sources, and those in the archives that they are in."""
    findings = Findings()
    for source in sources:
        file = file_of(source)
        if is_url(source.root):
            findings.files[FoundFile(source.root, source.path)] = None
        elif file is None:
            findings.failed.append(DocumentError(source.path, "the file is gone; what was read of it is kept"))
        else:
            findings.files[FoundFile(source.root, file.relative_to(source.root).as_posix())] = None
    reader.archives.unpack(findings, _readable)
    return findings


def _readable(name: PurePath) -> bool:
    return loaders.kind_of(Path(name)) is not None or not name.suffix


def _find(paths: Sequence[str | Path], reader: FileReader, home: Path) -> Findings:
    """What the paths stand for: files, those in archives, and web pages.

    Raises:
        UsageError: none of them exists.
    """
    suffixes = {*loaders.kinds(), *reader.settings.loaders, ARCHIVE}
    findings = discover([path for path in paths if not is_url(str(path))], suffixes=suffixes, leave_out=home)
    reader.archives.unpack(findings, _readable)
    for path in paths:
        if is_url(str(path)):
            reader.web.find(str(path), findings)
    if len(findings.missing) == len(paths):
        raise UsageError(f"{findings.failed[0]}; name files or folders that exist")
    return findings
