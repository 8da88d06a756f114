"""What the knowledge graph holds on an entity or on a question, as data and as a drawing; every relation is cited."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from vademecum.core.errors import UsageError
from vademecum.core.types import EVERYWHERE, Entity, Knowledge, Relation, Scope
from vademecum.retrieval.knowledge.entities import normal
from vademecum.retrieval.knowledge.refresh import refresh
from vademecum.retrieval.knowledge.store import KnowledgeStore
from vademecum.retrieval.knowledge.subgraph import MOST_PASSAGES_OF_ENTITY, asked_entities

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
    centre = store.named([normal(about)])
    if centre:
        keys = [key for _, key in store.passages_of(centre.values(), scope)][:MOST_PASSAGES_OF_ENTITY]
        asked = set(centre.values())
    else:
        question = library.question(about)
        ranked = library.retriever("graph", scope=scope).rank(question, PASSAGES_OF_QUESTION, scope)
        keys = [key for key, _ in ranked]
        asked = set(asked_entities(store, about).values())
    told = list(_told(store, library.catalogue.passages(keys=keys)))
    wanted = set(centre.values()) or _shared(store, keys) | asked
    by_ends: dict[tuple[int, int], tuple[int, str, int, StoredPassage, int, int]] = {}
    for one in told:
        near = (one[0] in wanted or one[2] in wanted) if centre else {one[0], one[2]} <= wanted
        if near and one[0] != one[2]:
            by_ends.setdefault((one[0], one[2]), one)
    return _as_knowledge(store, about, list(by_ends.values())[:most], asked)


def _told(
    store: KnowledgeStore, passages: Sequence["StoredPassage"]
) -> Iterator[tuple[int, str, int, "StoredPassage", int, int]]:
    """Subject, label, object, passage, start and end: first what the passages say, then what they speak of."""
    by_key = {one.key: one for one in passages}
    for one in store.relations_in(by_key):
        yield one.subject, one.label, one.object, by_key[one.passage], one.start, one.end
    titles = store.named({normal(one.title) for one in passages})
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
    told: Sequence[tuple[int, str, int, "StoredPassage", int, int]],
    asked: set[int],
) -> Knowledge:
    ids = asked | {end for one in told for end in (one[0], one[2])}
    names, counts = store.names(ids), store.passage_counts(ids, MOST_PASSAGES_OF_ENTITY * 100)
    labels = {name: name for name in names.values()}
    by_key = {one[3].key: one[3].passage for one in told}
    for key, entity, start, end in store.places(by_key, ids):
        label = by_key[key].text[start - by_key[key].start : end - by_key[key].start]
        if normal(label) == names[entity]:
            labels[names[entity]] = label
    return Knowledge(
        about=about,
        entities=tuple(
            Entity(name=names[one], label=labels[names[one]], passages=counts[one], asked=one in asked)
            for one in sorted(names, key=lambda one: names[one])
        ),
        relations=tuple(
            Relation(subject=names[one[0]], label=one[1], object=names[one[2]], citation=one[3].hit(0).cite(*one[4:]))
            for one in told
        ),
    )


def mermaid(found: Knowledge) -> str:
    """The graph as a Mermaid flowchart; what was asked for has a thick border."""
    numbers = {entity.name: f"e{i}" for i, entity in enumerate(found.entities)}
    lines = ["flowchart LR", *(f'    {numbers[one.name]}["{_quoted(one.label)}"]' for one in found.entities)]
    for one in found.relations:
        lines.append(f'    {numbers[one.subject]} -- "{_quoted(one.label)}" --> {numbers[one.object]}')
    if asked := [numbers[entity.name] for entity in found.entities if entity.asked]:
        lines += ["    classDef asked stroke-width:3px", f"    class {','.join(asked)} asked"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """As Mermaid takes it between quotes: its own marks as entity codes, no line breaks."""
    return re.sub(r"[\"#<>&;`]", lambda found: f"#{ord(found.group())};", " ".join(text.split()))
