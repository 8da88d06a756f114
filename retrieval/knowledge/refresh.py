"""Finds the knowledge graph of sources that have none yet, or one by older rules: what an older workspace brings along.

Those ingested now have theirs from the same transaction as their passages (`retrieval/catalogue/catalogue.py`). Where
the setting `graph_model` names a chat model, it adds to what rules found, at the end of an ingestion, a source at a
time: what is interrupted, or where the model did not answer, goes on at the next one. No question ever waits for that.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from vademecum.core.errors import ModelError, WorkspaceError
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.knowledge.store import BY_RULES, Extract, KnowledgeStore, extract

if TYPE_CHECKING:
    from vademecum.retrieval.searchable import Searchable


NOTE = "knowledge"
"""Under which the catalogue keeps by what the graph of the whole workspace was found, so that no question need look."""


def refresh(library: "Searchable") -> None:
    """Bring the graph up to date, where it is not and no other process is writing: what there is serves until then."""
    if library.catalogue.noted(NOTE) != BY_RULES:
        with suppress(WorkspaceError), database.hold(library.home, wait=0):
            extract_missing(library)


def extract_missing(library: "Searchable") -> None:
    """Find the graph of each source that has none, by rules; by the holder of the writer's lock."""
    for source_id in KnowledgeStore(library.catalogue).unextracted(BY_RULES):
        _retell(library, source_id, extract, BY_RULES)
    if library.catalogue.noted(NOTE) != BY_RULES:
        library.catalogue.note(NOTE, BY_RULES)


def extract_by_model(library: "Searchable") -> str:
    """Have the model of the settings add to the graph of each source that it has not read; by the holder of the lock.

    Returns what a person should know: empty where all is well, or no model is set.
    """
    from vademecum.models import chat_model
    from vademecum.models.fitness import is_very_small

    name = library.settings.graph_model
    if not name:
        return ""
    model = None if is_very_small(name, library.settings) else chat_model(name, library.settings)
    if model is None:
        return f"graph_model {name!r} cannot find relations; name a larger model. What rules find is there"
    from vademecum.retrieval.knowledge import by_model

    extractor = f"{BY_RULES}+{name}"
    waiting = KnowledgeStore(library.catalogue).unextracted(extractor)
    try:
        for source_id in waiting:
            _retell(library, source_id, partial(by_model.extract_by_model, model), extractor)
    except ModelError as error:
        remaining = len(KnowledgeStore(library.catalogue).unextracted(extractor))
        return f"the knowledge graph of {remaining} documents is by rules alone ({error}); the next ingestion goes on"
    return ""


def _retell(
    library: "Searchable", source_id: str, how: Callable[[str, Sequence[str]], Extract], extractor: str
) -> None:
    """Find the graph of a source's passages, and store it in one transaction."""
    extracts = [
        (row.key, how(row.passage.text, (row.title, *row.passage.headings)))
        for row in library.catalogue.passages_of(source_id)
    ]
    library.catalogue.retell(source_id, extracts, extractor)
