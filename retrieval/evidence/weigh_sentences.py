"""Which sentences of the passages found may answer the question, and how likely it is that they do.

Two small linear models over measured features: a ranking of sentences, trained to put those first that hold the
evidence, and a gate, trained to separate questions that the documents answer from questions about something else, or
about something near. Both are fitted by `benchmarks/fit_ranking.py`, which writes `fitted.json`.
"""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.core.types import Evidence, EvidenceSentence, Hit
from vademecum.language.answer_words import strength
from vademecum.retrieval.evidence.direct_answer import STOP_TERMS, answer_span
from vademecum.retrieval.evidence.newest import newest_first
from vademecum.retrieval.evidence.own_weights import own_weights
from vademecum.retrieval.evidence.read_passages import MAX_PASSAGES, UNREAD, Reading, read_passages, read_scores
from vademecum.retrieval.evidence.sentence_context import PlacedSentence, Span
from vademecum.retrieval.evidence.sentence_features import FEATURES, SentenceFeatures, measure
from vademecum.retrieval.evidence.several import together
from vademecum.retrieval.evidence.standing import adjustment
from vademecum.retrieval.question import Question
from vademecum.retrieval.terms import terms

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.reader import CatalogueReader

MAX_EVIDENCE_SENTENCES = 12
"""Sentences that `weigh` returns at most, best first."""

AT_MOST_WITHOUT = 0.3
"""The chance is at most this where what is asked for must be in the best sentence and is not: of 62 questions with an
answer in five corpora one has it so.
"""

OF_ANOTHER = 2.0
"""Log-odds that a sentence loses which lacks a name or number of the question that the best one has."""

LONGEST_RECORD = 300
"""Characters from the name of a record to the line in it that answers, where the name is the answer."""

GATE = ("score", "passage", "words", "near", "no_kind", "missing_names", "rival", "weakest")
"""What the gate looks at: of the best sentence its score, and of the best passage its cosine, both as spreads above
the workspace's baseline; the other features of the best sentence by their names."""


class ScoreBaseline(NamedTuple):
    """How well questions about other things fit: of the best sentence's score, and of the best passage's cosine, the
    median, and how far above it every tenth lies.
    """

    score: float
    score_spread: float
    cosine: float
    cosine_spread: float

    @classmethod
    def of(cls, scores: Sequence[float], cosines: Sequence[float]) -> "ScoreBaseline":
        """Of the scores and cosines of such questions."""
        (score, high), (cosine, near) = np.quantile(scores, (0.5, 0.9)), np.quantile(cosines, (0.5, 0.9))
        return cls(float(score), float(high - score) + 1e-3, float(cosine), float(near - cosine) + 1e-3)

    def above(self, best: "BestSentence") -> list[float]:
        """How far a question's best sentence and passage lie above it, in spreads, then the gate's other features."""
        score, cosine = best.score - self.score, best.cosine - self.cosine
        return [score / self.score_spread, cosine / self.cosine_spread, *best.others]


class BestSentence(NamedTuple):
    """The best sentence for a question: its score, the cosine of the best passage, and the gate's other features."""

    score: float
    cosine: float
    others: tuple[float, ...] = (0.0,) * (len(GATE) - 2)

    @property
    def lacks_kind(self) -> bool:
        """Whether what is asked for must be there and is not."""
        return self.others[GATE.index("no_kind") - 2] > 0


class Fitted(NamedTuple):
    """The fitted weights: of the ranking in the order of `FEATURES`, of the gate in that of `GATE`, and its bias."""

    ranking: NDArray[np.float64]
    gate: NDArray[np.float64]
    bias: float

    @property
    def name(self) -> str:
        """Tells one ranking from another: scores by two are never compared."""
        return hashlib.sha256(self.ranking.tobytes()).hexdigest()[:8]

    @classmethod
    def of(cls, content: Mapping[str, Mapping[str, float]]) -> "Fitted":
        """From the content of `fitted.json`."""
        ranking, gate = content["ranking"], content["gate"]
        return cls(
            np.array([ranking[name] for name in FEATURES]), np.array([gate[name] for name in GATE]), gate["bias"]
        )


@cache
def fitted() -> Fitted:
    """The weights in `fitted.json`, by name."""
    return Fitted.of(json.loads((files("vademecum.retrieval.evidence") / "fitted.json").read_text("utf-8")))


class WeighedSentences(NamedTuple):
    """Sentences with their scores (n,) without the trained reader, and what that says of each."""

    measured: SentenceFeatures
    scores: NDArray[np.float64]
    readings: list[Reading | None]

    def gate_view(self, weights: NDArray[np.float64]) -> BestSentence:
        """What the gate looks at: the score of the best sentence without the reader, the rest of the best with it."""
        best = int(np.argmax(read_scores(self.scores, self.readings, weights)))
        return gate_view(self.measured, best, float(self.scores.max()))


def weigh(
    catalogue: "CatalogueReader",
    question: Question,
    hits: Sequence[Hit],
    baseline: Callable[[], ScoreBaseline],
    *,
    threads: int = 0,
) -> Evidence:
    """Sentences best first, with log-odds of their rank as `score`, and the calibrated chance that they answer.

    `hits` are the best ten passages; with many fewer, `gap` means something else and the chance is less exact.
    `baseline` is asked only where there are sentences. `threads`: passages that are read at once; 0 means one a core.
    """
    weights = own_weights(catalogue.home)
    passages = 0 if weights is UNREAD else MAX_PASSAGES
    weighed = read(catalogue, question, hits, passages=passages, threads=threads)
    measured, readings = weighed.measured, weighed.readings
    if not measured.sentences:
        return Evidence()
    scores = read_scores(weighed.scores, readings, weights)
    scores = scores + np.array([adjustment(question.text, hit, placed.start) for hit, placed in measured.sentences])
    scores = scores - OF_ANOTHER * _names_less(measured, int(np.argmax(scores)))
    order = _without_repeats(measured, np.argsort(-scores, kind="stable"))
    order, days = newest_first(order, scores.tolist(), measured, catalogue.text)
    first = together(question.text, measured.expected, measured.sentences, order)
    order = [*first, *(i for i in order if i not in first)][: max(MAX_EVIDENCE_SENTENCES, len(first))]
    sentences = tuple(
        _marked(_evidence(question, measured, i, float(scores[i]), days.get(i)), readings[i]) for i in order
    )
    chance = confidence(weighed.gate_view(weights), baseline())
    return Evidence(sentences=sentences, confidence=chance, expected=measured.expected.kind, whole=len(first))


def _names_less(measured: SentenceFeatures, best: int) -> NDArray[np.bool_]:
    """Which sentences have fewer of the question's names and numbers near them than the best one."""
    missing = measured.features[:, FEATURES.index("missing_names")]
    return missing > missing[best]


def read(
    catalogue: "CatalogueReader",
    question: Question,
    hits: Sequence[Hit],
    *,
    passages: int = MAX_PASSAGES,
    threads: int = 0,
) -> WeighedSentences:
    """The sentences of the best hits, and what the trained reader says of those in the best `passages`."""
    measured = measure(catalogue, question, hits)
    if not measured.sentences:
        return WeighedSentences(measured, np.zeros(0), [])
    scores = measured.features @ fitted().ranking
    sentences = [(hit, placed.start, placed.end) for hit, placed in measured.sentences]
    readings = read_passages(catalogue, question.text, sentences, scores, passages=passages, threads=threads)
    return WeighedSentences(measured, scores, readings)


def _marked(sentence: EvidenceSentence, reading: Reading | None) -> EvidenceSentence:
    """The sentence with the words that the reader takes for the answer, where no others are known."""
    if sentence.answer_span or reading is None or reading.span <= 0:
        return sentence
    start, end = reading.start - sentence.citation.start, reading.end - sentence.citation.start
    return (
        sentence.model_copy(update={"answer_span": (start, end)})
        if 0 <= start < end <= len(sentence.text)
        else sentence
    )


def _evidence(
    question: Question, measured: SentenceFeatures, row: int, score: float, day: date | None
) -> EvidenceSentence:
    """The sentence in that row, with the words that answer and the places that give it its meaning."""
    hit, placed = measured.sentences[row]
    text, begin = hit.passage.text, hit.passage.start
    inside = [(start, end) for start, end in placed.needs if begin <= start < end <= hit.passage.end]
    if placed.role in ("field", "row", "item") and not placed.record and (above := _heading(hit, measured)):
        inside.insert(0, above)
    header = next(
        (text[a - begin : b - begin] for a, b in inside if placed.role == "row" and text[a - begin] == "|"), ""
    )
    start = placed.start
    own = text[start - begin : placed.end - begin]
    if placed.record in inside and strength(own, measured.expected, question.text) < 0.5:
        names = text[placed.record[0] - begin : placed.end - begin]
        if len(names) <= LONGEST_RECORD and strength(names, measured.expected, question.text) >= 0.5:
            start, own = placed.record[0], names
    citation = hit.cite(start, placed.end)
    return EvidenceSentence(
        text=citation.quote,
        citation=citation,
        passage_id=hit.passage.id,
        score=round(score, 4),
        context=tuple(hit.cite(a, b) for a, b in _cited(question, placed, inside, hit) if b <= start),
        answer_span=answer_span(own, measured.expected, question.text, header),
        dated=day,
    )


def _heading(hit: Hit, measured: SentenceFeatures) -> Span | None:
    """Where the heading stands that a passage begins with; None where it begins without."""
    first = min(placed.start for other, placed in measured.sentences if other is hit) - hit.passage.start
    title = hit.passage.headings[-1] if hit.passage.headings else ""
    at = hit.passage.text.rfind(title, 0, first) if title else -1
    return (hit.passage.start + at, hit.passage.start + at + len(title)) if at >= 0 else None


def _cited(question: Question, placed: PlacedSentence, inside: Sequence[Span], hit: Hit) -> list[Span]:
    """The places that are cited with a sentence: of whole sentences only those that hold a word of the question."""
    text, begin = hit.passage.text, hit.passage.start
    request = set(terms(question.text)) - STOP_TERMS - set(terms(text[placed.start - begin : placed.end - begin]))
    return [(a, b) for a, b in inside if placed.role != "prose" or request & set(terms(text[a - begin : b - begin]))]


def best_sentence(catalogue: "CatalogueReader", question: Question, hits: Sequence[Hit]) -> BestSentence:
    """What the gate looks at, of a question and its hits."""
    return best_of(measure(catalogue, question, hits))


def best_of(measured: SentenceFeatures) -> BestSentence:
    """What the gate looks at, of sentences measured."""
    if not measured.sentences:
        return BestSentence(0.0, measured.cosine)
    scores = measured.features @ fitted().ranking
    return gate_view(measured, int(np.argmax(scores)), float(scores.max()))


def gate_view(measured: SentenceFeatures, best: int, score: float) -> BestSentence:
    """What the gate looks at where the sentence in row `best` leads with `score`."""
    row = dict(zip(FEATURES, measured.features[best].tolist(), strict=True))
    return BestSentence(score, measured.cosine, tuple(row[name] for name in GATE[2:]))


def confidence(best: BestSentence, baseline: ScoreBaseline) -> float:
    """The chance in [0, 1] that the documents answer a question whose best sentence is `best`."""
    chance = 1 / (1 + math.exp(-log_odds(best, baseline)))
    return round(min(chance, AT_MOST_WITHOUT) if best.lacks_kind else chance, 4)


def log_odds(best: BestSentence, baseline: ScoreBaseline) -> float:
    """The gate's log-odds that the documents answer, before anything is read."""
    return float(np.array(baseline.above(best)) @ fitted().gate) + fitted().bias


def _without_repeats(measured: SentenceFeatures, order: NDArray[np.intp]) -> list[int]:
    """`order` without sentences that say word for word what an earlier one says of the same."""
    seen: set[tuple[str, ...]] = set()
    unique = []
    for i in order.tolist():
        hit, placed = measured.sentences[i]
        needs = placed.needs if placed.role in ("field", "row") else ()
        places = [(placed.start, placed.end), *needs]
        inside = [(start, end) for start, end in places if start >= hit.passage.start]
        text = " ".join(hit.passage.text[start - hit.passage.start : end - hit.passage.start] for start, end in inside)
        words = tuple(terms(text))
        if words not in seen:
            seen.add(words)
            unique.append(i)
    return unique
