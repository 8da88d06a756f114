"""A conversation as a timeline of checkpoints: open one, change its state, go on from there in a branch of its own."""

from collections.abc import Sequence

import streamlit as st

from vademecum import Notebook, checkpoint_states
from vademecum.checkpoint_states import StateAt
from vademecum.core.errors import UsageError
from vademecum.memory.time_travel import Branch, Checkpoint
from vademecum.ui import frame, graph_jobs, graph_picture, graph_run_view, row_list, value_view
from vademecum.ui.escaping import markup, plain, show_error
from vademecum.ui.run_options import RunOptions
from vademecum.ui.steps import duration

THREADS_SHOWN = 200
"""The latest conversations, which the select box offers; others are opened by their address."""


def choose(notebook: Notebook, thread: str | None) -> str | None:
    """Draw the select box of conversations; the id of the chosen one, None if there are no conversations."""
    titles = {summary.id: summary.title for summary in notebook.threads()[:THREADS_SHOWN]}
    names = [*titles] if thread is None or thread in titles else [thread, *titles]
    if not names:
        return None
    selected_thread = st.selectbox(
        "Conversation", names, index=names.index(thread) if thread else 0, key=f"choose-{thread}",
        format_func=lambda name: f"{titles.get(name) or 'A run'} · {name}",
    )  # fmt: skip
    if selected_thread != thread:
        st.query_params["thread"] = selected_thread
        st.query_params.pop("at", None)
    return selected_thread


def show(notebook: Notebook, thread: str, options: RunOptions) -> None:
    """Draw the timeline of the conversation, and the state at the checkpoint that the address names."""
    history = notebook.thread_history(thread)
    checkpoint_id = st.query_params.get("at", history[0].id)
    state = notebook.state_at(
        thread, checkpoint_id if any(checkpoint.id == checkpoint_id for checkpoint in history) else history[0].id
    )
    picture_column, list_column = st.columns([5, 6], gap="medium")
    with picture_column:
        if state.graph:
            node = state.checkpoint.nodes[0] if state.checkpoint.nodes else ""
            graph_picture.show(state.graph, open_node=node, next_=state.checkpoint.next)
            st.html(f'<div class="vade-note">Runs next: {markup(", ".join(state.checkpoint.next) or "nothing")}</div>')
    with list_column:
        branches, origin = notebook.branches(thread), notebook.origin(thread)
        frame.section("Checkpoints", f"{len(history)}, oldest first. Each is the whole state after a step.")
        if origin:
            _to_branch(f"Branched from {origin.thread}", origin)
        row_list.show(timeline(history, branches), f"checkpoints-{thread}", label="Checkpoints, oldest first",
                  open_id=state.checkpoint.id, on_pick=_pick)  # fmt: skip
        for branch in branches:
            _to_branch(f"Branch {branch.thread}", branch)
    _state(notebook, thread, state, options)


def timeline(history: Sequence[Checkpoint], branches: Sequence[Branch]) -> list[row_list.ListRow]:
    """Checkpoints (the latest first) as rows, oldest first; each with the time since the one before."""
    rows, previous = [], None
    for checkpoint in reversed(history):
        is_question = not checkpoint.nodes and checkpoint.next == ("__start__",)
        name = (
            f"“{checkpoint.question}”"
            if is_question
            else " + ".join(checkpoint.nodes).replace("__start__", "taken in") or "earlier"
        )
        seconds = (checkpoint.written - previous).total_seconds() if previous and not is_question else None
        branch_threads = [branch.thread for branch in branches if branch.at == checkpoint.id]
        kind = (
            "branches: " + ", ".join(branch_threads) if branch_threads else "" if checkpoint.next else "end of a turn"
        )
        note = f"{checkpoint.written.astimezone():%H:%M:%S}" if seconds is None else f"+{duration(seconds)}"
        mark = "↳" if branch_threads else "›" if is_question else "•"
        rows.append(row_list.ListRow(checkpoint.id, name, note, 0 if is_question else 1, kind=kind, mark=mark))
        previous = checkpoint.written
    return rows


def _state(notebook: Notebook, thread: str, state: StateAt, options: RunOptions) -> None:
    nodes = " + ".join(state.checkpoint.nodes).replace("__start__", "the question was taken in")
    frame.section(f"The state at step {state.checkpoint.step}", f"After {nodes}." if nodes else "What the person said.")
    state_column, form_column = st.columns([6, 5], gap="medium")
    with state_column:
        value_view.show(checkpoint_states.plain(state.values), key=f"state-{thread}-{state.checkpoint.id}")
    with form_column:
        _change(notebook, thread, state, options)


def _change(notebook: Notebook, thread: str, state: StateAt, options: RunOptions) -> None:
    """The form that changes a value and starts a branch."""
    if not state.values:
        st.html('<div class="vade-note">There is nothing here to change.</div>')
        return
    with st.container(border=True):
        st.html(
            '<div class="vade-heading">Change it, and go on from here</div>'
            '<div class="vade-note">In a branch with a name of its own; this conversation stays as it is.</div>'
        )
        names = sorted(state.values, key=lambda name: (not isinstance(state.values[name], str), name))
        key = f"{thread}-{state.checkpoint.id}"
        name = st.selectbox("Value", names, key=f"value-{key}")
        current_text = checkpoint_states.written(state, name)
        text = st.text_area(
            plain(name), current_text, key=f"text-{key}-{name}", height=160 if len(current_text) > 80 else 80
        )
        if st.button("Go on from here", type="primary", icon=":material/alt_route:", key=f"branch-{key}"):
            _branch(notebook, thread, state, {name: text} if text != current_text else {}, options)


def _branch(notebook: Notebook, thread: str, state: StateAt, texts: dict[str, str], options: RunOptions) -> None:
    try:
        branch = notebook.fork(thread, at=state.checkpoint.id, changes=checkpoint_states.changed(state, texts))
    except UsageError as error:
        show_error(error)
        return
    goes_on = bool(state.checkpoint.next) and bool(state.graph) and not state.graph.startswith("agent:")
    if goes_on:
        graph = state.graph
        graph_jobs.start(notebook, graph, branch, None, graph_run_view.options_for(graph, options))
    st.session_state["next-view"] = "Run" if goes_on else "Checkpoints"
    st.query_params["thread"] = branch
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
