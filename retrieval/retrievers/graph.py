"""For questions that no single passage answers: from passage to passage over the entities they share.

Passages found without the graph are where a walk begins (personalised PageRank over the question's subgraph of the
knowledge graph); where it often comes by, and what fits the question by vector, best sentence, words and late
interaction, leads. Then passages are chosen in turn, each for what it adds to those before it
(`retrieval/knowledge/hops.py`).
After HippoRAG (Gutiérrez et al. 2024, arXiv:2405.14831; 2025, arXiv:2502.14802).
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vademecum.core.types import Scope
from vademecum.retrieval.encode import Floats
from vademecum.retrieval.knowledge.hops import choose_in_turn, second_hops
from vademecum.retrieval.knowledge.refresh import refresh
from vademecum.retrieval.knowledge.subgraph import Subgraph, subgraph
from vademecum.retrieval.retrievers import PassageRetriever
from vademecum.retrieval.retrievers._nearest import nearest
from vademecum.retrieval.retrievers._similarity import best_matches, best_sentences

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.records import StoredVectors
    from vademecum.retrieval.question import Question
    from vademecum.retrieval.searchable import Searchable

CANDIDATES = 64
"""From each of the two indexes, as in `best`."""

WORDS_DEPTH = 500
"""Passages whose BM25 score is known; those further down count as having none."""

SEEDS = 10
"""Passages at which the walk begins: 5 do as well on musique."""

SHARPNESS = 3.0
"""Of the seeds' weights, exp(3 x fit): a first passage that fits much better than the rest is gone on from."""

POOL = 100
"""Passages whose token vectors are looked at, beside the candidates."""

CHOSEN_FROM = 24
"""Leading passages that are chosen from in turn; the others follow them as they are."""

HOP_WEIGHT = 16.0
"""Of what a passage adds as a second hop (which is some hundredths) against its fit (some units)."""


class Candidates(NamedTuple):
    """What is known of a question's candidates, by key: BM25 scores and the nearest by vector, both best first, and of
    those that have been read, their vectors and how they cover the question's tokens (`best_matches`).
    """

    words: Mapping[int, float]
    near: Sequence[int]
    vectors: "Mapping[int, StoredVectors]"
    covers: Mapping[int, Floats]


class GraphRetriever(PassageRetriever):
    """Score: the log of how often the walk comes by, plus the fit as a standard score, plus what a passage adds."""

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and scores."""
        words = dict(self.library.catalogue.sparse(question.terms, max(k, CANDIDATES, WORDS_DEPTH), scope))
        near = nearest(self.library, question.vector, max(k, CANDIDATES), scope)
        return self.rank_from(Candidates(words, [key for key, _ in near], {}, {}), question, k, scope)

    def rank_from(self, candidates: Candidates, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """The same where candidates have been looked for, and read, already."""
        refresh(self.library)
        views = _Views(self.library, question, candidates, max(k, CANDIDATES))
        if not views.candidates:
            return []
        fit = views.fit(views.candidates)
        seeds = {key: float(np.exp(SHARPNESS * (fit[key] - max(fit.values())))) for key in _leading(fit, SEEDS)}
        graph = subgraph(self.library.catalogue, question.text, seeds, scope)
        walk = {key: float(np.log(graph.visits.get(key, 0.0) + 1e-5)) for key in {*graph.passages, *fit}}
        rough = views.fit(walk, late=False)
        pool = _leading({key: walk[key] + rough[key] for key in walk}, POOL)
        fit = views.fit({*pool, *views.candidates})
        scores = {key: walk[key] + score for key, score in fit.items()}
        if not len(question.tokens):
            return [(key, scores[key]) for key in _leading(scores, k)]
        return _in_turn(scores, views, graph, k)


class _Views:
    """How well passages fit a question, each view standardised by its mean and deviation over the candidates."""

    def __init__(self, library: "Searchable", question: "Question", candidates: Candidates, count: int) -> None:
        self._library = library
        self._question = question
        self._words = dict(islice(candidates.words.items(), max(count, WORDS_DEPTH)))
        self.candidates = list(dict.fromkeys([*candidates.near[:count], *islice(candidates.words, count)]))
        self._vectors = dict(candidates.vectors)
        self.covers = dict(candidates.covers)
        self._scales: dict[str, tuple[float, float]] = {}

    def fit(self, keys: Iterable[int], *, late: bool = True) -> dict[int, float]:
        """Mean standard score of each passage whose vectors are there; without `late`, token vectors stay unread."""
        present = list(keys)
        catalogue, question = self._library.catalogue, self._question
        self._vectors.update(catalogue.vectors([key for key in present if key not in self._vectors], tokens=False))
        present = [key for key in present if key in self._vectors]
        if late and len(question.tokens):
            self._cover([key for key in present if key not in self.covers])
            present = [key for key in present if key in self.covers]  # others have gone meanwhile
        if not present:
            return {}
        rows = [self._vectors[key] for key in present]
        views: dict[str, Sequence[float] | Floats] = {
            "passage": np.array([row.passage for row in rows]) @ question.vector,
            "words": [self._words.get(key, 0.0) for key in present],
        }
        weights = {"passage": 1.0, "words": 1.0, "sentence": 1.0, "late": 2.0}
        if len(question.tokens):
            views["sentence"] = best_sentences(question.vector, rows)
            if late:
                views["late"] = np.array([self.covers[key] for key in present]).mean(axis=1)
        total = np.zeros(len(present), np.float32)
        for name, values in views.items():
            total += weights[name] * self._standard(name, values)
        return dict(zip(present, (total / sum(weights[name] for name in views)).tolist(), strict=True))

    def _cover(self, keys: Sequence[int]) -> None:
        """How well each of the question's tokens is covered by each passage: its best cosine there."""
        rows = self._library.catalogue.vectors(keys)
        cosines = best_matches(self._question.tokens, [row.tokens for row in rows.values()])
        self.covers.update(zip(rows, cosines.T, strict=True))

    def _standard(self, name: str, values: Sequence[float] | Floats) -> Floats:
        """The first call for a view, which is for the candidates, sets its scale."""
        array = np.array(values, np.float32)
        mean, deviation = self._scales.setdefault(name, (float(array.mean()), float(array.std()) + 1e-9))
        return (array - mean) / deviation


def _in_turn(scores: dict[int, float], views: _Views, graph: Subgraph, k: int) -> list[tuple[int, float]]:
    """The leading passages chosen in turn, then the rest by score."""
    speaks_of = graph.entities_of()
    links = {key: speaks_of.get(key, set()) - graph.focus for key in scores}
    most = max(graph.rarity.values(), default=1.0)
    rarity = {entity: value / most for entity, value in graph.rarity.items()}
    hops = second_hops(_leading(scores, CHOSEN_FROM), views.covers, links, rarity)
    scores = {key: score + HOP_WEIGHT * hops[key] for key, score in scores.items()}
    leading = _leading(scores, CHOSEN_FROM)
    ranking = choose_in_turn(scores, {key: views.covers[key] for key in leading}, links, rarity, min(k, CHOSEN_FROM))
    ranked = {key for key, _ in ranking}
    rest = [(key, scores[key]) for key in _leading(scores, k) if key not in ranked]
    lowest = ranking[-1][1] if ranking else 0.0
    return [*ranking, *((key, min(score, lowest)) for key, score in rest)][:k]


def _leading(scores: dict[int, float], count: int) -> list[int]:
    return sorted(scores, key=lambda key: (-scores[key], key))[:count]


def build(library: "Searchable", k: int, scope: Scope) -> GraphRetriever:
    """The retriever over `library`."""
    return GraphRetriever(library=library, k=k, scope=scope)
