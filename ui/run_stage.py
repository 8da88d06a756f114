"""A run on the stage: the graph lit up, the nodes in the order they ran, and the state before and after one of them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.agents import Decision
from vademecum.core.errors import VademecumError
from vademecum.stepwise_run import Visit
from vademecum.ui import approving, choosing, frame, graph_picture, rows, values, watched
from vademecum.ui.choosing import Choice
from vademecum.ui.escaping import show_error
from vademecum.ui.steps import duration
from vademecum.ui.watched import Watched

REDRAW_SECONDS = 0.3


def show(notes: Notebook, run: Watched, choice: Choice) -> None:
    """Draw the run, as far as it is; draws itself anew until it is over."""
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
        _leave(notes, run, choice)
    if run.over:
        _end(notes, run)


def _stage(run: Watched, under_way: bool) -> None:
    if under_way and run.finished:
        st.rerun()
    visits = run.visits()
    picked = _picked(visits)
    with st.container(key="stage"):
        left, right = st.columns([5, 6], gap="medium")
    with left:
        top = picked.path[0] if picked and picked.path else picked.node if picked else ""
        opened = next((visit.node for visit in visits if not visit.path and visit.node == top), "")
        seen = st.session_state.setdefault("runs-seen", set())
        live = under_way or id(run) not in seen
        if not under_way:
            seen.add(id(run))
        graph_picture.show(run.graph, visits, run=str(id(run)), live=live, over=run.over is not None, opened=opened)
    with right:
        head = "Running" if under_way else "What ran"
        count = "1 step" if len(visits) == 1 else f"{len(visits)} steps"
        frame.section(head, f"{count} in {run.thread}. Choose one to see the state before and after it.")
        rows.show(timeline(visits, run), "visits", label="Nodes in the order they ran",
                  picked=picked.id if picked else None, on_pick=_pick)  # fmt: skip
        if under_way:
            st.button("Stop", icon=":material/stop:", on_click=run.stop, key="stop-watched")
        if picked:
            _states(picked)


def timeline(visits: Sequence[Visit], run: Watched) -> list[rows.Row]:
    """The visits as rows, placed by when they began and ended within the whole."""
    whole = max(run.over.seconds if run.over else run.seconds if not run.finished else 0.0, *_ends(visits), 1e-6)
    found = []
    for visit in visits:
        ended = visit.began + visit.seconds if visit.seconds is not None else whole
        tone = "error" if visit.error else "running" if visit.seconds is None and not run.finished else ""
        note = duration(visit.seconds) if visit.seconds is not None else "running" if not run.finished else "stopped"
        share = (min(visit.began / whole, 1.0), min(ended / whole, 1.0))
        found.append(rows.Row(visit.id, visit.node, note, len(visit.path), *share, tone, mark="" if tone else "✓"))
    return found


def _ends(visits: Sequence[Visit]) -> list[float]:
    return [visit.began + (visit.seconds or 0.0) for visit in visits] or [0.0]


def _picked(visits: Sequence[Visit]) -> Visit | None:
    wanted = st.query_params.get("visit")
    chosen = next((visit for visit in visits if visit.id == wanted), None)
    ended = [visit for visit in visits if visit.seconds is not None]
    return chosen or (ended[-1] if ended else None)


def _states(visit: Visit) -> None:
    marked = changed(visit)
    said = f"It changed {', '.join(marked)}." if marked else "It changed nothing; it decided where to go next."
    where = " › ".join([*visit.path, visit.node])
    seconds = "" if visit.seconds is None else f" {duration(visit.seconds)}."
    frame.section(where, visit.error or (said + seconds if visit.seconds is not None else "Running."))
    before, after = st.columns(2, gap="medium")
    with before:
        st.html('<div class="vade-heading">Before</div>')
        values.show(_first(visit.before, marked), key=f"before-{visit.id}", marked=marked)
    with after:
        st.html('<div class="vade-heading">After</div>')
        if visit.after is not None:
            values.show(_first(visit.after, marked), key=f"after-{visit.id}", marked=marked)


def _first(state: Any, names: Sequence[str]) -> Any:
    """A state with these of its values before the others."""
    return {name: state[name] for name in [*names, *state] if name in state} if isinstance(state, dict) else state


def changed(visit: Visit) -> list[str]:
    """Names of what a visit changed in the state."""
    if not isinstance(visit.before, dict) or not isinstance(visit.after, dict):
        return list(visit.update) if isinstance(visit.update, dict) else []
    said = visit.update if isinstance(visit.update, dict) else visit.after
    before, after = visit.before, visit.after
    return [name for name in said if before.get(name) != after.get(name) and (before.get(name) or after.get(name))]


def _end(notes: Notebook, run: Watched) -> None:
    assert run.over
    with st.container(horizontal=True, gap="small"):
        st.button(
            "Checkpoints of this run", icon=":material/timeline:", type="tertiary", key="to-checkpoints",
            on_click=_to_checkpoints,
        )  # fmt: skip
        if notes.settings.tracing == "local":
            frame.link("traces", "Its trace", icon=":material/account_tree:", run=run.over.run_id)
        frame.link("chat", "Its conversation", icon=":material/forum:", thread=run.thread)


def _leave(notes: Notebook, run: Watched, choice: Choice) -> None:
    """Ask about the calls that the run stopped for, and have it go on."""
    assert run.over

    def decided(decisions: Sequence[Decision]) -> None:
        watched.gallery(notes).begin(notes, run.graph, run.thread, None, choices(run.graph, choice), decisions)
        st.rerun()

    approving.ask(run.over.waits, f"leave-{run.thread}-{run.over.run_id}", decided)


def choices(graph: str, choice: Choice) -> dict[str, Any]:
    """What is chosen of what this graph knows: a chain, or a program, drafts by no technique."""
    return choosing.known_to(graph, {"model": choice.model, "technique": choice.technique})


def _pick(visit: str) -> None:
    st.query_params["visit"] = visit


def _to_checkpoints() -> None:
    st.session_state["view"] = "Checkpoints"
