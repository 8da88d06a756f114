"""Nearest passages by vector, within a scope: by the index where it can, else by an exact look at those allowed.

The index knows collections and nothing else. Where the rest of a scope lets most passages through, the index is asked
for more and what is outside is dropped; where it lets few through, their vectors are compared one by one.
"""

import heapq
from typing import TYPE_CHECKING

from vademecum.core.types import EVERYWHERE, Scope
from vademecum.retrieval.encode import Floats

if TYPE_CHECKING:
    from vademecum.retrieval.searchable import Searchable

MOST_SHARE = 0.2
"""Of the passages, from which on the index is asked first."""

SLICE = 4096
"""Vectors compared at once: 6 MB of 384 dimensions."""


def nearest(library: "Searchable", vector: Floats, k: int, scope: Scope = EVERYWHERE) -> list[tuple[int, float]]:
    """Keys and cosine similarities of the `k` passages nearest to `vector` (d,), best first."""
    if not scope.is_narrow:
        return _by_index(library, vector, k, scope.collection)
    allowed = library.catalogue.keys(scope)
    share = len(allowed) / max(1, library.catalogue.passage_count(scope.collection))
    if share > MOST_SHARE:
        within = set(allowed)
        ranking = _by_index(library, vector, int(2 * k / share), scope.collection)
        if len(inside := [(key, score) for key, score in ranking if key in within]) >= min(k, len(allowed)):
            return inside[:k]
    return _exactly(library, vector, k, allowed)


def _by_index(library: "Searchable", vector: Floats, k: int, collection: str | None) -> list[tuple[int, float]]:
    matches = library.vectors.search(vector, k, collection)
    keys = library.catalogue.keys_of([name for name, _ in matches])
    return [(keys[name], score) for name, score in matches if name in keys]


def _exactly(library: "Searchable", vector: Floats, k: int, keys: list[int]) -> list[tuple[int, float]]:
    best: list[tuple[float, int]] = []
    for begin in range(0, len(keys), SLICE):
        present, rows = library.catalogue.passage_vectors(keys[begin : begin + SLICE], library.fingerprint)
        if len(present):
            scores = (rows @ vector).tolist()
            best = heapq.nlargest(k, [*best, *((score, -key) for score, key in zip(scores, present, strict=True))])
    return [(-key, score) for score, key in best]
