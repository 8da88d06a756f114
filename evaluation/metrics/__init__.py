"""Metrics, one family a file: each with its formula and source, a score for a case, and one for many.

To add a family, write `evaluation/metrics/<name>.py` with

    METRICS: tuple[Metric, ...]
    def score(row: Judged) -> dict[str, tuple[float, ...]]: ...

`score` gives the numbers that a case adds to each metric of the family, and leaves out a metric that does not apply
(citation recall where no evidence is known). `Metric.of` makes one number of those of many cases: their mean, unless
the metric says otherwise. So a ratio, a corpus's BLEU or a calibration error has a confidence interval by resampling
cases, like any mean.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from vademecum.core import plugins

if TYPE_CHECKING:
    from vademecum.evaluation.outcomes import Judged

Floats = NDArray[np.float64]
Values = dict[str, tuple[float, ...]]

members = plugins.Members("evaluation.metrics")


def mean(numbers: Floats) -> float:
    """The mean of the first column."""
    return float(numbers[:, 0].mean())


def ratio(numbers: Floats) -> float:
    """The sum of the first column over the sum of the second; NaN where that is 0."""
    denominator = numbers[:, 1].sum()
    return float(numbers[:, 0].sum() / denominator) if denominator else float("nan")


@dataclass(frozen=True)
class Metric:
    """One metric. `of` takes the numbers of the cases, shape (n, width), and gives one; NaN where it is not defined.

    `time` marks a metric that differs in another run with the same seed.
    """

    name: str
    about: str
    formula: str
    source: str
    better: Literal["higher", "lower", "neither"] = "higher"
    of: Callable[[Floats], float] = mean
    time: bool = False

    def alone(self, numbers: Sequence[float]) -> float:
        """The metric of one case by itself."""
        return self.of(np.array([numbers], np.float64))


def families() -> list[str]:
    """Names of the families, sorted."""
    return members.names()


def all_metrics() -> dict[str, Metric]:
    """Every metric by its name, family by family; of two with the same name the first, which is ours."""
    by_name: dict[str, Metric] = {}
    for _, family in members.items():
        for metric in family.METRICS:
            by_name.setdefault(metric.name, metric)
    return by_name


def score(row: "Judged") -> Values:
    """The numbers that the case adds to each metric that applies to it; none where its run failed."""
    if row.outcome.error:
        return {}
    scored: Values = {}
    for _, family in members.items(own=False):
        scored.update(family.score(row))
    for _, family in members.items(own=True):
        try:
            names = {metric.name for metric in family.METRICS} - scored.keys()
            scored.update({name: numbers for name, numbers in family.score(row).items() if name in names})
        except Exception as error:  # noqa: BLE001 (a broken file of a person's own must not take the others with it)
            plugins.leave_out(family, error)
    return scored
