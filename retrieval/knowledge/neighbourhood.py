"""What the knowledge graph holds on an entity or on a question, as data and as a drawing; every relation is cited."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from vademecum.core.errors import UsageError
from vademecum.core.types import EVERYWHERE, Entity, Knowledge, Relation, Scope
from vademecum.retrieval.knowledge.entities import normal
from vademecum.retrieval.knowledge.refresh import refresh
from vademecum.retrieval.knowledge.store import KnowledgeStore
from vademecum.retrieval.knowledge.subgraph import MOST_PASSAGES_OF_ENTITY, entities_in

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.records import StoredPassage
    from vademecum.retrieval.library import Library

PASSAGES_OF_QUESTION = 8
"""Leading passages of a question whose entities are drawn."""

SPEAKS_OF = "speaks of"
"""Joins what a passage is about (its source's title) to what it names."""


def knowledge(library: "Library", about: str, *, most: int = 30, scope: Scope = EVERYWHERE) -> Knowledge:
    """The graph around the entity called `about`; where there is none of that name, that of `about` as a question.

    At most `most` relations: those that name the entity, or that join what several of the question's passages name.

    Raises:
        UsageError: an empty text, `most` below 1, or an unknown collection.
        EmptyWorkspaceError: nothing has been ingested.
    """
    if not about.strip():
        raise UsageError("nothing is named; name an entity, or ask a question")
    if most < 1:
        raise UsageError(f"{most} relations is below 1")
    library.require_documents(scope.collection)
    refresh(library)
    store = KnowledgeStore(library.catalogue)
    centre = store.entity_ids([normal(about)])
    if centre:
        keys = [key for _, key in store.passages_of(centre.values(), scope)][:MOST_PASSAGES_OF_ENTITY]
        focus = set(centre.values())
    else:
        question = library.question(about)
        ranked = library.retriever("graph", scope=scope).rank(question, PASSAGES_OF_QUESTION, scope)
        keys = [key for key, _ in ranked]
        focus = set(entities_in(store, about).values())
    edges = list(_edges(store, library.catalogue.passages(keys=keys)))
    anchors = set(centre.values()) or _shared(store, keys) | focus
    by_ends: dict[tuple[int, int], tuple[int, str, int, StoredPassage, int, int]] = {}
    for edge in edges:
        near = (edge[0] in anchors or edge[2] in anchors) if centre else {edge[0], edge[2]} <= anchors
        if near and edge[0] != edge[2]:
            by_ends.setdefault((edge[0], edge[2]), edge)
    return _as_knowledge(store, about, list(by_ends.values())[:most], focus)


def _edges(
    store: KnowledgeStore, passages: Sequence["StoredPassage"]
) -> Iterator[tuple[int, str, int, "StoredPassage", int, int]]:
    """Subject, label, object, passage, start and end: first what the passages say, then what they speak of."""
    by_key = {row.key: row for row in passages}
    for relation in store.relations_in(by_key):
        yield relation.subject, relation.label, relation.object, by_key[relation.passage], relation.start, relation.end
    titles = store.entity_ids({normal(row.title) for row in passages})
    speaks_of: dict[int, list[int]] = {}
    for passage, entity, _ in store.mentions_in(by_key):
        speaks_of.setdefault(passage, []).append(entity)
    every = {entity for entities in speaks_of.values() for entity in entities}
    for passage, entity, start, end in store.places(by_key, every):
        title = titles.get(normal(by_key[passage].title))
        if title is not None:
            yield title, SPEAKS_OF, entity, by_key[passage], start, end


def _shared(store: KnowledgeStore, keys: Iterable[int]) -> set[int]:
    """Entities that at least two of the passages name: what joins them."""
    once: set[int] = set()
    twice: set[int] = set()
    for _, entity, _ in store.mentions_in(keys):
        (twice if entity in once else once).add(entity)
    return twice


def _as_knowledge(
    store: KnowledgeStore,
    about: str,
    edges: Sequence[tuple[int, str, int, "StoredPassage", int, int]],
    focus: set[int],
) -> Knowledge:
    ids = focus | {end for edge in edges for end in (edge[0], edge[2])}
    names, counts = store.names(ids), store.passage_counts(ids, MOST_PASSAGES_OF_ENTITY * 100)
    labels = {name: name for name in names.values()}
    by_key = {edge[3].key: edge[3].passage for edge in edges}
    for key, entity, start, end in store.places(by_key, ids):
        label = by_key[key].text[start - by_key[key].start : end - by_key[key].start]
        if normal(label) == names[entity]:
            labels[names[entity]] = label
    return Knowledge(
        about=about,
        entities=tuple(
            Entity(name=names[entity], label=labels[names[entity]], passages=counts[entity], asked=entity in focus)
            for entity in sorted(names, key=lambda entity: names[entity])
        ),
        relations=tuple(
            Relation(subject=names[first], label=label, object=names[second], citation=row.hit(0).cite(start, end))
            for first, label, second, row, start, end in edges
        ),
    )


def mermaid(graph: Knowledge) -> str:
    """The graph as a Mermaid flowchart; what was asked for has a thick border."""
    numbers = {entity.name: f"e{i}" for i, entity in enumerate(graph.entities)}
    lines = ["flowchart LR", *(f'    {numbers[entity.name]}["{_quoted(entity.label)}"]' for entity in graph.entities)]
    for relation in graph.relations:
        lines.append(f'    {numbers[relation.subject]} -- "{_quoted(relation.label)}" --> {numbers[relation.object]}')
    if focus := [numbers[entity.name] for entity in graph.entities if entity.asked]:
        lines += ["    classDef asked stroke-width:3px", f"    class {','.join(focus)} asked"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """As Mermaid takes it between quotes: its own marks as entity codes, no line breaks."""
    return re.sub(r"[\"#<>&;`]", lambda match: f"#{ord(match.group())};", " ".join(text.split()))
