"""The default: four views of each candidate, standardised and summed.

Candidates are the nearest passages by vector and by BM25. Each has the similarity of the whole passage, of its best
sentence, its BM25 score, and, for those that lead by then, late interaction over token vectors. Each view is
standardised over the candidates before they are added, so that no scale outweighs another (z-score fusion; Fox and
Shaw 1994, TREC-2, combine by sums).

What the first passage leaves open of a question, and the other leading ones do not, takes several passages to answer:
such a question is ranked as `graph` does, which goes from one passage to the next.
"""

from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from vademecum.core.types import Scope
from vademecum.retrieval.encode import Floats
from vademecum.retrieval.retrievers import PassageRetriever, graph
from vademecum.retrieval.retrievers._nearest import nearest
from vademecum.retrieval.retrievers._similarity import best_matches, best_sentences

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.records import StoredVectors
    from vademecum.retrieval.question import Question
    from vademecum.retrieval.searchable import Searchable

CANDIDATES = 64
"""From each of the two indexes. Measured on wiki, notes and spans: 48, 64 and 100 differ by less than .003 MRR."""

SCORED = 1000
"""Best passages by BM25 whose scores are read, for candidates that are near by vector and further down there."""

LATE = 48
"""Candidates that late interaction looks at: 24 and 32 do as well on wiki and notes, and lose .002 nDCG on SciFact."""

LATE_WEIGHT = 2.0
"""Against 1 for each of the other three; 1.5 to 2.5 do equally well."""

TOGETHER = 10
"""Leading passages that are asked whether together they say more of the question than the first alone."""

SEVERAL = 0.03
"""Mean over the question's tokens of the cosine that the others of them add, from which on it takes several passages.
So it does for 49 of 50 questions of musique (recall@5 .708 without, .768 with), for 54% of wiki's (MRR .951, .960) and
half of notes' (the same either way). From .02 to .06 musique stays within .01, the others within .002."""


class BestRetriever(PassageRetriever):
    """Score: a sum of standard scores, 0 for an average candidate; where it takes several passages, that of `graph`."""

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and fused scores."""
        catalogue = self.library.catalogue
        depth = max(k, CANDIDATES)
        sparse = dict(catalogue.sparse(question.terms, max(depth, SCORED), scope))
        near = [key for key, _ in nearest(self.library, question.vector, depth, scope)]
        keys = {*near, *islice(sparse, depth)}
        rows = list(catalogue.vectors(sorted(keys), tokens=False).values())
        if not rows:
            return []
        scores = _standardised(np.array([row.passage for row in rows]) @ question.vector)
        scores += _standardised([sparse.get(row.key, 0.0) for row in rows])
        covers: dict[int, Floats] = {}
        if len(question.tokens):
            scores += _standardised(best_sentences(question.vector, rows))
            covers = self._add_late_interaction(question.tokens, rows, scores)
        order = sorted(range(len(rows)), key=lambda i: (-scores[i], rows[i].key))
        if takes_several([covers[rows[i].key] for i in order[:TOGETHER] if rows[i].key in covers]):
            candidates = graph.Candidates(sparse, near, {row.key: row for row in rows}, covers)
            return graph.build(self.library, k, scope).rank_from(candidates, question, k, scope)
        return [(rows[i].key, float(scores[i])) for i in order[:k]]

    def _add_late_interaction(
        self, tokens: Floats, rows: Sequence["StoredVectors"], scores: Floats
    ) -> dict[int, Floats]:
        """Add to `scores` of those that lead, and return how they cover the question; the others rank behind them."""
        leading = np.argsort(-scores, kind="stable")[:LATE]
        vectors = self.library.catalogue.vectors([rows[i].key for i in leading])
        cosines = best_matches(tokens, [row.tokens for row in vectors.values()])
        covers = dict(zip(vectors, cosines.T, strict=True))
        # One that is not there has been removed by another process meanwhile.
        late = [float(covers[rows[i].key].mean()) if rows[i].key in covers else 0.0 for i in leading]
        behind = np.setdiff1d(np.arange(len(rows)), leading)
        scores[leading] += LATE_WEIGHT * _standardised(late)
        if len(behind):
            scores[behind] += min(0.0, float(scores[leading].min() - scores[behind].max()))
        return covers


def takes_several(covers: Sequence[Floats]) -> bool:
    """Whether passages, best first, together say more of a question than the first; each by its best matches, (n,)."""
    if len(covers) < 2:
        return False
    return float((np.max(covers, axis=0) - covers[0]).mean()) > SEVERAL


def _standardised(values: Sequence[float] | Floats) -> Floats:
    array = np.array(values, np.float32)
    return (array - array.mean()) / (array.std() + 1e-9)


def build(library: "Searchable", k: int, scope: Scope) -> BestRetriever:
    """The retriever over `library`."""
    return BestRetriever(library=library, k=k, scope=scope)
