"""Refusals where the documents do not answer, and whether the confidence is right as often as it says."""

from typing import TYPE_CHECKING

import numpy as np

from vademecum.evaluation.metrics import Floats, Metric, Values, ratio

if TYPE_CHECKING:
    from vademecum.evaluation.outcomes import Judged

BINS = 10
"""Bins of equal width, as in Guo et al."""


def calibration_error(numbers: Floats) -> float:
    """Expected calibration error of (n, 2): confidence in [0, 1], and 1 where the documents answer, else 0."""
    confidence, answerable = numbers[:, 0], numbers[:, 1]
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, weights=confidence - answerable, minlength=BINS)
    return float(np.abs(gaps).sum() / len(numbers))


METRICS = (
    Metric(
        "abstention_precision",
        "share of refusals that were right",
        "refused and not answerable / refused",
        "selective answering: Rajpurkar et al. 2018, SQuAD 2.0",
        of=ratio,
    ),
    Metric(
        "abstention_recall",
        "share of unanswerable questions that were refused",
        "refused and not answerable / not answerable",
        "as abstention_precision",
        of=ratio,
    ),
    Metric(
        "calibration_error",
        "how far confidence is from how often the documents answer",
        f"sum over {BINS} bins of n_b / n * |mean confidence - share answerable|",
        "Naeini et al. 2015; Guo et al. 2017, On Calibration of Modern Neural Networks",
        better="lower",
        of=calibration_error,
    ),
)


def score(row: "Judged") -> Values:
    """The family's numbers; nothing where it is not known whether the documents answer."""
    answer, answerable = row.outcome.answer, row.case.answerable
    if answer is None or answerable is None:
        return {}
    right = float(answer.abstained and not answerable)
    values: Values = {"calibration_error": (answer.confidence, float(answerable))}
    if answer.abstained:
        values["abstention_precision"] = (right, 1.0)
    if not answerable:
        values["abstention_recall"] = (right, 1.0)
    return values
