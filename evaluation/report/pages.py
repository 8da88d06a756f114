"""The contents of a report, in order: what was measured, the figures, the plots, every metric, every case."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template

import numpy as np

from vademecum.evaluation.bootstrap import LEVEL, Estimate
from vademecum.evaluation.comparison import Comparison, Difference
from vademecum.evaluation.experiments import Experiment
from vademecum.evaluation.metrics import Metric
from vademecum.evaluation.report import plots
from vademecum.evaluation.report.tables import cases, changes, cut

HEADLINE = ("correctness", "evidence_covered", "mrr@10", "groundedness", "abstention_recall", "seconds")
"""Metrics shown large at the top, where they apply."""


def of_experiment(experiment: Experiment) -> str:
    """The report of one experiment, an HTML page."""
    estimates, metrics = experiment.estimates(), experiment.metrics()
    shares = [(name, estimate) for name, estimate in estimates.items() if _is_share(metrics[name], estimate)]
    figures = [(name, cut(estimates[name].value), metrics[name].about) for name in HEADLINE if name in estimates]
    drawings = []
    if "calibration_error" in metrics:
        drawings.append(plots.calibration([(experiment.variant, experiment.numbers("calibration_error"))]))
    if "seconds" in metrics:
        drawings.append(plots.times(experiment.numbers("seconds")[:, 0]))
    body = [
        f"<h1>{escape(experiment.variant)} on {escape(experiment.data_set)}</h1>",
        _about(experiment),
        _notes(experiment.notes),
        _figures(figures),
        f"<h2>Metrics, with intervals of {LEVEL:.0%}</h2>",
        f'<div class="card plots wide">{plots.bars(shares)}</div>' if shares else "",
        _estimates(metrics, estimates),
        "<h2>Confidence and time</h2>" if drawings else "",
        '<div class="plots">' + "".join(f'<div class="card">{plot}</div>' for plot in drawings) + "</div>",
        "<h2>Cases</h2>",
        cases(experiment.rows),
        _formulas(metrics),
    ]
    return _page(f"{experiment.variant} on {experiment.data_set}", body)


def of_comparison(comparison: Comparison) -> str:
    """The report of a comparison, an HTML page."""
    first, second, differences = comparison.first, comparison.second, comparison.differences
    shares = [row for row in differences if _is_share(row.metric, row.estimate, both=(row.first, row.second))]
    confidences = [
        (experiment.variant, experiment.numbers("calibration_error"))
        for experiment in (first, second)
        if "calibration_error" in experiment.metrics()
    ]
    title = f"{second.variant} against {first.variant} on {first.data_set}"
    figures = [
        (row.metric.name, _signed(row.estimate.value), row.conclusion)
        for row in differences
        if row.metric.name in HEADLINE
    ]
    paired = f"{comparison.cases} cases of {escape(first.data_set)} that both have, paired; seed {comparison.seed}."
    body = [
        f"<h1>{escape(second.variant)} against {escape(first.variant)}</h1>",
        f'<p class="soft">{paired}</p>',
        _about(first, "first"),
        _about(second, "second"),
        _notes(_warnings(comparison)),
        _figures(figures),
        f"<h2>Differences, second minus first, with paired intervals of {LEVEL:.0%}</h2>",
        f'<div class="card plots wide">{plots.forest(shares)}</div>' if shares else "",
        _differences(differences),
        "<h2>Confidence</h2>" if confidences else "",
        f'<div class="card">{plots.calibration(confidences)}</div>' if confidences else "",
        f"<h2>Cases that changed: {len(comparison.changes)}</h2>",
        '<p class="soft">Those refused, answered, ranked, cited or covered differently, the worst first; then '
        f"{len(comparison.reworded)} that only say it in other words.</p>",
        changes(comparison),
        _formulas({row.metric.name: row.metric for row in differences}),
    ]
    return _page(title, body)


def _about(experiment: Experiment, role: str = "") -> str:
    settings = ", ".join(f"{name}={setting}" for name, setting in experiment.settings.items())
    judged = f"; judged by {experiment.judge}" if experiment.judge else ""
    text = (
        f"{role + ': ' if role else ''}{experiment.name}, {len(experiment.rows)} cases "
        f"(fingerprint {experiment.fingerprint}), graph {experiment.graph}, {settings}, "
        f"seed {experiment.seed}{judged}; {experiment.created}"
    )
    return f'<p class="soft">{escape(text)}</p>'


def _warnings(comparison: Comparison) -> tuple[str, ...]:
    experiments = {"first": comparison.first, "second": comparison.second}
    warnings = [f"{role}: {note}" for role, experiment in experiments.items() for note in experiment.notes]
    if comparison.unshared:
        warnings.insert(0, f"{comparison.unshared} cases are only in one of the two, and are left out")
    return tuple(warnings)


def _notes(notes: Sequence[str]) -> str:
    paragraphs = "".join(f"<p>{escape(note)}.</p>" for note in notes)
    return f'<div class="card notes">{paragraphs}</div>' if notes else ""


def _figures(figures: Sequence[tuple[str, str, str]]) -> str:
    """Large figures: each a metric's name, the figure, and what it is."""
    cards = "".join(
        f'<div class="card figure"><b>{escape(figure)}</b>{escape(name)}<br><span>{escape(about)}</span></div>'
        for name, figure, about in figures
    )
    return f'<div class="figures">{cards}</div>'


def _estimates(metrics: dict[str, Metric], estimates: dict[str, Estimate]) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(metrics[name].about)}</td>"
        f'<td class="n">{cut(estimate.value)}</td><td class="n">{_interval(estimate)}</td>'
        f'<td class="n">{estimate.n}</td></tr>'
        for name, estimate in estimates.items()
    )
    head = (
        '<tr><th>metric</th><th></th><th class="n">value</th><th class="n">interval</th><th class="n">cases</th></tr>'
    )
    return f'<div class="card"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _differences(differences: Sequence[Difference]) -> str:
    rows = "".join(
        f'<tr><td>{escape(row.metric.name)}</td><td class="n">{cut(row.first)}</td><td class="n">{cut(row.second)}</td>'
        f'<td class="n">{_signed(row.estimate.value)}</td><td class="n">{_interval(row.estimate, signed=True)}</td>'
        f'<td class="n">{row.estimate.n}</td><td class="{_class(row.conclusion)}">{row.conclusion}</td></tr>'
        for row in differences
    )
    names = ("first", "second", "difference", "interval", "cases")
    head = "<tr><th>metric</th>" + "".join(f'<th class="n">{name}</th>' for name in names) + "<th></th></tr>"
    return f'<div class="card"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _formulas(metrics: dict[str, Metric]) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td><code>{escape(metric.formula)}</code></td><td>{escape(metric.source)}</td></tr>"
        for name, metric in metrics.items()
    )
    head = "<tr><th>metric</th><th>formula</th><th>source</th></tr>"
    return (
        f'<h2>How it is measured</h2><div class="card"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
    )


def _is_share(metric: Metric, estimate: Estimate, both: tuple[float, ...] = ()) -> bool:
    """True where the metric lies in [0, 1], so that it may be drawn beside others."""
    ends = np.array(both or estimate[:3])
    return not metric.time and bool(np.all((ends >= 0) & (ends <= 1))) and metric.name not in ("cost", "perplexity")


def _interval(estimate: Estimate, *, signed: bool = False) -> str:
    if estimate.low != estimate.low:
        return "–"
    form = _signed if signed else cut
    return f"{form(estimate.low)} to {form(estimate.high)}"


def _class(conclusion: str) -> str:
    return conclusion if conclusion in ("better", "worse") else "soft"


def _signed(figure: float) -> str:
    return f"{figure:+.3f}" if figure == figure else "–"


def _page(title: str, body: Sequence[str]) -> str:
    parts = {"title": escape(title), "body": "\n".join(filter(None, body))}
    return Template(_part("page.html")).substitute(parts, style=_part("style.css"), script=_part("filter.js"))


@lru_cache
def _part(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8").strip()
