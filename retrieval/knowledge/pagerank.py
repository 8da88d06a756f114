"""Personalised PageRank over passages and the entities that they speak of.

Who reads a passage goes on to one of its entities, and from there to one of the passages that speak of it; now and then
they go back to where the question began. Where they are most often is what the question leads to, over several hops.
Sources: Haveliwala 2002, "Topic-sensitive PageRank", WWW; HippoRAG 2 (Gutiérrez et al. 2025, arXiv:2502.14802), which
has both kinds of nodes in one graph.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

DAMPING = 0.5
"""Chance of a further step, as in HippoRAG: a question has two to four hops, not the web's dozens."""

ITERATIONS = 16
"""After so many steps what is left to come is below 2 ** -16."""


def personalised_pagerank(
    passages: NDArray[np.int64],
    entities: NDArray[np.int64],
    weights: Numbers,
    start_passages: Numbers,
    start_entities: Numbers,
) -> tuple[Numbers, Numbers]:
    """How often each passage (P,) and each entity (E,) is visited, in [0, 1]; both together sum to 1, or less.

    Edge i joins passage `passages[i]` to entity `entities[i]` with weight `weights[i]` > 0, in both directions. The
    starts (P,) and (E,) are at least 0 and need not sum to 1; all zeros lead nowhere.
    """
    passage_count, entity_count = len(start_passages), len(start_entities)
    total = start_passages.sum() + start_entities.sum()
    if not total:
        return np.zeros(passage_count), np.zeros(entity_count)
    begin_passages, begin_entities = start_passages / total, start_entities / total
    out_of_passages = np.bincount(passages, weights, passage_count)[passages]
    out_of_entities = np.bincount(entities, weights, entity_count)[entities]
    to_entities, to_passages = weights / out_of_passages, weights / out_of_entities
    at_passages, at_entities = begin_passages, begin_entities
    for _ in range(ITERATIONS):
        moved = np.bincount(passages, at_entities[entities] * to_passages, passage_count)
        at_entities = (1 - DAMPING) * begin_entities + DAMPING * np.bincount(
            entities, at_passages[passages] * to_entities, entity_count
        )
        at_passages = (1 - DAMPING) * begin_passages + DAMPING * moved
    return at_passages, at_entities
