"""Bootstrap intervals: the same for the same seed, paired, and holding the truth about as often as they say."""

import math

import numpy as np

from vademecum.evaluation.bootstrap import difference, estimate
from vademecum.evaluation.metrics import Metric, ratio

MEAN = Metric("m", "a", "f", "s")
RATIO = Metric("r", "a", "f", "s", of=ratio)


def test_the_same_seed_gives_the_same_interval() -> None:
    numbers = np.random.default_rng(0).random((40, 1))
    assert estimate(MEAN, numbers, 7) == estimate(MEAN, numbers, 7)
    assert estimate(MEAN, numbers, 7) != estimate(MEAN, numbers, 8)


def test_an_interval_is_near_that_of_the_normal_distribution() -> None:
    numbers = np.random.default_rng(1).normal(5, 2, (400, 1))
    found = estimate(MEAN, numbers, 0)
    half = 1.96 * numbers.std() / math.sqrt(400)
    assert abs(found.low - (numbers.mean() - half)) < 0.03
    assert abs(found.high - (numbers.mean() + half)) < 0.03


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(2)
    held = sum(
        (found := estimate(MEAN, (rng.random((60, 1)) < 0.7).astype(float), seed)).low <= 0.7 <= found.high
        for seed in range(200)
    )
    assert 0.90 <= held / 200 <= 0.98


def test_pairs_are_drawn_together() -> None:
    # The second is the first and a tenth: no interval at all, however much the cases differ from each other.
    first = np.random.default_rng(3).normal(0, 100, (30, 1))
    found = difference(MEAN, first, first + 0.1, 0)
    assert math.isclose(found.low, 0.1, abs_tol=1e-9)
    assert math.isclose(found.high, 0.1, abs_tol=1e-9)


def test_a_case_that_only_one_side_says_something_on_counts_for_that_side() -> None:
    first = np.array([[1.0], [np.nan], [0.0], [1.0]])
    second = np.array([[1.0], [1.0], [1.0], [np.nan]])
    assert math.isclose(difference(MEAN, first, second, 0).value, 1 - 2 / 3)


def test_ratios_are_of_sums_and_may_be_undefined_in_a_draw() -> None:
    found = estimate(RATIO, np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]), 0)
    assert found.value == 1
    assert found.low == found.high == 1


def test_one_case_has_no_interval() -> None:
    found = estimate(MEAN, np.array([[0.5]]), 0)
    assert found.value == 0.5
    assert math.isnan(found.low)
