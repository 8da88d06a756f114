"""Two experiments on the same cases: every metric's difference with its paired interval, and the cases that changed."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from vademecum.core.errors import UsageError
from vademecum.evaluation.bootstrap import Estimate, difference, of_defined
from vademecum.evaluation.experiments import Experiment, number
from vademecum.evaluation.metrics import Floats, Metric
from vademecum.evaluation.outcomes import Scores

Conclusion = Literal["better", "worse", "no difference shown", "differs"]

TELLING = ("correctness", "labelled_right", "evidence_covered", "citation_recall", "mrr@10")
"""Metrics that decide whether a case changed; metrics of wording and of time always change a little."""


class Difference(NamedTuple):
    """One metric of both experiments, second minus first with its interval, and what the interval shows."""

    metric: Metric
    first: float
    second: float
    estimate: Estimate
    conclusion: Conclusion


class Change(NamedTuple):
    """One case in both experiments, with the metrics that changed, as (before, after)."""

    first: Scores
    second: Scores
    metric_changes: dict[str, tuple[float, float]]
    state_change: str
    """In words: "refused, was answered"; empty where it is still answered, or still refused."""

    @property
    def is_none(self) -> bool:
        """True where nothing changed but perhaps the wording."""
        return not (self.metric_changes or self.state_change)

    @property
    def balance(self) -> float:
        """The sum of what its metrics gained: above 0 where it became better, below 0 where worse."""
        return sum(after - before for before, after in self.metric_changes.values())


class Comparison(NamedTuple):
    """Two experiments compared over their `cases` shared cases.

    `reworded` are the cases that changed in nothing but words, `unshared` counts those that only one experiment has.
    """

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
    pairs = [(before, after) for before, after in pairs if before.case.question == after.case.question]
    if not pairs:
        raise UsageError(f"{first.name} and {second.name} have no case in common; run both on one data set")
    metrics = {**first.metrics(), **second.metrics()}
    differences = tuple(_difference(metric, pairs, seed) for metric in metrics.values() if _in_both(metric, pairs))
    every = [_change(*pair) for pair in pairs]
    changes = [change for change in every if not change.is_none]
    return Comparison(
        first=first,
        second=second,
        differences=differences,
        changes=tuple(sorted(changes, key=lambda change: (change.balance, change.first.case.id))),
        cases=len(pairs),
        reworded=tuple(same for same in every if same.is_none and _text(same.first) != _text(same.second)),
        unshared=len(first.rows) + len(second.rows) - 2 * len(pairs),
        seed=seed,
    )


def summary(comparison: Comparison) -> dict[str, Any]:
    """The comparison in figures, as `--json` shows it; what is not a number is null."""
    return {
        "first": comparison.first.name,
        "second": comparison.second.name,
        "cases": comparison.cases,
        "unshared": comparison.unshared,
        "reworded": len(comparison.reworded),
        "seed": comparison.seed,
        "differences": {
            row.metric.name: {
                "first": number(row.first),
                "second": number(row.second),
                "difference": number(row.estimate.value),
                "low": number(row.estimate.low),
                "high": number(row.estimate.high),
                "n": row.estimate.n,
                "found": row.conclusion,
            }
            for row in comparison.differences
        },
        "changed": [
            {
                "id": change.first.case.id,
                "question": change.first.case.question,
                "became": change.state_change,
                "moved": {name: list(map(number, ends)) for name, ends in change.metric_changes.items()},
            }
            for change in comparison.changes
        ],
    }


def _in_both(metric: Metric, pairs: Sequence[tuple[Scores, Scores]]) -> bool:
    """True where the metric applies to a case of the first experiment and to one of the second."""
    return all(any(metric.name in pair[side].values for pair in pairs) for side in (0, 1))


def _difference(metric: Metric, pairs: Sequence[tuple[Scores, Scores]], seed: int) -> Difference:
    scored = [pair for pair in pairs if any(metric.name in row.values for row in pair)]
    width = next(len(row.values[metric.name]) for pair in scored for row in pair if metric.name in row.values)
    first, second = (_numbers(metric.name, [pair[side] for pair in scored], width) for side in (0, 1))
    estimate = difference(metric, first, second, seed)
    ends = of_defined(metric, first), of_defined(metric, second)
    return Difference(metric, *ends, estimate, conclusion(metric, estimate))


def _numbers(name: str, rows: Sequence[Scores], width: int) -> Floats:
    return np.array([row.values.get(name, (np.nan,) * width) for row in rows], np.float64)


def conclusion(metric: Metric, estimate: Estimate) -> Conclusion:
    """What the interval shows: a difference only where it does not include zero."""
    if not (estimate.low > 0 or estimate.high < 0):
        return "no difference shown"
    if metric.better == "neither":
        return "differs"
    return "better" if (estimate.low > 0) == (metric.better == "higher") else "worse"


def _change(first: Scores, second: Scores) -> Change:
    metric_changes = {
        name: (before, after)
        for name in TELLING
        if name in first.values and name in second.values
        if abs((after := second.values[name][0]) - (before := first.values[name][0])) > 1e-9
    }
    before, after = state(first), state(second)
    return Change(first, second, metric_changes, f"{after}, was {before}" if before != after else "")


def state(row: Scores) -> str:
    """The state of a case after its run: "answered", "refused" or "failed"."""
    return "failed" if row.outcome.answer is None else "refused" if row.refused else "answered"


def _text(row: Scores) -> str:
    return row.outcome.answer.text if row.outcome.answer else ""
