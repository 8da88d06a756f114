"""Cosine similarity of question and passage vectors, from the vector store; on request also how little hits repeat."""

from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from vademecum.core.types import Scope
from vademecum.retrieval.encode import Floats
from vademecum.retrieval.retrievers import PassageRetriever
from vademecum.retrieval.retrievers._nearest import nearest

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question
    from vademecum.retrieval.searchable import Searchable


class DenseRetriever(PassageRetriever):
    """Nearest neighbours by cosine; scores in [-1, 1].

    `search_type="mmr"` chooses the `k` out of the `fetch_k` nearest by maximal marginal relevance, where `lambda_mult`
    weighs likeness to the question (1) against unlikeness to what has been chosen (0); names as LangChain's.
    """

    search_type: Literal["similarity", "mmr"] = "similarity"
    fetch_k: int = Field(default=50, ge=1)
    lambda_mult: float = Field(default=0.5, ge=0, le=1)

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and cosine similarities, or marginal relevances."""
        if self.search_type == "similarity":
            return nearest(self.library, question.vector, k, scope)
        ranking = nearest(self.library, question.vector, max(k, self.fetch_k), scope)
        rows = self.library.catalogue.vectors([key for key, _ in ranking], tokens=False)
        candidates = [(key, score) for key, score in ranking if key in rows]
        if not candidates:
            return []
        vectors = np.stack([rows[key].passage for key, _ in candidates])
        order = marginal(np.array([score for _, score in candidates], np.float32), vectors, k, self.lambda_mult)
        return [(candidates[i][0], score) for i, score in order]


def marginal(relevance: Floats, vectors: Floats, k: int, lambda_mult: float) -> list[tuple[int, float]]:
    """Places of `k` rows of `vectors` (n, d), unit length, in the order chosen, each with its marginal relevance then.

    The nearest comes first. What is unlike all before (a negative cosine) could gain by that: no score rises.
    Source: Carbonell and Goldstein 1998, "The Use of MMR, Diversity-Based Reranking", SIGIR.
    """
    ranking: list[tuple[int, float]] = []
    repeated = np.zeros(len(vectors), np.float32)
    available = np.ones(len(vectors), bool)
    while len(ranking) < min(k, len(vectors)):
        worth = np.where(available, lambda_mult * relevance - (1 - lambda_mult) * repeated, -np.inf)
        best = int(np.argmax(worth if ranking else relevance))
        similar = vectors @ vectors[best]
        repeated = np.maximum(repeated, similar) if ranking else similar
        available[best] = False
        ranking.append((best, min(float(worth[best]), ranking[-1][1]) if ranking else float(worth[best])))
    return ranking


def build(library: "Searchable", k: int, scope: Scope) -> DenseRetriever:
    """The retriever over `library`."""
    return DenseRetriever(library=library, k=k, scope=scope)
