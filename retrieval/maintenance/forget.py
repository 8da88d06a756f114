"""Removing a source and every trace of it, to the end, whatever comes between."""

import json
import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from vademecum.core.errors import UsageError
from vademecum.core.settings import from_here
from vademecum.core.types import Source
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.fetching import is_url
from vademecum.retrieval.ingestion.archives import SUFFIX as ARCHIVE
from vademecum.retrieval.ingestion.ingestion_run import encode_stale
from vademecum.retrieval.maintenance.redact_quotes import QuoteRedactor, texts_only_of
from vademecum.retrieval.maintenance.scratch import remove_drafts, remove_left_overs
from vademecum.retrieval.stores import remove_unused

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library

_log = logging.getLogger("vademecum.forget")

UNFINISHED = "forgetting"
"""The note that names the collections of which something was removed, until nothing of it is left."""


def forget(
    library: "Library",
    name: str,
    *,
    collection: str | None = None,
    quotes: Callable[[QuoteRedactor], object] | None = None,
) -> list[Source]:
    """Remove a source and every trace of it; `name` is its id, its path, a folder that was ingested, or an archive.

    Returns what was removed. `quotes` removes what is kept of it elsewhere (conversations, traces). It is called first:
    where that fails or is killed, the source is still there to be forgotten again.

    Raises:
        UsageError: nothing is called so, or several sources are (the message lists them).
        WorkspaceError: the workspace cannot be written, or another process is writing it.
    """
    with database.hold(library.home):
        finish_forgetting(library)
        sources = _lookup(library.catalogue.sources(collection), name)
        if quotes is not None:
            quotes(QuoteRedactor(texts_only_of(library.catalogue, sources)))
        library.catalogue.note(UNFINISHED, json.dumps(sorted({source.collection for source in sources})))
        changes = [library.catalogue.remove(source.id) for source in sources]
        library.vectors.apply([change for change in changes if change is not None])
        if library.catalogue.passed_on():
            encode_stale(library)
        finish_forgetting(library)
        remove_unused(library.home, library.store)
        remove_left_overs(library.home, library.home)
        remove_drafts(library.home)
        if aside := sorted(path.name for path in library.home.glob("*.set-aside-*")):
            _log.warning("what was set aside as damaged may still hold it; remove it: %s", ", ".join(aside))
    return sources


def finish_forgetting(library: "Library") -> None:
    """Remove what databases keep of what they deleted, where `forget` has begun it; by the holder of the lock."""
    if collections := library.catalogue.noted(UNFINISHED):
        library.vectors.rewrite(json.loads(collections))
        library.catalogue.note(UNFINISHED, "")
        library.catalogue.purge()


def _lookup(sources: Sequence[Source], name: str) -> list[Source]:
    location = name if is_url(name) else os.path.abspath(from_here(name))
    if folder := [source for source in sources if source.root in (location, os.path.realpath(location))]:
        return folder
    places = (f"{location}/", f"{os.path.realpath(location)}/")
    if name.lower().endswith(ARCHIVE) and (
        inside := [source for source in sources if os.path.join(source.root, source.path).startswith(places)]
    ):
        return inside
    matches = [s for s in sources if s.id == name or os.path.join(s.root, s.path) == location]
    matches = matches or [source for source in sources if source.path == name]
    if not matches:
        raise UsageError(f"no source named {name!r}; `vade sources` lists them")
    if len({(source.root, source.path) for source in matches}) > 1:
        places = ", ".join(os.path.join(source.root, source.path) for source in matches)
        raise UsageError(f"several sources are named {name!r}; name one of {places}")
    return matches
