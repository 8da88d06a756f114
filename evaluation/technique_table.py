"""Experiments with techniques and models on one data set as rows of a table: quality, calls, tokens and time.

Quality is the share of questions handled well (`Scores.handled`). Each row is compared with the first technique of the
same model, the baseline, by paired intervals.
"""

from collections import Counter
from typing import Any

import numpy as np

from vademecum.evaluation.bootstrap import Estimate, difference, estimate
from vademecum.evaluation.comparison import conclusion
from vademecum.evaluation.experiments import Experiment, number
from vademecum.evaluation.metrics import Floats, Metric, all_metrics, ratio
from vademecum.models.fitness import is_very_small

QUALITY = Metric("quality", "share of questions handled well", "handled well / all", "the project's question sets")

WITHOUT_MODEL = "extractive"
"""The model that takes no prompt, and so has no technique."""

DIGITS = 4


def row_of(experiment: Experiment, baseline: Experiment | None, seed: int) -> dict[str, Any]:
    """The figures of an experiment that answered at least one question, as `--json` shows them.

    Shares are in [0, 1]; calls, tokens and seconds are per question. `quality`, `seconds` and `against`, the difference
    in quality to the baseline, are means with their intervals. `written` and `quoted` count sentences by origin,
    `verbatim` is the share of quotes that are the source's text. `error` is that of the first question that failed.
    `baseline` is an experiment on the same cases; None where this one is the baseline.
    """
    rows, model = experiment.rows, experiment.settings["model"]
    answers = [row.outcome.answer for row in rows if row.outcome.answer]
    origins = Counter(sentence.origin for answer in answers for sentence in answer.sentences)
    quotes = experiment.numbers("true_quotes")
    against = difference(QUALITY, _quality(baseline), _quality(experiment), seed) if baseline else None
    return {
        "model": model,
        "technique": WITHOUT_MODEL if model == WITHOUT_MODEL else experiment.settings["technique"],
        "questions": len(rows),
        "quality": _interval(estimate(QUALITY, _quality(experiment), seed)),
        "refused_wrongly": _mean([row.refused for row in rows if row.case.answerable]),
        "answered_wrongly": _mean([not row.refused for row in rows if row.case.answerable is False]),
        "written": origins["written"],
        "quoted": origins.total() - origins["written"],
        "verbatim": number(ratio(quotes), DIGITS) if len(quotes) else 1.0,
        "calls": _mean([row.outcome.usage.calls for row in rows]),
        "tokens": _mean([row.outcome.usage.tokens for row in rows]),
        "seconds": _interval(estimate(all_metrics()["seconds"], experiment.numbers("seconds"), seed)),
        "against": _interval(against) if against else None,
        "verdict": _verdict(against, small=is_very_small(model)),
        "failed": len(experiment.errors),
        "error": experiment.errors[0].outcome.error if experiment.errors else "",
        "experiment": experiment.name,
    }


def _verdict(against: Estimate | None, *, small: bool) -> str:
    """What the difference to the baseline shows: a gain, a loss, or neither. `small`: the model is a very small one."""
    if against is None:
        return "the baseline"
    shows = conclusion(QUALITY, against)
    if shows == "better":
        return "better than the baseline"
    text = "worse than the baseline" if shows == "worse" else "no better than the baseline: the interval includes zero"
    return f"{text}; the model is too small for it to help" if small else text


def _quality(experiment: Experiment) -> Floats:
    """1 or 0 for each case that says what is right, shape (n, 1)."""
    return np.array([[row.handled] for row in experiment.rows if row.case.says_what_is_right], np.float64)


def _interval(estimate: Estimate) -> dict[str, float | int | None]:
    """The ends are None where there is only one question."""
    ends = {"mean": estimate.value, "low": estimate.low, "high": estimate.high}
    return {name: number(end, DIGITS) for name, end in ends.items()}


def _mean(numbers: list[bool] | list[int]) -> float:
    return round(sum(numbers) / len(numbers), DIGITS) if numbers else 0.0
