"""Dense and sparse together by reciprocal rank fusion."""

from collections import defaultdict
from typing import TYPE_CHECKING

from core.types import Scope
from retrieval.retrievers import PassageRetriever, dense, sparse

if TYPE_CHECKING:
    from retrieval.library import Library
    from retrieval.question import Question

RRF_K = 60
"""From Cormack, Clarke and Büttcher 2009, "Reciprocal Rank Fusion outperforms Condorcet", SIGIR."""

DEPTH = 50
"""Passages taken from each ranking."""


class HybridRetriever(PassageRetriever):
    """Score: sum over both rankings of 1 / (60 + rank)."""

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and fused scores."""
        depth = max(k, DEPTH)
        scores: dict[int, float] = defaultdict(float)
        for build_one in (dense.build, sparse.build):
            ranking = build_one(self.library, depth, scope).rank(question, depth, scope)
            for place, (key, _) in enumerate(ranking, 1):
                scores[key] += 1 / (RRF_K + place)
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:k]


def build(library: "Library", k: int, scope: Scope) -> HybridRetriever:
    """The retriever over `library`."""
    return HybridRetriever(library=library, k=k, scope=scope)
