"""A conversation as a timeline of checkpoints: open one, change its state, go on from there in a branch of its own."""

from collections.abc import Sequence

import streamlit as st

from vademecum import Notebook, checkpoint_states
from vademecum.checkpoint_states import StateAt
from vademecum.core.errors import UsageError
from vademecum.memory.time_travel import Branch, Checkpoint
from vademecum.ui import frame, graph_picture, rows, run_stage, values, watched
from vademecum.ui.choosing import Choice
from vademecum.ui.escaping import markup, plain, show_error
from vademecum.ui.steps import duration

THREADS_SHOWN = 200
"""Conversations offered, the latest; others are opened by their address."""


def choose(notes: Notebook, thread: str | None) -> str | None:
    """Have the person choose a conversation; the one that is open, None where there is none at all."""
    known = {one.id: one.title for one in notes.threads()[:THREADS_SHOWN]}
    names = [*known] if thread is None or thread in known else [thread, *known]
    if not names:
        return None
    chosen = st.selectbox(
        "Conversation", names, index=names.index(thread) if thread else 0, key=f"choose-{thread}",
        format_func=lambda name: f"{known.get(name) or 'A run'} · {name}",
    )  # fmt: skip
    if chosen != thread:
        st.query_params["thread"] = chosen
        st.query_params.pop("at", None)
    return chosen


def show(notes: Notebook, thread: str, choice: Choice) -> None:
    """Draw the timeline of the conversation, and the state at the checkpoint that the address names."""
    history = notes.thread_history(thread)
    wanted = st.query_params.get("at", history[0].id)
    state = notes.state_at(thread, wanted if any(it.id == wanted for it in history) else history[0].id)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        if state.graph:
            ran = state.checkpoint.nodes[0] if state.checkpoint.nodes else ""
            graph_picture.show(state.graph, opened=ran, next_=state.checkpoint.next)
            st.html(f'<div class="vade-note">Runs next: {markup(", ".join(state.checkpoint.next) or "nothing")}</div>')
    with right:
        branches, origin = notes.branches(thread), notes.origin(thread)
        frame.section("Checkpoints", f"{len(history)}, oldest first. Each is the whole state after a step.")
        if origin:
            _to_branch(f"Branched from {origin.thread}", origin)
        rows.show(timeline(history, branches), f"checkpoints-{thread}", label="Checkpoints, oldest first",
                  picked=state.checkpoint.id, on_pick=_pick)  # fmt: skip
        for branch in branches:
            _to_branch(f"Branch {branch.thread}", branch)
    _state(notes, thread, state, choice)


def timeline(history: Sequence[Checkpoint], branches: Sequence[Branch]) -> list[rows.Row]:
    """Checkpoints (the latest first) as rows, oldest first; each with the time since the one before."""
    found, before = [], None
    for it in reversed(history):
        spoken = not it.nodes and it.next == ("__start__",)
        name = f"“{it.question}”" if spoken else " + ".join(it.nodes).replace("__start__", "taken in") or "earlier"
        seconds = (it.written - before).total_seconds() if before and not spoken else None
        left = [branch.thread for branch in branches if branch.at == it.id]
        kind = "branches: " + ", ".join(left) if left else "" if it.next else "end of a turn"
        note = f"{it.written.astimezone():%H:%M:%S}" if seconds is None else f"+{duration(seconds)}"
        mark = "↳" if left else "›" if spoken else "•"
        found.append(rows.Row(it.id, name, note, 0 if spoken else 1, kind=kind, mark=mark))
        before = it.written
    return found


def _state(notes: Notebook, thread: str, state: StateAt, choice: Choice) -> None:
    nodes = " + ".join(state.checkpoint.nodes).replace("__start__", "the question was taken in")
    frame.section(f"The state at step {state.checkpoint.step}", f"After {nodes}." if nodes else "What the person said.")
    shown, edited = st.columns([6, 5], gap="medium")
    with shown:
        values.show(checkpoint_states.plain(state.values), key=f"state-{thread}-{state.checkpoint.id}")
    with edited:
        _change(notes, thread, state, choice)


def _change(notes: Notebook, thread: str, state: StateAt, choice: Choice) -> None:
    """The form by which a value is changed, and a branch begun."""
    if not state.values:
        st.html('<div class="vade-note">There is nothing here to change.</div>')
        return
    with st.container(border=True):
        st.html(
            '<div class="vade-heading">Change it, and go on from here</div>'
            '<div class="vade-note">In a branch with a name of its own; this conversation stays as it is.</div>'
        )
        names = sorted(state.values, key=lambda name: (not isinstance(state.values[name], str), name))
        place = f"{thread}-{state.checkpoint.id}"
        name = st.selectbox("Value", names, key=f"value-{place}")
        now = checkpoint_states.written(state, name)
        said = st.text_area(plain(name), now, key=f"text-{place}-{name}", height=160 if len(now) > 80 else 80)
        if st.button("Go on from here", type="primary", icon=":material/alt_route:", key=f"branch-{place}"):
            _branch(notes, thread, state, {name: said} if said != now else {}, choice)


def _branch(notes: Notebook, thread: str, state: StateAt, texts: dict[str, str], choice: Choice) -> None:
    try:
        new = notes.fork(thread, at=state.checkpoint.id, changes=checkpoint_states.changed(state, texts))
    except UsageError as error:
        show_error(error)
        return
    goes_on = bool(state.checkpoint.next) and bool(state.graph) and not state.graph.startswith("agent:")
    if goes_on:
        graph = state.graph
        watched.gallery(notes).begin(notes, graph, new, None, run_stage.choices(graph, choice))
    st.session_state["next-view"] = "Run" if goes_on else "Checkpoints"
    st.query_params["thread"] = new
    for name in ("at", "visit"):
        st.query_params.pop(name, None)
    st.rerun()


def _to_branch(label: str, branch: Branch) -> None:
    st.button(
        plain(label), icon=":material/alt_route:", type="tertiary", key=f"to-{branch.thread}", on_click=_go,
        args=(branch,),
    )  # fmt: skip


def _go(branch: Branch) -> None:
    st.query_params["thread"] = branch.thread
    st.query_params["at"] = branch.at


def _pick(checkpoint: str) -> None:
    st.query_params["at"] = checkpoint
