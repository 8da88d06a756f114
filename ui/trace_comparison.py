"""Two runs of one graph side by side: where they differ, and the inputs and outputs of a step in both."""

from collections.abc import Sequence

import streamlit as st

from vademecum.core.errors import UsageError
from vademecum.tracing.traces import Difference, Traces, question
from vademecum.ui import frame, row_list, trace_view, value_view
from vademecum.ui.escaping import markup
from vademecum.ui.steps import duration


def show(traces: Traces, left_id: str, right_id: str) -> None:
    """Draw the comparison of two runs, by their ids."""
    try:
        steps = traces.diff(left_id, right_id)
    except UsageError:
        frame.heading("Two runs", "They are of different graphs, so there is nothing to set side by side.")
        _back_button()
        return
    tops = (steps[0].left or {}, steps[0].right or {})
    frame.heading(
        "Two runs", f"{steps[0].path[0]}: {len([step for step in steps if step.changed])} steps are not the same."
    )
    _back_button()
    for column, top in zip(st.columns(2, gap="medium"), tops, strict=True):
        with column:
            question_text = " ".join(question(top["inputs"]).split())[:160]
            frame.section(question_text or top["name"], " · ".join(trace_view.facts(top)))
    numbers = _relevant(steps)
    step_number = st.query_params.get("step", "0")
    number = int(step_number) if step_number.isdigit() and int(step_number) < len(steps) else 0
    row_list.show([_row(number, steps[number]) for number in numbers], "differences", label="Steps of both runs",
              open_id=str(number), on_pick=_pick)  # fmt: skip
    _sides(steps[number], number)


def _relevant(steps: Sequence[Difference]) -> list[int]:
    """Numbers of the steps to show: those of the graph, models and tools; all that have no counterpart."""
    numbers = []
    for number, step in enumerate(steps):
        run = step.left or step.right or {}
        node = (run.get("metadata") or {}).get("langgraph_node") == run.get("name")
        if number == 0 or node or run.get("run_type") in trace_view.SHOWN_KINDS:
            numbers.append(number)
    return numbers


def _row(number: int, step: Difference) -> row_list.ListRow:
    sides = [("—" if run is None else duration(run["latency"] or 0.0)) for run in (step.left, step.right)]
    only_side = "only on the left" if step.right is None else "only on the right" if step.left is None else ""
    kind = only_side or ", ".join(step.changed)
    mark = "±" if only_side else "≠" if step.changed else "="
    return row_list.ListRow(str(number), step.path[-1], "  |  ".join(sides), len(step.path) - 1, kind=kind, mark=mark)


def _sides(step: Difference, number: int) -> None:
    frame.section(step.path[-1], "What is not the same is marked.")
    part = st.segmented_control(
        "Part", ["outputs", "inputs", "error"], default="outputs", required=True, format_func=str.capitalize,
        key=f"part-{number}", label_visibility="collapsed",
    )  # fmt: skip
    sides = [None if run is None else run[part] for run in (step.left, step.right)]
    for side, column, content in zip(("left", "right"), st.columns(2, gap="medium"), sides, strict=True):
        with column:
            if content:
                value_view.show(content, key=f"{part}-{number}-{side}", changed_keys=changed_fields(*sides))
            else:
                st.html(f'<div class="vade-note">{markup(part.capitalize())}: nothing</div>')


def changed_fields(left_value: object, right_value: object) -> list[str]:
    """Names of the fields that only one value has, or that differ."""
    if not isinstance(left_value, dict) or not isinstance(right_value, dict):
        return []
    return [name for name in {**left_value, **right_value} if left_value.get(name) != right_value.get(name)]


def _back_button() -> None:
    st.button("All runs", icon=":material/arrow_back:", type="tertiary", key="back", on_click=_back)


def _back() -> None:
    for name in ("compare", "step"):
        st.query_params.pop(name, None)


def _pick(step: str) -> None:
    st.query_params["step"] = step
