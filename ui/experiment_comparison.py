"""Two experiments compared: differences with their paired intervals, and the cases that changed, both answers shown."""

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.evaluation.comparison import TELLING, Change, Comparison, Difference, compare
from vademecum.evaluation.experiments import Experiment
from vademecum.ui import experiment_list, figures, frame
from vademecum.ui.address_choice import pick
from vademecum.ui.escaping import plain, show_error
from vademecum.ui.figures import Cell

SHOWN = 40
"""Changed cases that are listed."""

MAIN = (*TELLING, "citation_precision", "seconds", "output_tokens", "cost")
"""Metrics that are shown at once, in this order; the others are in an expander."""

NAMED = 3
"""Metrics that the headline names."""

MARKS = {"better": "good", "worse": "bad"}


def show(notebook: Notebook) -> None:
    """Draw the part."""
    experiments = experiment_list.load_all(notebook)
    if len(experiments) < 2:
        frame.empty(
            "Two experiments make a comparison",
            "Run two variants on one data set under Experiments; here you see which is better, how sure that is, "
            "and which answers changed.",
        )
        return
    options = {experiment.name: experiment_list.label(experiment) for experiment in experiments}
    first_column, second_column = st.columns(2)
    with first_column:
        first = pick("First", options, "first", 1)
    with second_column:
        second = pick("Second, against the first", options, "second")
    if first == second:
        st.info("Choose two different experiments.")
        return
    by_name = {experiment.name: experiment for experiment in experiments}
    try:
        comparison = _compare(by_name[first], by_name[second])
    except VademecumError as error:
        show_error(error)
        return
    _verdict(comparison)
    differences(comparison)
    _changes(comparison)


def _compare(first: Experiment, second: Experiment) -> Comparison:
    with st.spinner("Drawing cases anew…", show_time=False):
        return compare(first, second)


def _verdict(comparison: Comparison) -> None:
    better = [difference.metric.name for difference in comparison.differences if difference.conclusion == "better"]
    worse = [difference.metric.name for difference in comparison.differences if difference.conclusion == "worse"]
    parts = [f"better in {_metric_list(better)}"] if better else []
    parts += [f"worse in {_metric_list(worse)}"] if worse else []
    verdict = "; ".join(parts) or "no difference shown: every interval includes zero"
    left_out = (
        f" {comparison.unshared} cases are only in one of the two, and are left out." if comparison.unshared else ""
    )
    frame.section(
        f"{comparison.second.variant}: {verdict}", f"Over {comparison.cases} cases of both, drawn in pairs.{left_out}"
    )


def _metric_list(names: list[str]) -> str:
    """The most important metrics by name, and the number of the others."""
    ranked = sorted(names, key=lambda name: MAIN.index(name) if name in MAIN else len(MAIN))
    labels = [figures.metric(name) for name in ranked[:NAMED]]
    labels = [label if label[1:2].isupper() else label[:1].lower() + label[1:] for label in labels]
    return ", ".join(labels) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def differences(comparison: Comparison) -> None:
    """Draw the table of differences."""
    by_name = {difference.metric.name: difference for difference in comparison.differences}
    _table([by_name.pop(name) for name in MAIN if name in by_name])
    if by_name:
        counts = Counter[str](difference.conclusion for difference in by_name.values())
        parts = [f"{counts[outcome]} {outcome}" for outcome in MARKS if counts[outcome]]
        parts += [f"{same} without a difference"] if (same := counts["no difference shown"]) else []
        with st.expander(f"{len(by_name)} more metrics: {', '.join(parts)}"):
            _table(sorted(by_name.values(), key=lambda difference: difference.conclusion not in MARKS))


def _table(rows: Sequence[Difference]) -> None:
    heads = ["Metric", "First", "Second", "Difference", "95% interval, zero in the middle", "Shows"]
    figures.table(heads, [_row(difference) for difference in rows], numbers=frozenset({1, 2, 3}))


def _row(difference: Difference) -> list[Cell | str]:
    estimate = difference.estimate
    ends = [abs(end) for end in (estimate.low, estimate.high, estimate.value) if end == end]
    reach = max([*ends, 1e-9])
    if not difference.metric.time and max(abs(difference.first), abs(difference.second)) <= 1:
        reach = max(reach, 0.25)  # shares side by side on one scale, so that small differences look small
    bar = figures.interval(estimate.value, estimate.low, estimate.high, (-reach, reach), zero=True)
    shows = difference.conclusion if difference.conclusion != "no difference shown" else "no difference"
    return [
        Cell(figures.metric(difference.metric.name), under=difference.metric.about),
        figures.number(difference.first),
        figures.number(difference.second),
        Cell(figures.number(estimate.value, signed=True), style="strong"),
        Cell(html=bar, under=figures.bounds(estimate.low, estimate.high, signed=True)),
        Cell(shows, style=MARKS.get(difference.conclusion, "faint")),
    ]


def _changes(comparison: Comparison) -> None:
    reworded = f", and {len(comparison.reworded)} more only in their words" if comparison.reworded else ""
    frame.section("Cases that changed", f"{len(comparison.changes)} of {comparison.cases}{reworded}.")
    for number, change in enumerate(comparison.changes[:SHOWN]):
        with st.expander(f"{_mark(change)} {plain(change.first.case.question, limit=110)}", key=f"change-{number}"):
            _change(comparison, change)
    if len(comparison.changes) > SHOWN:
        figures.note(f"and {len(comparison.changes) - SHOWN} more: vade eval compare writes them all into its report")


def _mark(change: Change) -> str:
    if change.balance == 0:
        return ":gray[●]"
    return ":green[▲]" if change.balance > 0 else ":red[▼]"


def _change(comparison: Comparison, change: Change) -> None:
    moved = "; ".join(
        f"{name.replace('_', ' ')} {figures.number(before)} → {figures.number(after)}"
        for name, (before, after) in change.metric_changes.items()
    )
    figures.note("; ".join(filter(None, (change.state_change, moved))))
    if change.first.case.right:
        figures.note(f"Right: {change.first.case.right}")
    for column, experiment, row in zip(
        st.columns(2, gap="large"), (comparison.first, comparison.second), (change.first, change.second), strict=True
    ):
        with column:
            st.html(figures.text(experiment.variant, "vade-heading"))
            experiment_list.show_case(row, heading=False)
