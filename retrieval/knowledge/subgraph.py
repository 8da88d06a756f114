"""The part of the knowledge graph that a question leads to, small whatever the size of the whole.

It begins at the question's entities and at the passages found for it without the graph, and takes in the passages that
share an entity with those, the rarest entities first. What many passages speak of ("2010") means little and is left
out, so that neither rows read nor memory grow with the workspace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vademecum.core.types import EVERYWHERE, Scope
from vademecum.language.stop_words import FUNCTION_WORDS
from vademecum.retrieval.knowledge.entities import normal
from vademecum.retrieval.knowledge.pagerank import Numbers, personalised_pagerank
from vademecum.retrieval.knowledge.store import KnowledgeStore

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.catalogue import Catalogue

MOST_PASSAGES_OF_ENTITY = 200
"""An entity that more passages speak of leads nowhere in particular."""

MOST_PASSAGES = 1000
"""In a subgraph: their vectors take some 4 MB; 2,000 find no more on musique."""

LONGEST_ENTITY = 8
"""Words of a question that are looked up as one name, at most."""

QUESTION_WEIGHT = 0.3
"""Of the question's entities against 1 for the passages found for it; 0 to 1 differ little on musique."""


@dataclass(frozen=True)
class Subgraph:
    """Edges join `passages[rows[i]]` to `entities[columns[i]]` with `weights[i]`; `focus` are the question's entities.

    `rarity`: by entity, log(1 + passages of the workspace / its passages). `visits`: by passage, personalised PageRank.
    """

    passages: list[int]
    entities: list[int]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: Numbers
    rarity: dict[int, float]
    focus: frozenset[int]
    visits: dict[int, float]
    entity_visits: dict[int, float]

    def entities_of(self) -> dict[int, set[int]]:
        """By passage, the entities it speaks of."""
        by_passage: dict[int, set[int]] = {key: set() for key in self.passages}
        for row, column in zip(self.rows.tolist(), self.columns.tolist(), strict=True):
            by_passage[self.passages[row]].add(self.entities[column])
        return by_passage


def entities_in(store: KnowledgeStore, question: str) -> dict[str, int]:
    """The entities that the question names, in any case; of those inside one another the longest."""
    words = normal(question).split()
    places = {
        (i, i + size): " ".join(words[i : i + size])
        for size in range(min(LONGEST_ENTITY, len(words)), 0, -1)
        for i in range(len(words) - size + 1)
        if not FUNCTION_WORDS.issuperset(words[i : i + size])
    }
    ids = store.entity_ids(set(places.values()))
    spans: list[tuple[int, int]] = []
    entities: dict[str, int] = {}
    for (start, end), name in places.items():
        if name in ids and not any(a <= start and end <= b for a, b in spans):
            spans.append((start, end))
            entities[name] = ids[name]
    return entities


def subgraph(catalogue: "Catalogue", question: str, seeds: Mapping[int, float], scope: Scope = EVERYWHERE) -> Subgraph:
    """The subgraph of a question; `seeds`: passages found for it, by key, and how much each counts."""
    store = KnowledgeStore(catalogue)
    focus = entities_in(store, question)
    near = [entity for _, entity, _ in store.mentions_in(seeds)]
    counts = store.passage_counts(dict.fromkeys([*focus.values(), *near]), MOST_PASSAGES_OF_ENTITY)
    telling = sorted((count, entity) for entity, count in counts.items() if 0 < count <= MOST_PASSAGES_OF_ENTITY)
    passages = dict.fromkeys(seeds)
    room = MOST_PASSAGES - len(passages)
    entities = []
    for count, entity in telling:
        room -= count
        if room < 0:
            break
        entities.append(entity)
    passages.update(dict.fromkeys(key for _, key in store.passages_of(entities, scope)))
    return _walked(store, list(passages), seeds, frozenset(focus.values()), catalogue.passage_count())


def _walked(
    store: KnowledgeStore, passages: Sequence[int], seeds: Mapping[int, float], focus: frozenset[int], size: int
) -> Subgraph:
    edges = store.mentions_in(passages)
    counts = store.passage_counts({entity for _, entity, _ in edges} | focus, MOST_PASSAGES_OF_ENTITY)
    rarity = {entity: log(1 + size / max(1, count)) for entity, count in counts.items()}
    shared = [edge for edge in edges if 1 < counts[edge[1]] <= MOST_PASSAGES_OF_ENTITY]
    entities = sorted({entity for _, entity, _ in shared} | focus)
    row_of, column_of = ({name: i for i, name in enumerate(names)} for names in (passages, entities))
    rows = np.array([row_of[passage] for passage, _, _ in shared], np.int64)
    columns = np.array([column_of[entity] for _, entity, _ in shared], np.int64)
    weights = np.array([rarity[entity] ** 2 * (1 + log(times)) for _, entity, times in shared], np.float64)
    passage_starts = np.array([seeds.get(passage, 0.0) for passage in passages], np.float64)
    entity_starts = np.array([rarity[entity] ** 2 if entity in focus else 0.0 for entity in entities], np.float64)
    if passage_starts.sum() and entity_starts.sum():
        passage_starts = passage_starts / passage_starts.sum()
        entity_starts = QUESTION_WEIGHT * entity_starts / entity_starts.sum()
    at_passages, at_entities = personalised_pagerank(rows, columns, weights, passage_starts, entity_starts)
    return Subgraph(
        list(passages), entities, rows, columns, weights, rarity, focus,
        dict(zip(passages, at_passages.tolist(), strict=True)), dict(zip(entities, at_entities.tolist(), strict=True)),
    )  # fmt: skip
