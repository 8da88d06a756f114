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
        found = nearest(self.library, question.vector, max(k, self.fetch_k), scope)
        stored = self.library.catalogue.vectors([key for key, _ in found], tokens=False)
        kept = [(key, score) for key, score in found if key in stored]
        if not kept:
            return []
        vectors = np.stack([stored[key].passage for key, _ in kept])
        chosen = marginal(np.array([score for _, score in kept], np.float32), vectors, k, self.lambda_mult)
        return [(kept[i][0], score) for i, score in chosen]


def marginal(relevance: Floats, vectors: Floats, k: int, lambda_mult: float) -> list[tuple[int, float]]:
    """Places of `k` rows of `vectors` (n, d), unit length, in the order chosen, each with its marginal relevance then.

    The nearest comes first. What is unlike all before (a negative cosine) could gain by that: no score rises.
    Source: Carbonell and Goldstein 1998, "The Use of MMR, Diversity-Based Reranking", SIGIR.
    """
    chosen: list[tuple[int, float]] = []
    repeated = np.zeros(len(vectors), np.float32)
    left = np.ones(len(vectors), bool)
    while len(chosen) < min(k, len(vectors)):
        worth = np.where(left, lambda_mult * relevance - (1 - lambda_mult) * repeated, -np.inf)
        best = int(np.argmax(worth if chosen else relevance))
        similar = vectors @ vectors[best]
        repeated = np.maximum(repeated, similar) if chosen else similar
        left[best] = False
        chosen.append((best, min(float(worth[best]), chosen[-1][1]) if chosen else float(worth[best])))
    return chosen


def build(library: "Searchable", k: int, scope: Scope) -> DenseRetriever:
    """The retriever over `library`."""
    return DenseRetriever(library=library, k=k, scope=scope)
