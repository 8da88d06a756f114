"""Confidence intervals by drawing cases anew, with replacement: Efron and Tibshirani 1993, chapters 13 and 16.

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
    low, high = _ends(_values(metric, numbers, _draw(n, seed))) if n > 1 else (np.nan, np.nan)
    return Estimate(metric.of(numbers), low, high, n)


def difference(metric: Metric, first: Floats, second: Floats, seed: int) -> Estimate:
    """Second minus first, with its paired interval. Both (n, width), case by case; a row of NaN says nothing."""
    n = len(first)
    value = _value(metric, second) - _value(metric, first)
    if n < 2:
        return Estimate(value, np.nan, np.nan, n)
    drawn = _draw(n, seed)
    low, high = _ends(_values(metric, second, drawn) - _values(metric, first, drawn))
    return Estimate(value, low, high, n)


def _draw(n: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, n, (DRAWS, n))


def _values(metric: Metric, numbers: Floats, drawn: NDArray[np.int64]) -> Floats:
    if metric.of is mean and not np.isnan(numbers).any():
        return numbers[:, 0][drawn].mean(axis=1)
    return np.array([_value(metric, numbers[rows]) for rows in drawn])


def _value(metric: Metric, numbers: Floats) -> float:
    told = numbers[~np.isnan(numbers).any(axis=1)]
    return metric.of(told) if len(told) else float("nan")


def _ends(values: Floats) -> tuple[float, float]:
    """The interval; a draw in which the metric is not defined says nothing."""
    told = values[~np.isnan(values)]
    if not len(told):
        return float("nan"), float("nan")
    low, high = np.quantile(told, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
