"""How much the trained reader counts in one workspace, learned from what its owner said was right and wrong.

A cited first sentence with a thumb up, or the evidence of a case in a data set, is what should have come first; one
with a thumb down is what should not. From a few dozen such labels three numbers can be learned, not the reader's own
weights: how much the other features, the reader's log-odds, and not being read count. They are held near the
shipped ones, and kept only if they do better on labels that they were not fitted to.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.core.errors import UsageError
from vademecum.evaluation.cases import Case
from vademecum.evaluation.cases_from_traces import TracedRun, question_of
from vademecum.retrieval.evidence.read_passages import READ_WEIGHTS, read_columns

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library

MIN_LABELS = 20
"""Below, chance decides."""

FOLDS = 5
STEPS = 200

PULL = 1.0
"""How strongly the weights are held to the shipped ones: a label for each unit of squared relative change."""

Floats = NDArray[np.float64]


class Label(NamedTuple):
    """A question, and quotes that should (`right`) or should not have come first."""

    question: str
    quotes: tuple[str, ...]
    right: bool


class LabelledSentences(NamedTuple):
    """What is known of a question's sentences: `columns` (n, 3) and which of them a label is about (n,)."""

    columns: Floats
    labelled: NDArray[np.bool_]
    right: bool


class TrainingResult(NamedTuple):
    """What came of it. `before` and `after`: share of left-out labels that hold, by the weights in use and by new ones.

    `gain` is that of the labels' mean log-likelihood, by weights that are as sure of themselves as suits the others,
    so that only the ranking counts; `low` the lower end of its 95% interval (bootstrap).
    """

    labels: int
    before: float
    after: float
    gain: float
    low: float
    weights: Floats

    @property
    def wins(self) -> bool:
        """Whether the new weights are better for sure, and put more of the right sentences first."""
        return self.low > 0 and self.after > self.before


def labels_of_runs(runs: Iterable[TracedRun]) -> Iterator[Label]:
    """The first sentence of every rated answer; of a question that was rated again the newest rating."""
    seen: set[str] = set()
    for run in runs:  # newest first
        question, answer = question_of(run), run.outputs.get("answer") or {}
        sentences = [] if answer.get("abstained") else answer.get("sentences") or []
        citations = [citation for sentence in sentences[:1] for citation in sentence.get("citations") or ()]
        quotes = tuple(citation["quote"] for citation in citations[:1] if citation.get("quote"))
        if run.liked is not None and question and quotes and question not in seen:
            seen.add(question)
            yield Label(question, quotes, run.liked > 0)


def labels_of_cases(cases: Iterable[Case]) -> Iterator[Label]:
    """The evidence of cases that have any."""
    for case in cases:
        if case.evidence:
            yield Label(case.question, case.evidence, right=True)


def train(library: "Library", labels: Sequence[Label], current: Floats = READ_WEIGHTS) -> TrainingResult:
    """Fit weights to the labels, and judge them against `current` on labels that were left out.

    Raises:
        UsageError: too few labels are about sentences that are found.
    """
    return judged([measured for label in labels if (measured := _measured(library, label))], current)


def judged(examples: Sequence[LabelledSentences], current: Floats) -> TrainingResult:
    """The same, of what was measured."""
    if len(examples) < MIN_LABELS:
        raise UsageError(
            f"{len(examples)} labels are about sentences that are found, and {MIN_LABELS} are needed: rate answers "
            "with the thumbs below them, or keep right ones with `vade eval keep RUN --to FILE.jsonl` and name it"
        )
    order = np.random.default_rng(0).permutation(len(examples))
    gains, before, after = [], [], []
    for fold in range(FOLDS):
        inside = {int(i) for i in order[fold::FOLDS]}
        others = [example for i, example in enumerate(examples) if i not in inside]
        weights, scaled = fit(others), _scaled(others, current)
        for i in sorted(inside):
            old, new = (_chance(examples[i], each) for each in (scaled, weights))
            gains.append(np.log(new) - np.log(old))
            before.append(_holds(examples[i], current))
            after.append(_holds(examples[i], weights))
    sample = np.random.default_rng(0).choice(gains, (2000, len(gains))).mean(1)
    return TrainingResult(
        labels=len(examples),
        before=float(np.mean(before)),
        after=float(np.mean(after)),
        gain=float(np.mean(gains)),
        low=float(np.quantile(sample, 0.025)),
        weights=fit(examples),
    )


def fit(examples: Sequence[LabelledSentences]) -> Floats:
    """Weights (3,) by the labels' likelihood, held to the shipped ones."""
    return READ_WEIGHTS * _factors(examples, [example.columns * READ_WEIGHTS for example in examples])


def _scaled(examples: Sequence[LabelledSentences], weights: Floats) -> Floats:
    """`weights` times what suits the labels best: the same ranking, as sure of it as the labels let it be."""
    return weights * _factors(examples, [(example.columns @ weights)[:, None] for example in examples])[0]


def _factors(examples: Sequence[LabelledSentences], rows: Sequence[Floats]) -> Floats:
    """By what each column of `rows` is to be multiplied: gradient ascent (Adam) on the likelihood, held to 1."""
    change, first, second = (np.zeros(rows[0].shape[1]) for _ in range(3))
    for step in range(1, STEPS + 1):
        gradient = -PULL * change
        for example, columns in zip(examples, rows, strict=True):
            chances = _softmax(columns @ (1 + change))
            share = max(float(chances[example.labelled].sum()), 1e-9)
            expected = np.where(example.labelled, chances / share, 0.0)
            pull = (expected - chances) @ columns
            gradient += pull if example.right else -share / max(1 - share, 1e-2) * pull
        gradient /= len(examples)
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        change += 0.03 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return 1 + change


def _measured(library: "Library", label: Label) -> LabelledSentences | None:
    """The sentences found for the label's question; None where what it is about is not among them, or all there is."""
    (measured, scores, readings) = library.read_sentences(label.question)
    texts = [hit.cite(placed.start, placed.end).quote for hit, placed in measured.sentences]
    labelled = np.array([any(_same(text, quote) for quote in label.quotes) for text in texts], bool)
    if not labelled.any() or labelled.all() or not any(readings):
        return None
    return LabelledSentences(read_columns(scores, readings), labelled, label.right)


def _same(text: str, quote: str) -> bool:
    """Whether one of them is, or is most of, the other."""
    text, quote = (" ".join(example.split()) for example in (text, quote))
    shorter, longer = sorted((text, quote), key=len)
    return bool(shorter) and shorter in longer and len(shorter) >= 0.5 * len(longer)


def _chance(example: LabelledSentences, weights: Floats) -> float:
    """The label's likelihood."""
    share = float(_softmax(example.columns @ weights)[example.labelled].sum())
    return min(max(share if example.right else 1 - share, 1e-6), 1.0)


def _holds(example: LabelledSentences, weights: Floats) -> bool:
    """Whether the first sentence is as the label has it."""
    return bool(example.labelled[np.argmax(example.columns @ weights)]) == example.right


def _softmax(scores: Floats) -> Floats:
    chances = np.exp(scores - scores.max())
    return chances / chances.sum()
