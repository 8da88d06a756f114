"""Graphs: each one drawn; a run lights up its path; any checkpoint can be opened, changed and gone on from."""

from typing import Any

import streamlit as st

from vademecum import Notebook, graphs
from vademecum.core.errors import UsageError
from vademecum.ui import asking, checkpoints_panel, choosing, frame, graph_picture, opening, run_stage, watched
from vademecum.ui.choosing import Choice
from vademecum.ui.escaping import markup, plain

TITLE = "Graphs"
ICON = ":material/schema:"
POSITION = 3

VIEWS = ("Run", "Checkpoints")


def show(notes: Notebook) -> None:
    """Draw the page."""
    opening.prepare(notes)
    frame.heading("Graphs", "Every answer is the work of a graph. Watch one run, look into its states, change one.")
    thread = st.query_params.get("thread")
    _arrive(notes, thread)
    with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
        graph = st.segmented_control(
            "Graph", graphs.names(), default=_first("graph", "answer"), required=True, key="graph", bind="query-params",
            label_visibility="collapsed", on_change=_leave_thread,
        )  # fmt: skip
        view = st.segmented_control(
            "View",
            VIEWS,
            default=_first("view", "Run"),
            required=True,
            key="view",
            bind="query-params",
            label_visibility="collapsed",
        )
    if view == "Checkpoints":
        _checkpoints(notes, thread)
    else:
        _run(notes, graph or "answer", thread)


def _arrive(notes: Notebook, thread: str | None) -> None:
    """Where a conversation is opened by its address alone: show its graph, and its checkpoints if it ran elsewhere."""
    if view := st.session_state.pop("next-view", None):
        st.session_state["view"] = view
    if not thread or st.session_state.get("arrived") == thread:
        return
    st.session_state["arrived"] = thread
    try:
        graph = notes.conversations.graph_of(thread).partition(":")[0]
    except UsageError:
        return  # a run that has only begun, or a name that is told of below
    if graph in graphs.names():
        st.session_state["graph"] = graph
    if watched.gallery(notes).of(thread) is None:
        st.session_state["view"] = "Checkpoints"


def _run(notes: Notebook, graph: str, thread: str | None) -> None:
    st.html(f'<p class="vade-about">{markup(graphs.describe(graph))}</p>')
    asked, by = st.columns([7, 2], vertical_alignment="bottom")
    with by:
        choice = choosing.choose(notes, heading=False)
    with asked:
        variant = _ask(notes, graph, choice)
    run = watched.gallery(notes).of(thread)
    if run is not None and run.graph.partition(":")[0] == graph:
        run_stage.show(notes, run, choice)
        return
    left, right = st.columns([5, 6], gap="medium")
    with left:
        graph_picture.show(variant)
    with right:
        frame.empty("Nothing has run yet", "Ask above, and see the path light up node by node, with the state between.")
        with st.expander("As Mermaid", icon=":material/code:"):
            st.code(graphs.draw(variant).decode(), language="text", wrap_lines=True)


def _ask(notes: Notebook, graph: str, choice: Choice) -> str:
    """The form that has a graph run; what would run, with its variant."""
    from vademecum.prompts import chaining

    inputs, variant = ["question"], graph
    if graph == "chain":
        name = st.selectbox("Chain", chaining.names(), key="chain", bind="query-params")
        variant, inputs = f"chain:{name}", list(chaining.load(name).inputs)
        st.caption(plain(chaining.load(name).description))
    with (
        st.form(f"ask-{variant}", border=False),
        st.container(horizontal=True, gap="small", vertical_alignment="bottom"),
    ):
        given = {
            each: st.text_input(
                each.capitalize(), key=f"input-{variant}-{each}", placeholder="What shall it work on?",
                label_visibility="visible" if graph == "chain" else "collapsed",
            )
            for each in inputs
        }  # fmt: skip
        asked = st.form_submit_button("Run", type="primary", icon=":material/play_arrow:")
    if asked and all(value.strip() for value in given.values()):
        _begin(notes, variant, given, choice)
        st.rerun()
    return variant


def _begin(notes: Notebook, graph: str, given: dict[str, str], choice: Choice) -> None:
    thread = f"run-{asking.new_thread()}"
    inputs: dict[str, Any] = {"inputs": given} if graph.startswith("chain:") else given
    watched.gallery(notes).begin(notes, graph, thread, inputs, run_stage.choices(graph, choice))
    st.session_state["arrived"] = thread
    st.query_params["thread"] = thread
    for name in ("visit", "at"):
        st.query_params.pop(name, None)


def _checkpoints(notes: Notebook, thread: str | None) -> None:
    named, by = st.columns([7, 2], vertical_alignment="bottom")
    with named:
        chosen = checkpoints_panel.choose(notes, thread)
    with by:
        choice = choosing.choose(notes, heading=False)
    if chosen is None:
        frame.empty(
            "No conversations yet",
            "Run a graph here, or ask something in the chat: after each step the whole state is kept as a checkpoint.",
        )
        return
    checkpoints_panel.show(notes, chosen, choice)


def _first(key: str, value: str) -> str | None:
    """What is chosen at first; None where the session has it, which must not be told twice."""
    return None if key in st.session_state else value


def _leave_thread() -> None:
    """Another graph is looked at: the conversation of the one before is no longer the subject."""
    for name in ("thread", "visit", "at"):
        st.query_params.pop(name, None)
