"""Two experiments on the same cases: every metric's difference with its paired interval, and the cases that changed."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from vademecum.core.errors import UsageError
from vademecum.evaluation.bootstrap import Estimate, difference
from vademecum.evaluation.experiments import Experiment, _number
from vademecum.evaluation.metrics import Floats, Metric
from vademecum.evaluation.outcomes import Scores

Found = Literal["better", "worse", "no difference shown", "differs"]

TELLING = ("correctness", "labelled_right", "evidence_covered", "citation_recall", "mrr@10")
"""Metrics whose change makes a case one that changed; those of wording and of time change with everything."""


class Difference(NamedTuple):
    """One metric: its value in both, second minus first with the interval, and what that shows."""

    metric: Metric
    first: float
    second: float
    estimate: Estimate
    found: Found


class Change(NamedTuple):
    """One case that changed: both rows, and the metrics that did, as (before, after)."""

    first: Scores
    second: Scores
    moved: dict[str, tuple[float, float]]
    became: str
    """What became of it, in words: "refused, was answered"; empty where it is still answered, or still refused."""

    @property
    def balance(self) -> float:
        """Above 0 where it became better, below where worse: the sum of what its metrics gained."""
        return sum(after - before for before, after in self.moved.values())


class Comparison(NamedTuple):
    """All of it. `reworded` are the cases that only say it in other words, `unshared` counts those of one alone."""

    first: Experiment
    second: Experiment
    differences: tuple[Difference, ...]
    changes: tuple[Change, ...]
    cases: int
    reworded: tuple[Change, ...]
    unshared: int
    seed: int


def compare(first: Experiment, second: Experiment, seed: int = 0) -> Comparison:
    """Second against first, over the cases that both have.

    Raises:
        UsageError: they share no case.
    """
    rows = {row.case.id: row for row in second.rows}
    pairs = [(row, rows[row.case.id]) for row in first.rows if row.case.id in rows]
    pairs = [(one, other) for one, other in pairs if one.case.question == other.case.question]
    if not pairs:
        raise UsageError(f"{first.name} and {second.name} have no case in common; run both on one data set")
    both = {**first.metrics(), **second.metrics()}
    differences = tuple(_difference(it, pairs, seed) for it in both.values() if _told(it.name, pairs))
    every = [_change(*pair) for pair in pairs]
    changes = [it for it in every if it.moved or it.became]
    same = [it for it in every if not (it.moved or it.became)]
    return Comparison(
        first=first,
        second=second,
        differences=differences,
        changes=tuple(sorted(changes, key=lambda it: (it.balance, it.first.case.id))),
        cases=len(pairs),
        reworded=tuple(it for it in same if _text(it.first) != _text(it.second)),
        unshared=len(first.rows) + len(second.rows) - 2 * len(pairs),
        seed=seed,
    )


def summary(made: Comparison) -> dict[str, Any]:
    """The comparison in figures, as `--json` shows it; what is not a number is null."""
    return {
        "first": made.first.name,
        "second": made.second.name,
        "cases": made.cases,
        "unshared": made.unshared,
        "reworded": len(made.reworded),
        "seed": made.seed,
        "differences": {
            it.metric.name: {
                "first": _number(it.first),
                "second": _number(it.second),
                "difference": _number(it.estimate.value),
                "low": _number(it.estimate.low),
                "high": _number(it.estimate.high),
                "n": it.estimate.n,
                "found": it.found,
            }
            for it in made.differences
        },
        "changed": [
            {
                "id": it.first.case.id,
                "question": it.first.case.question,
                "became": it.became,
                "moved": {name: list(map(_number, values)) for name, values in it.moved.items()},
            }
            for it in made.changes
        ],
    }


def _told(name: str, pairs: Sequence[tuple[Scores, Scores]]) -> bool:
    """True where both experiments say something on the metric."""
    return any(name in one.values for one, _ in pairs) and any(name in other.values for _, other in pairs)


def _difference(metric: Metric, pairs: Sequence[tuple[Scores, Scores]], seed: int) -> Difference:
    told = [(one, other) for one, other in pairs if metric.name in one.values or metric.name in other.values]
    width = next(len(it.values[metric.name]) for pair in told for it in pair if metric.name in it.values)
    first, second = (_numbers(metric.name, [pair[side] for pair in told], width) for side in (0, 1))
    estimate = difference(metric, first, second, seed)
    return Difference(metric, *(_of(metric, it) for it in (first, second)), estimate, _found(metric, estimate))


def _numbers(name: str, rows: Sequence[Scores], width: int) -> Floats:
    return np.array([row.values.get(name, (np.nan,) * width) for row in rows], np.float64)


def _of(metric: Metric, numbers: Floats) -> float:
    return metric.of(numbers[~np.isnan(numbers).any(axis=1)])


def _found(metric: Metric, estimate: Estimate) -> Found:
    """What the interval shows: a difference only where it leaves out zero."""
    if not (estimate.low > 0 or estimate.high < 0):
        return "no difference shown"
    if metric.better == "neither":
        return "differs"
    return "better" if (estimate.low > 0) == (metric.better == "higher") else "worse"


def _change(one: Scores, other: Scores) -> Change:
    moved = {
        name: (before, after)
        for name in TELLING
        if name in one.values and name in other.values
        if abs((after := other.values[name][0]) - (before := one.values[name][0])) > 1e-9
    }
    states = [state(row) for row in (one, other)]
    became = f"{states[1]}, was {states[0]}" if states[0] != states[1] else ""
    return Change(one, other, moved, became)


def state(row: Scores) -> str:
    """What became of a case: "answered", "refused" or "failed"."""
    answer = row.outcome.answer
    return "failed" if answer is None else "refused" if answer.abstained else "answered"


def _text(row: Scores) -> str:
    return row.outcome.answer.text if row.outcome.answer else ""
