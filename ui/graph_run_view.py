"""A run of a graph: its picture, the nodes in the order they ran, and the state before and after one of them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.agents import Decision
from vademecum.core.errors import VademecumError
from vademecum.stepwise_run import Visit
from vademecum.ui import frame, graph_jobs, graph_picture, row_list, tool_approval, value_view
from vademecum.ui.escaping import show_error
from vademecum.ui.graph_jobs import GraphRun
from vademecum.ui.run_options import RunOptions, known_to
from vademecum.ui.steps import duration

REDRAW_SECONDS = 0.3


def show(notebook: Notebook, run: GraphRun, options: RunOptions) -> None:
    """Draw the run so far; it is redrawn until it ends."""
    under_way = not run.finished
    stage = st.fragment(_stage, run_every=REDRAW_SECONDS if under_way else None)
    stage(run, under_way)
    if under_way:
        return
    try:
        run.result()
    except VademecumError as error:
        show_error(error)
        return
    if run.over and run.over.waits:
        _ask_approval(notebook, run, options)
    if run.over:
        _end(notebook, run)


def _stage(run: GraphRun, under_way: bool) -> None:
    if under_way and run.finished:
        st.rerun()
    visits = run.visits()
    visit = _selected_visit(visits)
    with st.container(key="stage"):
        picture_column, list_column = st.columns([5, 6], gap="medium")
    with picture_column:
        top = visit.path[0] if visit and visit.path else visit.node if visit else ""
        open_node = next((visit.node for visit in visits if not visit.path and visit.node == top), "")
        shown_runs = st.session_state.setdefault("runs-seen", set())
        live = under_way or id(run) not in shown_runs
        if not under_way:
            shown_runs.add(id(run))
        graph_picture.show(
            run.graph, visits, run=str(id(run)), live=live, over=run.over is not None, open_node=open_node
        )
    with list_column:
        head = "Running" if under_way else "What ran"
        count = "1 step" if len(visits) == 1 else f"{len(visits)} steps"
        frame.section(head, f"{count} in {run.thread}. Choose one to see the state before and after it.")
        row_list.show(timeline(visits, run), "visits", label="Nodes in the order they ran",
                  open_id=visit.id if visit else None, on_pick=_pick)  # fmt: skip
        if under_way:
            st.button("Stop", icon=":material/stop:", on_click=run.cancel, key="stop-watched")
        if visit:
            _states(visit)


def timeline(visits: Sequence[Visit], run: GraphRun) -> list[row_list.ListRow]:
    """The visits as rows, placed by when they began and ended within the whole."""
    total_seconds = max(
        run.over.seconds if run.over else run.seconds if not run.finished else 0.0, *_ends(visits), 1e-6
    )
    rows = []
    for visit in visits:
        ended = visit.began + visit.seconds if visit.seconds is not None else total_seconds
        tone = "error" if visit.error else "running" if visit.seconds is None and not run.finished else ""
        note = duration(visit.seconds) if visit.seconds is not None else "running" if not run.finished else "stopped"
        share = (min(visit.began / total_seconds, 1.0), min(ended / total_seconds, 1.0))
        rows.append(
            row_list.ListRow(visit.id, visit.node, note, len(visit.path), *share, tone, mark="" if tone else "✓")
        )
    return rows


def _ends(visits: Sequence[Visit]) -> list[float]:
    return [visit.began + (visit.seconds or 0.0) for visit in visits] or [0.0]


def _selected_visit(visits: Sequence[Visit]) -> Visit | None:
    visit_id = st.query_params.get("visit")
    named_visit = next((visit for visit in visits if visit.id == visit_id), None)
    ended_visits = [visit for visit in visits if visit.seconds is not None]
    return named_visit or (ended_visits[-1] if ended_visits else None)


def _states(visit: Visit) -> None:
    changes = changed_names(visit)
    summary = f"It changed {', '.join(changes)}." if changes else "It changed nothing; it decided where to go next."
    where = " › ".join([*visit.path, visit.node])
    seconds = "" if visit.seconds is None else f" {duration(visit.seconds)}."
    frame.section(where, visit.error or (summary + seconds if visit.seconds is not None else "Running."))
    before, after = st.columns(2, gap="medium")
    with before:
        st.html('<div class="vade-heading">Before</div>')
        value_view.show(_first(visit.before, changes), key=f"before-{visit.id}", changed_keys=changes)
    with after:
        st.html('<div class="vade-heading">After</div>')
        if visit.after is not None:
            value_view.show(_first(visit.after, changes), key=f"after-{visit.id}", changed_keys=changes)


def _first(state: Any, names: Sequence[str]) -> Any:
    """A state with the values of these names first."""
    return {name: state[name] for name in [*names, *state] if name in state} if isinstance(state, dict) else state


def changed_names(visit: Visit) -> list[str]:
    """Names of what a visit changed in the state."""
    if not isinstance(visit.before, dict) or not isinstance(visit.after, dict):
        return list(visit.update) if isinstance(visit.update, dict) else []
    updates = visit.update if isinstance(visit.update, dict) else visit.after
    before, after = visit.before, visit.after
    return [name for name in updates if before.get(name) != after.get(name) and (before.get(name) or after.get(name))]


def _end(notebook: Notebook, run: GraphRun) -> None:
    assert run.over
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Checkpoints of this run", icon=":material/timeline:", type="tertiary", key="to-checkpoints",
            on_click=_to_checkpoints,
        )  # fmt: skip
        if notebook.settings.tracing == "local":
            frame.link("traces", "Its trace", icon=":material/account_tree:", run=run.over.run_id)
        frame.link("chat", "Its conversation", icon=":material/forum:", thread=run.thread)


def _ask_approval(notebook: Notebook, run: GraphRun, options: RunOptions) -> None:
    """Ask about the calls that the run waits for, and resume it."""
    assert run.over

    def resume(decisions: Sequence[Decision]) -> None:
        graph_jobs.start(notebook, run.graph, run.thread, None, options_for(run.graph, options), decisions)
        st.rerun()

    tool_approval.ask(run.over.waits, f"leave-{run.thread}-{run.over.run_id}", resume)


def options_for(graph: str, options: RunOptions) -> dict[str, Any]:
    """Those of the model and the technique that a run of this graph may choose."""
    return known_to(graph, {"model": options.model, "technique": options.technique})


def _pick(visit: str) -> None:
    st.query_params["visit"] = visit


def _to_checkpoints() -> None:
    st.session_state["view"] = "Checkpoints"
