"""Finds the knowledge graph of sources that have none yet, or one by older rules: what an older workspace brings along.

Those ingested now have theirs from the same transaction as their passages (`retrieval/catalogue.py`).
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from core.errors import WorkspaceError
from retrieval import workspace
from retrieval.knowledge.store import BY_RULES, KnowledgeStore, extract

if TYPE_CHECKING:
    from retrieval.library import Library


NOTE = "knowledge"
"""Under which the catalogue keeps by what the graph of the whole workspace was found, so that no question need look."""


def refresh(library: "Library") -> None:
    """Bring the graph up to date, where it is not and no other process is writing: what there is serves until then."""
    if library.catalogue.noted(NOTE) != BY_RULES:
        with suppress(WorkspaceError), workspace.hold(library.home, wait=0):
            extract_missing(library)


def extract_missing(library: "Library") -> None:
    """Find the graph of each source that has none, one transaction a source; by the holder of the writer's lock."""
    catalogue = library.catalogue
    for source_id in KnowledgeStore(catalogue).unextracted(BY_RULES):
        said = [
            (one.key, extract(one.passage.text, (one.title, *one.passage.headings)))
            for one in catalogue.passages_of(source_id)
        ]
        catalogue.retell(source_id, said, BY_RULES)
    if catalogue.noted(NOTE) != BY_RULES:
        catalogue.note(NOTE, BY_RULES)
