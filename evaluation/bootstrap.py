"""Confidence intervals by resampling the cases with replacement: Efron and Tibshirani 1993, chapters 13 and 16.

For a comparison cases are drawn in pairs (Koehn 2004): both variants get the same cases in every draw, so that what
makes a case hard for both does not count as a difference between them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.evaluation.metrics import Floats, Metric, mean

DRAWS = 2000
"""Times that cases are drawn: enough for two digits of the ends of an interval."""

LEVEL = 0.95


class Estimate(NamedTuple):
    """A value with the ends of its confidence interval, from `n` cases; the ends are NaN where `n` is below 2."""

    value: float
    low: float
    high: float
    n: int


def estimate(metric: Metric, numbers: Floats, seed: int) -> Estimate:
    """The metric over cases (n, width), with its percentile interval."""
    n = len(numbers)
    low, high = _ends(_of_samples(metric, numbers, _draw(n, seed))) if n > 1 else (np.nan, np.nan)
    return Estimate(metric.of(numbers), low, high, n)


def difference(metric: Metric, first: Floats, second: Floats, seed: int) -> Estimate:
    """Second minus first, with its paired interval. Both (n, width), case by case; a row with NaN does not count."""
    n = len(first)
    gap = of_defined(metric, second) - of_defined(metric, first)
    if n < 2:
        return Estimate(gap, np.nan, np.nan, n)
    samples = _draw(n, seed)
    low, high = _ends(_of_samples(metric, second, samples) - _of_samples(metric, first, samples))
    return Estimate(gap, low, high, n)


def _draw(n: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, n, (DRAWS, n))


def of_defined(metric: Metric, numbers: Floats) -> float:
    """The metric over the cases (n, width) without a NaN; NaN where there are none."""
    defined = numbers[~np.isnan(numbers).any(axis=1)]
    return metric.of(defined) if len(defined) else float("nan")


def _of_samples(metric: Metric, numbers: Floats, samples: NDArray[np.int64]) -> Floats:
    """The metric of every sample of the cases, shape (DRAWS,)."""
    if metric.of is mean and not np.isnan(numbers).any():
        return numbers[:, 0][samples].mean(axis=1)
    return np.array([of_defined(metric, numbers[sample]) for sample in samples])


def _ends(estimates: Floats) -> tuple[float, float]:
    """The ends of the interval; a sample for which the metric is not defined does not count."""
    defined = estimates[~np.isnan(estimates)]
    if not len(defined):
        return float("nan"), float("nan")
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
