"""What a report says, in order: what was measured, the figures, the plots, every metric, every case."""

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

FIRST = ("correctness", "evidence_covered", "mrr@10", "groundedness", "abstention_recall", "seconds")
"""Metrics shown large at the top, where they apply."""


def of_experiment(experiment: Experiment) -> str:
    """The report of one experiment, an HTML page."""
    estimates, known = experiment.estimates(), experiment.metrics()
    shares = [(name, it) for name, it in estimates.items() if _is_share(known[name], it)]
    drawn = []
    if "calibration_error" in known:
        drawn.append(plots.calibration([(experiment.variant, experiment.numbers("calibration_error"))]))
    if "seconds" in known:
        drawn.append(plots.times(experiment.numbers("seconds")[:, 0]))
    body = [
        f"<h1>{escape(experiment.variant)} on {escape(experiment.data_set)}</h1>",
        _about(experiment),
        _notes(experiment.notes),
        _figures([(name, cut(estimates[name].value), known[name].about) for name in FIRST if name in estimates]),
        f"<h2>Metrics, with intervals of {LEVEL:.0%}</h2>",
        f'<div class="card plots wide">{plots.bars(shares)}</div>' if shares else "",
        _estimates(known, estimates),
        "<h2>Confidence and time</h2>" if drawn else "",
        '<div class="plots">' + "".join(f'<div class="card">{plot}</div>' for plot in drawn) + "</div>",
        "<h2>Cases</h2>",
        cases(experiment.rows),
        _formulas(known),
    ]
    return _page(f"{experiment.variant} on {experiment.data_set}", body)


def of_comparison(made: Comparison) -> str:
    """The report of a comparison, an HTML page."""
    first, second = made.first, made.second
    shares = [it for it in made.differences if _is_share(it.metric, it.estimate, both=(it.first, it.second))]
    confident = [
        (it.variant, it.numbers("calibration_error")) for it in (first, second) if "calibration_error" in it.metrics()
    ]
    title = f"{second.variant} against {first.variant} on {first.data_set}"
    shown = [it for it in made.differences if it.metric.name in FIRST]
    body = [
        f"<h1>{escape(second.variant)} against {escape(first.variant)}</h1>",
        f'<p class="soft">{made.cases} cases of {escape(first.data_set)} that both have, paired; seed {made.seed}.</p>',
        _about(first, "first"),
        _about(second, "second"),
        _notes(_warnings(made)),
        _figures([(it.metric.name, f"{_signed(it.estimate.value)}", it.found) for it in shown]),
        f"<h2>Differences, second minus first, with paired intervals of {LEVEL:.0%}</h2>",
        f'<div class="card plots wide">{plots.forest(shares)}</div>' if shares else "",
        _differences(made.differences),
        "<h2>Confidence</h2>" if confident else "",
        f'<div class="card">{plots.calibration(confident)}</div>' if confident else "",
        f"<h2>Cases that changed: {len(made.changes)}</h2>",
        '<p class="soft">Those refused, answered, ranked, cited or covered differently, the worst first; then '
        f"{len(made.reworded)} that only say it in other words.</p>",
        changes(made),
        _formulas({it.metric.name: it.metric for it in made.differences}),
    ]
    return _page(title, body)


def _about(experiment: Experiment, role: str = "") -> str:
    settings = ", ".join(f"{key}={value}" for key, value in experiment.settings.items())
    judged = f"; judged by {experiment.judge}" if experiment.judge else ""
    told = (
        f"{role + ': ' if role else ''}{experiment.name}, {len(experiment.rows)} cases "
        f"(fingerprint {experiment.fingerprint}), graph {experiment.graph}, {settings}, "
        f"seed {experiment.seed}{judged}; {experiment.created}"
    )
    return f'<p class="soft">{escape(told)}</p>'


def _warnings(made: Comparison) -> tuple[str, ...]:
    told = [*(f"first: {note}" for note in made.first.notes), *(f"second: {note}" for note in made.second.notes)]
    if made.unshared:
        told.insert(0, f"{made.unshared} cases are only in one of the two, and are left out")
    return tuple(told)


def _notes(notes: Sequence[str]) -> str:
    items = "".join(f"<p>{escape(note)}.</p>" for note in notes)
    return f'<div class="card notes">{items}</div>' if notes else ""


def _figures(shown: Sequence[tuple[str, str, str]]) -> str:
    made = "".join(
        f'<div class="card figure"><b>{escape(value)}</b>{escape(name)}<br><span>{escape(about)}</span></div>'
        for name, value, about in shown
    )
    return f'<div class="figures">{made}</div>'


def _estimates(known: dict[str, Metric], estimates: dict[str, Estimate]) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{escape(known[name].about)}</td>"
        f'<td class="n">{cut(it.value)}</td><td class="n">{_interval(it)}</td><td class="n">{it.n}</td></tr>'
        for name, it in estimates.items()
    )
    head = (
        '<tr><th>metric</th><th></th><th class="n">value</th><th class="n">interval</th><th class="n">cases</th></tr>'
    )
    return f'<div class="card"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _differences(differences: Sequence[Difference]) -> str:
    rows = "".join(
        f'<tr><td>{escape(it.metric.name)}</td><td class="n">{cut(it.first)}</td><td class="n">{cut(it.second)}</td>'
        f'<td class="n">{_signed(it.estimate.value)}</td><td class="n">{_interval(it.estimate, signed=True)}</td>'
        f'<td class="n">{it.estimate.n}</td><td class="{_class(it.found)}">{it.found}</td></tr>'
        for it in differences
    )
    names = ("first", "second", "difference", "interval", "cases")
    head = "<tr><th>metric</th>" + "".join(f'<th class="n">{name}</th>' for name in names) + "<th></th></tr>"
    return f'<div class="card"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _formulas(known: dict[str, Metric]) -> str:
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td><code>{escape(it.formula)}</code></td><td>{escape(it.source)}</td></tr>"
        for name, it in known.items()
    )
    head = "<tr><th>metric</th><th>formula</th><th>source</th></tr>"
    return (
        f'<h2>How it is measured</h2><div class="card"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'
    )


def _is_share(metric: Metric, it: Estimate, both: tuple[float, ...] = ()) -> bool:
    """True where the values lie in [0, 1], so that the metric may be drawn beside others."""
    values = np.array(both or it[:3])
    return not metric.time and bool(np.all((values >= 0) & (values <= 1))) and metric.name not in ("cost", "perplexity")


def _interval(it: Estimate, *, signed: bool = False) -> str:
    if it.low != it.low:
        return "–"
    return f"{_signed(it.low)} to {_signed(it.high)}" if signed else f"{cut(it.low)} to {cut(it.high)}"


def _class(found: str) -> str:
    return found if found in ("better", "worse") else "soft"


def _signed(value: float) -> str:
    return f"{value:+.3f}" if value == value else "–"


def _page(title: str, body: Sequence[str]) -> str:
    filled = {"title": escape(title), "body": "\n".join(filter(None, body))}
    return Template(_part("page.html")).substitute(filled, style=_part("style.css"), script=_part("filter.js"))


@lru_cache
def _part(name: str) -> str:
    return Path(__file__).with_name(name).read_text("utf-8").strip()
