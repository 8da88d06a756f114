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
"""Metrics that are shown at once, in this order; the others are folded."""

NAMED = 3
"""Metrics that the headline names."""

MARKS = {"better": "good", "worse": "bad"}


def show(notes: Notebook) -> None:
    """Draw the part."""
    found = experiment_list.all_of(notes)
    if len(found) < 2:
        frame.empty(
            "Two experiments make a comparison",
            "Run two variants on one data set under Experiments; here you see which is better, how sure that is, "
            "and which answers changed.",
        )
        return
    options = {it.name: experiment_list.called(it) for it in found}
    left, right = st.columns(2)
    with left:
        first = pick("First", options, "first", 1)
    with right:
        second = pick("Second, against the first", options, "second")
    if first == second:
        st.info("Choose two different experiments.")
        return
    by_name = {it.name: it for it in found}
    try:
        made = _compared(by_name[first], by_name[second])
    except VademecumError as error:
        show_error(error)
        return
    _verdict(made)
    differences(made)
    _changes(made)


def _compared(first: Experiment, second: Experiment) -> Comparison:
    with st.spinner("Drawing cases anew…", show_time=False):
        return compare(first, second)


def _verdict(made: Comparison) -> None:
    better = [it.metric.name for it in made.differences if it.conclusion == "better"]
    worse = [it.metric.name for it in made.differences if it.conclusion == "worse"]
    told = [f"better in {_listed(better)}"] if better else []
    told += [f"worse in {_listed(worse)}"] if worse else []
    said = "; ".join(told) or "no difference shown: every interval includes zero"
    left_out = f" {made.unshared} cases are only in one of the two, and are left out." if made.unshared else ""
    frame.section(f"{made.second.variant}: {said}", f"Over {made.cases} cases of both, drawn in pairs.{left_out}")


def _listed(names: list[str]) -> str:
    """The names that tell most first, the rest counted."""
    ranked = sorted(names, key=lambda name: MAIN.index(name) if name in MAIN else len(MAIN))
    shown = [figures.metric(name) for name in ranked[:NAMED]]
    shown = [it if it[1:2].isupper() else it[:1].lower() + it[1:] for it in shown]
    return ", ".join(shown) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def differences(made: Comparison) -> None:
    """The table of differences."""
    known = {it.metric.name: it for it in made.differences}
    _table([known.pop(name) for name in MAIN if name in known])
    if known:
        found = Counter[str](it.conclusion for it in known.values())
        told = [f"{found[one]} {one}" for one in MARKS if found[one]]
        told += [f"{same} without a difference"] if (same := found["no difference shown"]) else []
        with st.expander(f"{len(known)} more metrics: {', '.join(told)}"):
            _table(sorted(known.values(), key=lambda it: it.conclusion not in MARKS))


def _table(told: Sequence[Difference]) -> None:
    heads = ["Metric", "First", "Second", "Difference", "95% interval, zero in the middle", "Shows"]
    figures.table(heads, [_row(it) for it in told], numbers=frozenset({1, 2, 3}))


def _row(it: Difference) -> list[Cell | str]:
    estimate = it.estimate
    ends = [abs(end) for end in (estimate.low, estimate.high, estimate.value) if end == end]
    reach = max([*ends, 1e-9])
    if not it.metric.time and max(abs(it.first), abs(it.second)) <= 1:
        reach = max(reach, 0.25)  # shares side by side on one scale, so that small differences look small
    drawn = figures.interval(estimate.value, estimate.low, estimate.high, (-reach, reach), zero=True)
    bounds = f"{figures.number(estimate.low, signed=True)} to {figures.number(estimate.high, signed=True)}"
    shows = it.conclusion if it.conclusion != "no difference shown" else "no difference"
    return [
        Cell(figures.metric(it.metric.name), under=it.metric.about),
        figures.number(it.first),
        figures.number(it.second),
        Cell(figures.number(estimate.value, signed=True), style="strong"),
        Cell(html=drawn, under=bounds if estimate.low == estimate.low else ""),
        Cell(shows, style=MARKS.get(it.conclusion, "faint")),
    ]


def _changes(made: Comparison) -> None:
    more = f", and {len(made.reworded)} more only in their words" if made.reworded else ""
    frame.section("Cases that changed", f"{len(made.changes)} of {made.cases}{more}.")
    for number, change in enumerate(made.changes[:SHOWN]):
        with st.expander(f"{_mark(change)} {plain(change.first.case.question, limit=110)}", key=f"change-{number}"):
            _change(made, change)
    if len(made.changes) > SHOWN:
        figures.note(f"and {len(made.changes) - SHOWN} more: vade eval compare writes them all into its report")


def _mark(change: Change) -> str:
    if change.balance == 0:
        return ":gray[●]"
    return ":green[▲]" if change.balance > 0 else ":red[▼]"


def _change(made: Comparison, change: Change) -> None:
    moved = "; ".join(
        f"{name.replace('_', ' ')} {figures.number(before)} → {figures.number(after)}"
        for name, (before, after) in change.metric_changes.items()
    )
    figures.note("; ".join(filter(None, (change.state_change, moved))))
    if change.first.case.right:
        figures.note(f"Right: {change.first.case.right}")
    for column, made_by, row in zip(
        st.columns(2, gap="large"), (made.first, made.second), (change.first, change.second), strict=True
    ):
        with column:
            st.html(figures.text(made_by.variant, "vade-heading"))
            experiment_list.read(row, heading=False)
