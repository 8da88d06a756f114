"""The default: four views of each candidate, standardised and summed.

Candidates are the nearest passages by vector and by BM25. Each has the similarity of the whole passage, of its best
sentence, its BM25 score, and, for those that lead by then, late interaction over token vectors. Each view is
standardised over the candidates before they are added, so that no scale outweighs another (z-score fusion; Fox and
Shaw 1994, TREC-2, combine by sums).
"""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from core.types import Scope
from retrieval.encode import Floats, read_sentences, read_tokens
from retrieval.nearest import nearest
from retrieval.retrievers import PassageRetriever

if TYPE_CHECKING:
    from retrieval.library import Library
    from retrieval.question import Question
    from retrieval.records import StoredVectors

CANDIDATES = 64
"""From each of the two indexes. Measured on wiki, notes and spans: 48, 64 and 100 differ by less than .003 MRR."""

SCORED = 1000
"""Best passages by BM25 whose scores are read, for candidates that are near by vector and further down there."""

LATE = 48
"""Candidates that late interaction looks at: 24 and 32 do as well on wiki and notes, and lose .002 nDCG on SciFact."""

LATE_WEIGHT = 2.0
"""Against 1 for each of the other three; 1.5 to 2.5 do equally well."""


class BestRetriever(PassageRetriever):
    """Score: a sum of standard scores, 0 for an average candidate."""

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and fused scores."""
        catalogue = self.library.catalogue
        depth = max(k, CANDIDATES)
        sparse = dict(catalogue.sparse(question.terms, max(depth, SCORED), scope))
        keys = {key for key, _ in nearest(self.library, question.vector, depth, scope)} | set(islice(sparse, depth))
        stored = list(catalogue.vectors(sorted(keys), tokens=False).values())
        if not stored:
            return []
        scores = _standardised([row.passage @ question.vector for row in stored])
        scores += _standardised([sparse.get(row.key, 0.0) for row in stored])
        if len(question.tokens):
            scores += _standardised([best_sentence(row, question.vector) for row in stored])
            self._add_late_interaction(question.tokens, stored, scores)
        order = sorted(range(len(stored)), key=lambda i: (-scores[i], stored[i].key))[:k]
        return [(stored[i].key, float(scores[i])) for i in order]

    def _add_late_interaction(self, tokens: Floats, stored: Sequence["StoredVectors"], scores: Floats) -> None:
        """Add to `scores` of those that lead; what does not lead falls behind them all."""
        leading = np.argsort(-scores, kind="stable")[:LATE]
        kept = self.library.catalogue.vectors([stored[i].key for i in leading])
        there = {key: read_tokens(row.tokens) for key, row in kept.items()}
        gone = tokens[:0]  # a passage that another process has removed meanwhile
        late = [max_similarity(tokens, there.get(stored[i].key, gone)) for i in leading]
        behind = np.setdiff1d(np.arange(len(stored)), leading)
        scores[leading] += LATE_WEIGHT * _standardised(late)
        if len(behind):
            scores[behind] += min(0.0, float(scores[leading].min() - scores[behind].max()))


def max_similarity(question: Floats, passage: Floats) -> float:
    """MaxSim: mean over the question's tokens of the best cosine in the passage (Khattab and Zaharia 2020, eq. 3)."""
    return float((question @ passage.T).max(axis=1).mean()) if len(passage) else 0.0


def best_sentence(row: "StoredVectors", vector: Floats) -> float:
    """Cosine of the passage's sentence nearest to `vector` (d,), unit length; 0 where it has no sentence vectors."""
    _, sentences = read_sentences(row.sentences, len(row.spans))
    return float((sentences @ vector).max()) if sentences.size else 0.0


def _standardised(values: Sequence[float]) -> Floats:
    array = np.array(values, np.float32)
    return (array - array.mean()) / (array.std() + 1e-9)


def build(library: "Library", k: int, scope: Scope) -> BestRetriever:
    """The retriever over `library`."""
    return BestRetriever(library=library, k=k, scope=scope)
