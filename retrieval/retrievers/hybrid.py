"""Dense and sparse together: by the ranks that they give, or by their scores made comparable."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from vademecum.core.types import Scope
from vademecum.retrieval.retrievers import PassageRetriever, dense, sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vademecum.retrieval.question import Question
    from vademecum.retrieval.searchable import Searchable

    Ranking = Sequence[tuple[int, float]]

RRF_K = 60
"""From Cormack, Clarke and Büttcher 2009, "Reciprocal Rank Fusion outperforms Condorcet", SIGIR."""

DEPTH = 50
"""Passages taken from each ranking."""


class HybridRetriever(PassageRetriever):
    """Fuses the two rankings by `fusion`.

    rrf: sum of 1 / (60 + rank). zscore: sum of standard scores, where a passage that one of them did not find counts
    there as its last.
    """

    fusion: Literal["rrf", "zscore"] = "rrf"

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and fused scores."""
        depth = max(k, DEPTH)
        rankings = [mode.build(self.library, depth, scope).rank(question, depth, scope) for mode in (dense, sparse)]
        scores = reciprocal_ranks(rankings) if self.fusion == "rrf" else standard_scores(rankings)
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:k]


def reciprocal_ranks(rankings: "Sequence[Ranking]") -> dict[int, float]:
    """By key the sum over the rankings of 1 / (60 + rank)."""
    scores: dict[int, float] = {}
    for ranking in rankings:
        for place, (key, _) in enumerate(ranking, 1):
            scores[key] = scores.get(key, 0.0) + 1 / (RRF_K + place)
    return scores


def standard_scores(rankings: "Sequence[Ranking]") -> dict[int, float]:
    """By key the sum over the rankings of its standard score there (sums: Fox and Shaw 1994, TREC-2)."""
    keys = sorted({key for ranking in rankings for key, _ in ranking})
    total = np.zeros(len(keys))
    for ranking in filter(None, rankings):
        scores, last = dict(ranking), ranking[-1][1]
        values = np.array([scores.get(key, last) for key in keys])
        total += (values - values.mean()) / (values.std() + 1e-9)
    return dict(zip(keys, total.tolist(), strict=True))


def build(library: "Searchable", k: int, scope: Scope) -> HybridRetriever:
    """The retriever over `library`, fusing as the settings say."""
    return HybridRetriever(library=library, k=k, scope=scope, fusion=library.settings.fusion)
