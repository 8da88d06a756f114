"""Which sentences of the passages found may answer the question, and how likely it is that they do.

Two small linear models over measured features, fitted by `benchmarks/fit_ranking.py`, which prints these constants:
a ranking of sentences, trained to put those first that hold the evidence, and a gate, trained to separate questions
that the documents answer from questions about something else.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.core.types import Evidence, EvidenceSentence, Hit
from vademecum.retrieval.encode import Floats, read_sentences, read_tokens, unit
from vademecum.retrieval.evidence.standing import adjustment
from vademecum.retrieval.question import Question
from vademecum.retrieval.terms import inverse_document_frequency, terms, variants

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.reader import CatalogueReader
    from vademecum.retrieval.catalogue.records import StoredVectors

MAX_PASSAGES_READ = 5
"""Passages, of the best, whose sentences are weighed: with five, 99.7% of the wiki questions have their evidence there.
"""

MAX_EVIDENCE_SENTENCES = 12
"""Sentences that `weigh` returns at most, best first."""

MAX_ANSWER_SENTENCES = 4
"""Sentences that an answer without a language model cites at most: more than a reader wants is left out."""

MAX_ANSWER_CHARS = 680
"""Characters of an answer without a language model, at most, unless its first sentence alone is longer."""

MIN_CHANCE_SHARE = 0.03
"""A sentence is cited only if its chance to hold the evidence is at least this share of the best sentence's chance.

Measured: citations of spans at an intersection over union of .355 with it, .297 without, at a recall of .63 and .64;
evidence cited on wiki .95 and .97.
"""

FEATURES = ("cosine", "late", "words", "gap", "short")
"""What is measured of a sentence, in the order of the columns.

cosine: of its vector and the question's. late: MaxSim of the question's tokens over its tokens. words: share of the
question's words, weighed by rarity, that are in it, in its headings or in the sentence before. gap: its passage's score
minus the best passage's, over the range of the hits' scores: 0 for the best passage, -1 for the last hit. short: 1 for
a sentence of fewer than five words, else 0.
"""

WEIGHTS = np.array([1.57, 16.06, 5.04, 2.44, -2.65])
"""The ranking's weights, in the order of `FEATURES`; their sum over the features is a sentence's score."""

GATE_WEIGHTS = np.array([0.489, 17.176, 5.524])
"""The gate's weights: for the best sentence's score and the best passage's cosine, both minus the workspace's baseline,
and for the best sentence's feature `words`.
"""

GATE_BIAS = -5.75
"""The gate's constant term."""


Word = tuple[str, ...]
"""A word of the question, as its stems in the languages of the passages."""


class ScoreBaseline(NamedTuple):
    """Medians over questions about other things: of the best sentence's score, and of the best passage's cosine."""

    score: float
    cosine: float


class SentenceFeatures(NamedTuple):
    """The sentences of the best hits.

    `features` (n, 5) has a row for each, in the columns of `FEATURES`; `sentences` its hit, and its start and end as
    offsets into the document. `cosine` is that of the question and the best passage.
    """

    features: NDArray[np.float64]
    sentences: list[tuple[Hit, int, int]]
    cosine: float


class BestSentence(NamedTuple):
    """The best sentence for a question: its score, its feature `words`, and the cosine of the best passage."""

    score: float
    word_share: float
    cosine: float


def weigh(
    catalogue: "CatalogueReader", question: Question, hits: Sequence[Hit], baseline: Callable[[], ScoreBaseline]
) -> Evidence:
    """Sentences best first, with log-odds of their rank as `score`, and the calibrated chance that they answer.

    `hits` are the best ten passages; with many fewer, `gap` means something else and the chance is less exact.
    `baseline` is asked only where there are sentences.
    """
    measured = measure(catalogue, question, hits)
    if not measured.sentences:
        return Evidence()
    scores = measured.features @ WEIGHTS + np.array(
        [adjustment(question.text, hit, start) for hit, start, _ in measured.sentences]
    )
    order = _without_repeats(measured.sentences, np.argsort(-scores, kind="stable"))
    sentences = []
    for i in order[:MAX_EVIDENCE_SENTENCES]:
        hit, start, end = measured.sentences[i]
        citation = hit.cite(start, end)
        sentences.append(
            EvidenceSentence(
                text=citation.quote, citation=citation, passage_id=hit.passage.id, score=round(float(scores[i]), 4)
            )
        )
    return Evidence(sentences=tuple(sentences), confidence=confidence(_best(measured), baseline()))


def sentences_for_answer(evidence: Evidence) -> tuple[EvidenceSentence, ...]:
    """The one to four sentences that make a short answer, best first."""
    if not evidence.sentences:
        return ()
    scores = np.array([sentence.score for sentence in evidence.sentences])
    chances = np.exp(scores - scores.max())
    chances /= chances.sum()
    answer: list[EvidenceSentence] = []
    length = 0
    for sentence, chance in zip(evidence.sentences, chances, strict=True):
        length += len(sentence.text) + 1
        if answer and (length > MAX_ANSWER_CHARS or chance < MIN_CHANCE_SHARE * chances[0]):
            break
        answer.append(sentence)
        if len(answer) == MAX_ANSWER_SENTENCES:
            break
    return tuple(answer)


def measure(catalogue: "CatalogueReader", question: Question, hits: Sequence[Hit]) -> SentenceFeatures:
    """The features of every sentence in the best of `hits`."""
    counts = catalogue.document_counts(question.terms)
    rarity = _rarity(question.words, counts, catalogue.passage_count())
    keys = {stored.passage.id: stored.key for stored in catalogue.passages(ids=[hit.passage.id for hit in hits])}
    vectors = catalogue.vectors(list(keys.values()))
    hits = [hit for hit in hits if keys.get(hit.passage.id) in vectors]  # others were removed meanwhile
    features: list[list[float]] = []
    sentences: list[tuple[Hit, int, int]] = []
    for hit in hits[:MAX_PASSAGES_READ]:
        gap = (hit.score - hits[0].score) / (hits[0].score - hits[-1].score + 1e-9)
        for sentence_features, span in _sentences(question, hit, vectors[keys[hit.passage.id]], rarity, gap):
            features.append(sentence_features)
            sentences.append((hit, *span))
    cosine = max(
        (float(passage_vectors.passage @ question.vector) for passage_vectors in vectors.values()), default=0.0
    )
    return SentenceFeatures(np.array(features, np.float64).reshape(-1, len(FEATURES)), sentences, cosine)


def best_sentence(catalogue: "CatalogueReader", question: Question, hits: Sequence[Hit]) -> BestSentence:
    """What the gate looks at, of a question and its hits."""
    return _best(measure(catalogue, question, hits))


def _best(measured: SentenceFeatures) -> BestSentence:
    if not measured.sentences:
        return BestSentence(0.0, 0.0, measured.cosine)
    scores = measured.features @ WEIGHTS
    best = int(np.argmax(scores))
    return BestSentence(float(scores[best]), float(measured.features[best][FEATURES.index("words")]), measured.cosine)


def confidence(best: BestSentence, baseline: ScoreBaseline) -> float:
    """The chance in [0, 1] that the documents answer a question whose best sentence is `best`."""
    above = np.array([best.score - baseline.score, best.cosine - baseline.cosine, best.word_share])
    return round(1 / (1 + math.exp(-float(above @ GATE_WEIGHTS) - GATE_BIAS)), 4)


def _rarity(words: Sequence[Word], counts: dict[str, int], passages: int) -> dict[Word, float]:
    """Inverse document frequency of each of the question's words, as in BM25 (Lucene's variant, never negative)."""
    frequencies = {word: min(passages, sum(counts[stem] for stem in word)) for word in words}
    return {word: inverse_document_frequency(n, passages) for word, n in frequencies.items()}


def _sentences(
    question: Question, hit: Hit, stored: "StoredVectors", rarity: dict[Word, float], gap: float
) -> Iterator[tuple[list[float], tuple[int, int]]]:
    """Features of each sentence of one hit, and its start and end as offsets into the document."""
    ranges, vectors = read_sentences(stored.sentences, len(stored.spans))
    text, offset = hit.passage.text, hit.passage.start
    if len(stored.spans) and not vectors.size:
        quotes = [text[start - offset : end - offset] for start, end in stored.spans]
        vectors = unit(np.array(question.model.embed_documents(quotes), np.float32))
    cosines = vectors @ question.vector if len(vectors) else np.zeros(0)
    similar = question.tokens @ read_tokens(stored.tokens).T if stored.tokens and len(question.tokens) else None
    everywhere = _stems(" ".join([hit.title, *hit.passage.headings]), question)
    before: set[str] = set()
    for (start, end), (first, last), cosine in zip(stored.spans.tolist(), ranges.tolist(), cosines, strict=True):
        own = variants(text[start - offset : end - offset], question.languages)
        stems = {stem for word in own for stem in word}
        late = _late(similar, first, last) if similar is not None else float(cosine)
        words = _share(rarity, everywhere | before | stems)
        yield [float(cosine), late, words, gap, float(len(own) < 5)], (start, end)
        before = stems


def _late(similar: Floats, first: int, last: int) -> float:
    """MaxSim of the question's tokens (rows) and the passage's tokens `first` to `last` (columns)."""
    columns = similar[:, first:last]
    return float(columns.max(axis=1).mean()) if columns.size else 0.0


def _stems(text: str, question: Question) -> set[str]:
    return {stem for word in variants(text, question.languages) for stem in word}


def _share(rarity: dict[Word, float], there: set[str]) -> float:
    total = sum(rarity.values())
    return sum(weight for word, weight in rarity.items() if not there.isdisjoint(word)) / total if total else 0.0


def _without_repeats(sentences: list[tuple[Hit, int, int]], order: NDArray[np.intp]) -> list[int]:
    """`order` without sentences that say word for word what an earlier one says."""
    seen: set[tuple[str, ...]] = set()
    unique = []
    for i in order.tolist():
        hit, start, end = sentences[i]
        words = tuple(terms(hit.passage.text[start - hit.passage.start : end - hit.passage.start]))
        if words not in seen:
            seen.add(words)
            unique.append(i)
    return unique
