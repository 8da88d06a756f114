"""Two runs of one graph side by side: where they differ, and what went in and out of a step on either side."""

from collections.abc import Sequence

import streamlit as st

from vademecum.core.errors import UsageError
from vademecum.tracing.traces import Difference, Traces, question
from vademecum.ui import frame, row_list, trace_view, value_view
from vademecum.ui.escaping import markup
from vademecum.ui.steps import duration


def show(traces: Traces, left: str, right: str) -> None:
    """Draw the comparison of two runs, by their ids."""
    try:
        steps = traces.diff(left, right)
    except UsageError:
        frame.heading("Two runs", "They are of different graphs, so there is nothing to set side by side.")
        _back_button()
        return
    tops = (steps[0].left or {}, steps[0].right or {})
    frame.heading("Two runs", f"{steps[0].path[0]}: {len([it for it in steps if it.changed])} steps are not the same.")
    _back_button()
    for column, top in zip(st.columns(2, gap="medium"), tops, strict=True):
        with column:
            asked = " ".join(question(top["inputs"]).split())[:160]
            frame.section(asked or top["name"], " · ".join(trace_view.facts(top)))
    shown = _telling(steps)
    picked = st.query_params.get("step", "0")
    place = int(picked) if picked.isdigit() and int(picked) < len(steps) else 0
    row_list.show([_row(number, steps[number]) for number in shown], "differences", label="Steps of both runs",
              picked=str(place), on_pick=_pick)  # fmt: skip
    _sides(steps[place], place)


def _telling(steps: Sequence[Difference]) -> list[int]:
    """Numbers of the steps to show: those of the graph, models and tools; all that have no counterpart."""
    found = []
    for number, step in enumerate(steps):
        run = step.left or step.right or {}
        node = (run.get("metadata") or {}).get("langgraph_node") == run.get("name")
        if number == 0 or node or run.get("run_type") in trace_view.TELLING:
            found.append(number)
    return found


def _row(number: int, step: Difference) -> row_list.Row:
    sides = [("—" if run is None else duration(run["latency"] or 0.0)) for run in (step.left, step.right)]
    alone = "only on the left" if step.right is None else "only on the right" if step.left is None else ""
    kind = alone or ", ".join(step.changed)
    mark = "±" if alone else "≠" if step.changed else "="
    return row_list.Row(str(number), step.path[-1], "  |  ".join(sides), len(step.path) - 1, kind=kind, mark=mark)


def _sides(step: Difference, place: int) -> None:
    frame.section(step.path[-1], "What is not the same is marked.")
    part = st.segmented_control(
        "Part", ["outputs", "inputs", "error"], default="outputs", required=True, format_func=str.capitalize,
        key=f"part-{place}", label_visibility="collapsed",
    )  # fmt: skip
    both = [None if run is None else run[part] for run in (step.left, step.right)]
    for side, column, value in zip(("left", "right"), st.columns(2, gap="medium"), both, strict=True):
        with column:
            if value:
                value_view.show(value, key=f"{part}-{place}-{side}", marked=changed(*both))
            else:
                st.html(f'<div class="vade-note">{markup(part.capitalize())}: nothing</div>')


def changed(left: object, right: object) -> list[str]:
    """Names of the fields that two values do not share, or hold otherwise."""
    if not isinstance(left, dict) or not isinstance(right, dict):
        return []
    return [name for name in {**left, **right} if left.get(name) != right.get(name)]


def _back_button() -> None:
    st.button("All runs", icon=":material/arrow_back:", type="tertiary", key="back", on_click=_back)


def _back() -> None:
    for name in ("compare", "step"):
        st.query_params.pop(name, None)


def _pick(step: str) -> None:
    st.query_params["step"] = step
