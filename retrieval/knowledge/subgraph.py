"""The part of the knowledge graph that a question leads to, small whatever the size of the whole.

It begins at the question's entities and at the passages found for it without the graph, and takes in the passages that
share an entity with those, the rarest entities first. What many passages speak of ("2010") tells nothing and is left
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
    """Edges join `passages[rows[i]]` to `entities[columns[i]]` with `weights[i]`; `asked` are the question's entities.

    `rarity`: by entity, log(1 + passages of the workspace / its passages). `visits`: by passage, personalised PageRank.
    """

    passages: list[int]
    entities: list[int]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: Numbers
    rarity: dict[int, float]
    asked: frozenset[int]
    visits: dict[int, float]
    entity_visits: dict[int, float]

    def entities_of(self) -> dict[int, set[int]]:
        """By passage, the entities it speaks of."""
        found: dict[int, set[int]] = {key: set() for key in self.passages}
        for row, column in zip(self.rows.tolist(), self.columns.tolist(), strict=True):
            found[self.passages[row]].add(self.entities[column])
        return found


def asked_entities(store: KnowledgeStore, question: str) -> dict[str, int]:
    """The entities that the question names, in any case; of those inside one another the longest."""
    words = normal(question).split()
    places = {
        (i, i + size): " ".join(words[i : i + size])
        for size in range(min(LONGEST_ENTITY, len(words)), 0, -1)
        for i in range(len(words) - size + 1)
        if not FUNCTION_WORDS.issuperset(words[i : i + size])
    }
    known = store.named(set(places.values()))
    taken: list[tuple[int, int]] = []
    found: dict[str, int] = {}
    for (start, end), name in places.items():
        if name in known and not any(a <= start and end <= b for a, b in taken):
            taken.append((start, end))
            found[name] = known[name]
    return found


def subgraph(catalogue: "Catalogue", question: str, seeds: Mapping[int, float], scope: Scope = EVERYWHERE) -> Subgraph:
    """The subgraph of a question; `seeds`: passages found for it, by key, and how much each counts."""
    store = KnowledgeStore(catalogue)
    asked = asked_entities(store, question)
    near = [entity for _, entity, _ in store.mentions_in(seeds)]
    counts = store.passage_counts(dict.fromkeys([*asked.values(), *near]), MOST_PASSAGES_OF_ENTITY)
    telling = sorted((count, entity) for entity, count in counts.items() if 0 < count <= MOST_PASSAGES_OF_ENTITY)
    passages = dict.fromkeys(seeds)
    room = MOST_PASSAGES - len(passages)
    chosen = []
    for count, entity in telling:
        room -= count
        if room < 0:
            break
        chosen.append(entity)
    passages.update(dict.fromkeys(key for _, key in store.passages_of(chosen, scope)))
    return _walked(store, list(passages), seeds, frozenset(asked.values()), catalogue.passage_count())


def _walked(
    store: KnowledgeStore, passages: Sequence[int], seeds: Mapping[int, float], asked: frozenset[int], size: int
) -> Subgraph:
    edges = store.mentions_in(passages)
    counts = store.passage_counts({entity for _, entity, _ in edges} | asked, MOST_PASSAGES_OF_ENTITY)
    rarity = {entity: log(1 + size / max(1, count)) for entity, count in counts.items()}
    shared = [edge for edge in edges if 1 < counts[edge[1]] <= MOST_PASSAGES_OF_ENTITY]
    entities = sorted({entity for _, entity, _ in shared} | asked)
    row_of, column_of = ({name: i for i, name in enumerate(names)} for names in (passages, entities))
    rows = np.array([row_of[passage] for passage, _, _ in shared], np.int64)
    columns = np.array([column_of[entity] for _, entity, _ in shared], np.int64)
    weights = np.array([rarity[entity] ** 2 * (1 + log(times)) for _, entity, times in shared], np.float64)
    begin = np.array([seeds.get(passage, 0.0) for passage in passages], np.float64)
    named = np.array([rarity[entity] ** 2 if entity in asked else 0.0 for entity in entities], np.float64)
    if begin.sum() and named.sum():
        begin, named = begin / begin.sum(), QUESTION_WEIGHT * named / named.sum()
    at_passages, at_entities = personalised_pagerank(rows, columns, weights, begin, named)
    return Subgraph(
        list(passages), entities, rows, columns, weights, rarity, asked,
        dict(zip(passages, at_passages.tolist(), strict=True)), dict(zip(entities, at_entities.tolist(), strict=True)),
    )  # fmt: skip
