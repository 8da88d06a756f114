"""The best passages read together with the question by the trained reader (`vademecum.models.reader`).

It reads what a person would be shown first: the passages of the sentences that the other features like best, each with
its title and headings in front, as it was trained. It knows English; what is known to be in another language is not
read. Where nothing is read, the score is that of the other features alone.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.core.errors import ModelError
from vademecum.core.types import Hit
from vademecum.language.stems import ENGLISH
from vademecum.models.reader import PassageText, reader
from vademecum.retrieval.languages import SourceLanguage

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.reader import CatalogueReader

MAX_PASSAGES = 2
"""Passages that are read: that takes as long as 13 embeddings of a question. A third takes 7 more, and changes the
evidence in the first sentence on no set by more than one question in fifty."""

MAX_CHARS = 900
"""Of a longer passage only the sentences around its best one are read: some 220 tokens, which leaves room for the
question and the headings."""


READ_WEIGHTS = np.array([0.667, 0.253, -1.285])
"""What makes a sentence's score where passages are read: the score of the other features, the reader's log-odds, and
1 for a sentence that is not read. Fitted by `benchmarks/fit_reading.py`, which prints them. The log-odds of the best
words in a sentence add nothing to these on corpora that were left out."""

UNREAD = np.array([1.0, 0.0, 0.0])
"""The same without the reader, as long as a workspace has no weights of its own: fitted on other corpora it puts the
evidence first no more often (+.013, 95 %: -.007 to .036) and tells near misses worse on a person's own files."""


class Reading(NamedTuple):
    """What the reader says of a sentence.

    `answers`: log-odds that it answers, against that nothing in its passage does. `span`: the same of the best words in
    it. `start` and `end`: where these stand, as offsets into the document.
    """

    answers: float
    span: float
    start: int
    end: int


def read_passages(
    catalogue: "CatalogueReader",
    question: str,
    sentences: Sequence[tuple[Hit, int, int]],
    scores: NDArray[np.float64],
    *,
    passages: int = MAX_PASSAGES,
    threads: int = 0,
) -> list[Reading | None]:
    """What the reader says of each of `sentences` (hit, start, end), whose `scores` so far say what is read.

    None for a sentence that is not read: at most `passages` passages are. Nothing is where the reader's weights are
    missing, which only an embedding model of another kind gets along without.
    """
    selection = _chosen(catalogue, question, sentences, scores)[:passages]
    stretches = [_stretch(members, sentences, scores) for members in selection]
    texts = [_text([sentences[i] for i in stretch]) for stretch in stretches]
    readings: list[Reading | None] = [None] * len(sentences)
    if not texts:
        return readings
    try:
        passage_readings = reader(threads).read(question, [text for text, _ in texts])
    except ModelError:
        return readings
    for stretch, (_, offset), passage in zip(stretches, texts, passage_readings, strict=True):
        for i, sentence in zip(stretch, passage, strict=True):
            if sentence is not None:
                _, first, last = sentences[i]
                start, end = max(first, sentence.start + offset), min(last, sentence.end + offset)
                readings[i] = Reading(sentence.answers, sentence.span, start, max(start, end))
    return readings


def read_scores(
    scores: NDArray[np.float64], readings: Sequence[Reading | None], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The scores (n,) of sentences with what the reader says of them; as they are where it read nothing."""
    return read_columns(scores, readings) @ weights if any(readings) else scores


def read_columns(scores: NDArray[np.float64], readings: Sequence[Reading | None]) -> NDArray[np.float64]:
    """What `READ_WEIGHTS` weigh, of each sentence: (n, 3)."""
    rows = [(reading.answers, 0.0) if reading else (0.0, 1.0) for reading in readings]
    return np.column_stack([scores, rows])


def _chosen(
    catalogue: "CatalogueReader", question: str, sentences: Sequence[tuple[Hit, int, int]], scores: NDArray[np.float64]
) -> list[list[int]]:
    """By passage the indices of its sentences, the passage with the best sentence first."""
    by_passage: dict[str, list[int]] = {}
    for i in np.argsort(-scores, kind="stable").tolist():
        by_passage.setdefault(sentences[i][0].passage.id, []).append(i)
    if catalogue.languages() != (ENGLISH,):
        if SourceLanguage(question).language not in (ENGLISH, ""):
            return []
        languages = catalogue.languages_of(list(by_passage))
        by_passage = {name: members for name, members in by_passage.items() if languages.get(name, "") in (ENGLISH, "")}
    return list(by_passage.values())


def _stretch(members: list[int], sentences: Sequence[tuple[Hit, int, int]], scores: NDArray[np.float64]) -> list[int]:
    """Of one passage the sentences (indices, in order) that are read: all, or those around the best one."""
    order = sorted(members)
    best = first = last = order.index(max(members, key=lambda i: scores[i]))
    while last - first + 1 < len(order):  # by turns one behind and one before, as long as there are any
        behind = last + 1 < len(order) and (first == 0 or last - best <= best - first)
        low, high = (first, last + 1) if behind else (first - 1, last)
        if sentences[order[high]][2] - sentences[order[low]][1] > MAX_CHARS:
            break
        first, last = low, high
    return order[first : last + 1]


def _text(sentences: Sequence[tuple[Hit, int, int]]) -> tuple[PassageText, int]:
    """What is read of a passage, and what is to be added to a place in it for the place in the document."""
    hit, first, _ = sentences[0]
    last = sentences[-1][2]
    head = ". ".join(dict.fromkeys([hit.title, *hit.passage.headings])) + ". "
    text = head + hit.passage.text[first - hit.passage.start : last - hit.passage.start]
    offset = first - len(head)
    return PassageText(text, [(start - offset, end - offset) for _, start, end in sentences]), offset
