"""What is measured of the sentences of the passages found: a row of features for each.

A feature more is a name in `FEATURES` and a number in `_row`; `benchmarks/fit_ranking.py` then finds its weight.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.core.types import Hit
from vademecum.language.answer_words import is_checkable, strength
from vademecum.language.expected_answer import Expected, expected_answer
from vademecum.retrieval.encode import Floats, read_sentences, read_tokens, unit
from vademecum.retrieval.evidence.sentence_context import PlacedSentence, place_sentences, telling_heading
from vademecum.retrieval.evidence.subject import Subject, Word, is_there, names_in, stems_of, subject_of
from vademecum.retrieval.question import Question
from vademecum.retrieval.terms import inverse_document_frequency, terms

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.reader import CatalogueReader
    from vademecum.retrieval.catalogue.records import StoredVectors

MAX_PASSAGES_READ = 5
"""Passages, of the best, whose sentences are weighed: with five, 99.7% of the wiki questions have their evidence there.
"""

LEAST_KIND = 0.3
"""Strength below which a sentence holds nothing of what is asked for."""

TOPIC_WEIGHT = 0.25
"""Of a word that was carried over from an earlier question, against 1 for the question's own."""

FEATURES = (
    "cosine", "late", "words", "gap", "short", "near", "kind", "no_kind", "likely_kind", "missing_names", "rival",
    "weakest",
)  # fmt: skip
"""What is measured of a sentence, in the order of the columns.

cosine: of its vector and the question's. late: MaxSim of the question's tokens over its tokens. words: share of the
question's words, weighed by rarity, that are in it, in what gives it its meaning, in the headings above it, or in the
sentence before. gap: its passage's score minus the best passage's, over the range of the hits' scores: 0 for the best
passage, -1 for the last hit. short: 1 for a sentence of fewer than five words, else 0. near: as `words`, without the
sentence before. kind: how surely it holds what is asked for, where that is certain to be needed; no_kind: 1 where it
then holds nothing of it; likely_kind: as `kind`, where it is not certain. missing_names: share of the question's names
and numbers that are not near it. rival: where one is not, 1 if the record or heading bears another name, .5 if the
sentence has another. weakest: the least likeness of any of the question's words of weight to a token of it and what
gives it its meaning.
"""


class SentenceFeatures(NamedTuple):
    """The sentences of the best hits.

    `features` (n, len(FEATURES)) has a row for each; `sentences` its hit and where it stands. `cosine` is that of the
    question and the best passage. `expected` is what the question asks for.
    """

    features: NDArray[np.float64]
    sentences: list[tuple[Hit, PlacedSentence]]
    cosine: float
    expected: Expected


class _Asked(NamedTuple):
    """What is known of a question before any passage is looked at; `weights` of its tokens, which sum to 1."""

    question: Question
    expected: Expected
    subject: Subject
    rarity: dict[Word, float]
    weights: Floats


def measure(catalogue: "CatalogueReader", question: Question, hits: Sequence[Hit]) -> SentenceFeatures:
    """The features of every sentence in the best of `hits` that can be an answer."""
    keys = {stored.passage.id: stored.key for stored in catalogue.passages(ids=[hit.passage.id for hit in hits])}
    vectors = catalogue.vectors(list(keys.values()))
    hits = [hit for hit in hits if keys.get(hit.passage.id) in vectors]  # others were removed meanwhile
    request = _asked(catalogue, question, hits[:MAX_PASSAGES_READ])
    rows: list[list[float]] = []
    sentences: list[tuple[Hit, PlacedSentence]] = []
    for hit in hits[:MAX_PASSAGES_READ]:
        gap = (hit.score - hits[0].score) / (hits[0].score - hits[-1].score + 1e-9)
        text = catalogue.text(hit.passage.source_id)
        for row, sentence in _sentences(request, hit, text, vectors[keys[hit.passage.id]], gap):
            rows.append(row)
            sentences.append((hit, sentence))
    cosine = max((float(one.passage @ question.vector) for one in vectors.values()), default=0.0)
    return SentenceFeatures(np.array(rows, np.float64).reshape(-1, len(FEATURES)), sentences, cosine, request.expected)


def _asked(catalogue: "CatalogueReader", question: Question, hits: Sequence[Hit]) -> _Asked:
    texts = [" ".join([hit.title, *hit.passage.headings, hit.passage.text]) for hit in hits]
    expected = expected_answer(question.text)
    subject = subject_of(question.text, expected.cues, question.languages, texts)
    every = {*question.words, *subject.words}
    counts = catalogue.document_counts(tuple({stem for word in every for stem in word}))
    rarity = _rarity(every, counts, catalogue.passage_count())
    rarity = {word: weight * (TOPIC_WEIGHT if word in subject.topic else 1) for word, weight in rarity.items()}
    lent = {stem for word in subject.topic for stem in word}
    weights = np.array([TOPIC_WEIGHT if term in lent else 1.0 for term in question.token_terms], np.float32)
    return _Asked(question, expected, subject, rarity, weights / max(weights.sum(), 1e-9))


def _rarity(words: set[Word], counts: dict[str, int], passages: int) -> dict[Word, float]:
    """Inverse document frequency of each of the question's words, as in BM25 (Lucene's variant, never negative)."""
    frequencies = {word: min(passages, sum(counts[stem] for stem in word)) for word in words}
    return {word: inverse_document_frequency(n, passages) for word, n in frequencies.items()}


def _sentences(
    request: _Asked, hit: Hit, text: str, stored: "StoredVectors", gap: float
) -> Iterator[tuple[list[float], PlacedSentence]]:
    """Features of each sentence of one hit, and where it stands."""
    question = request.question
    ranges, vectors = read_sentences(stored.sentences, len(stored.spans))
    spans = [(int(start), int(end)) for start, end in stored.spans]
    if len(spans) and not vectors.size:
        vectors = unit(np.array(question.model.embed_documents([text[start:end] for start, end in spans]), np.float32))
    cosines = vectors @ question.vector if len(vectors) else np.zeros(0)
    similar = question.tokens @ read_tokens(stored.tokens).T if stored.tokens and len(question.tokens) else None
    everywhere = stems_of(" ".join([hit.title, *hit.passage.headings, hit.path.rsplit("/", 1)[-1]]), question.languages)
    before: frozenset[str] = frozenset()
    placed = place_sentences(text, hit.passage.start, hit.passage.end, spans)
    columns = dict(zip(spans, ranges.tolist(), strict=True))
    head = min((first for first, _ in columns.values()), default=0)
    likeness = dict(zip(spans, map(float, cosines), strict=True))
    if spans and (heading := telling_heading(text, hit.passage.start, spans[0][0])):
        placed.insert(0, heading)
        columns[heading[:2]], likeness[heading[:2]] = [0, head], float(stored.passage @ question.vector)
    for sentence in placed:
        own_text, cosine = text[sentence.start : sentence.end], likeness[sentence[:2]]
        own = stems_of(own_text, question.languages)
        if sentence.role != "frame":
            context = " ".join(text[start:end] for start, end in sentence.needs)
            near = everywhere | own | stems_of(context, question.languages)
            if _is_anothers(request, sentence, near, text):
                continue
            record = text[slice(*sentence.record)] if sentence.record else "".join(hit.passage.headings[-1:])
            tokens = [(0, head), *(columns[span] for span in [sentence[:2], *sentence.needs] if span in columns)]
            late = _late(similar, request.weights, *columns[sentence[:2]]) if similar is not None else cosine
            row = [
                cosine, late, _share(request, near | (before if sentence.role == "prose" else own)), gap,
                float(len(terms(own_text)) < 5),
                _share(request, near), *_kinds(request, sentence, text),
                *_names(request, near, own_text, record),
                _weakest(request, similar, tokens, near),
            ]  # fmt: skip
            yield row, sentence
        before = own


def _late(similar: Floats, weights: Floats, first: int, last: int) -> float:
    """MaxSim of the question's tokens (rows, weighted) and the passage's tokens `first` to `last` (columns)."""
    columns = similar[:, first:last]
    return float(columns.max(axis=1) @ weights) if columns.size else 0.0


def _share(request: _Asked, there: frozenset[str]) -> float:
    """The share of the question's words of weight, by rarity, that are `there`."""
    words = request.subject.words or request.question.words
    total = sum(request.rarity[word] for word in words)
    return sum(request.rarity[word] for word in words if is_there(word, there)) / total if total else 0.0


def _kinds(request: _Asked, sentence: PlacedSentence, text: str) -> tuple[float, float, float]:
    """`kind`, `no_kind` and `likely_kind`."""
    own = text[sentence.start : sentence.end]
    if sentence.role == "row" and request.expected.kind == "amount":  # its column says that it is one
        own = " ".join([own, *(text[start:end] for start, end in sentence.needs)])
    if request.expected.kind in ("list", "steps"):
        return 0.0, 0.0, _of_list(sentence, own, text, request.expected.kind)
    if not is_checkable(request.expected):
        return 0.0, 0.0, 0.0
    matches = strength(own, request.expected, request.question.text)
    return (matches, float(matches < LEAST_KIND), 0.0) if request.expected.certain else (0.0, 0.0, matches)


def _of_list(sentence: PlacedSentence, own: str, text: str, kind: str) -> float:
    """How much a sentence looks like an item of a list of things ("list"), or like something to do ("steps")."""
    numbered = text[: sentence.start].rstrip().endswith((".", ")")) and text[: sentence.start].rstrip()[-2:-1].isdigit()
    if kind == "steps":
        return 1.0 if numbered and sentence.role == "item" else 0.5 if sentence.role == "item" else 0.0
    if sentence.role == "prose":
        return 0.5 if own.count(",") > 1 else 0.0
    return 0.3 if numbered and own.endswith(".") else 1.0


def _names(request: _Asked, near: frozenset[str], own: str, subject: str) -> tuple[float, float]:
    """`missing_names` and `rival`; `subject`: the name of the record, or the heading above."""
    names = request.subject.names
    missing = [name for name in names if not is_there(name, near)]
    if not missing:
        return 0.0, 0.0
    rival = 1.0 if _other_names(request, subject) else 0.5 if _other_names(request, own) else 0.0
    return len(missing) / len(names), rival


def _other_names(request: _Asked, text: str) -> bool:
    """Whether a text names somebody or something that the question does not."""
    return any(not any(name in word for word in request.subject.words) for name in names_in(text))


def _is_anothers(request: _Asked, sentence: PlacedSentence, near: frozenset[str], text: str) -> bool:
    """Whether it is of a record that bears another name than the one asked for: however near, that is no answer."""
    if not sentence.record or all(is_there(name, near) for name in request.subject.names):
        return False
    return _other_names(request, text[sentence.record[0] : sentence.record[1]])


def _weakest(request: _Asked, similar: Floats | None, columns: Sequence[Sequence[int]], near: frozenset[str]) -> float:
    """The least likeness, over the question's words of weight, to any token of the columns; a word there counts 1."""
    if similar is None:
        return 0.0
    selection = np.concatenate([similar[:, first:last] for first, last in columns], axis=1)
    if not selection.shape[1]:
        return 0.0
    best = selection.max(axis=1)
    weighty = {stem: word for word in request.subject.words for stem in word}
    likeness = [
        1.0 if is_there(weighty[term], near) else float(best[place])
        for place, term in enumerate(request.question.token_terms)
        if term in weighty
    ]
    return min(likeness, default=1.0)
