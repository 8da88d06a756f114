"""Graphs: a picture of each; a run highlights its path; any checkpoint can be opened, changed and resumed."""

from typing import Any

import streamlit as st

from vademecum import Notebook, graphs
from vademecum.core.errors import UsageError
from vademecum.ui import (
    checkpoints_panel,
    frame,
    graph_jobs,
    graph_picture,
    graph_run_view,
    pending_questions,
    run_options,
    shared_notebook,
)
from vademecum.ui.escaping import markup, plain
from vademecum.ui.run_options import RunOptions

TITLE = "Graphs"
ICON = ":material/schema:"
POSITION = 3

VIEWS = ("Run", "Checkpoints")


def show(notebook: Notebook) -> None:
    """Draw the page."""
    shared_notebook.prepare(notebook)
    frame.heading("Graphs", "Every answer is the work of a graph. Watch one run, look into its states, change one.")
    thread = st.query_params.get("thread")
    _arrive(notebook, thread)
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
        _checkpoints(notebook, thread)
    else:
        _run(notebook, graph or "answer", thread)


def _arrive(notebook: Notebook, thread: str | None) -> None:
    """If the address names another conversation: show its graph, and its checkpoints if it did not run here."""
    if view := st.session_state.pop("next-view", None):
        st.session_state["view"] = view
    if not thread or st.session_state.get("arrived") == thread:
        return
    st.session_state["arrived"] = thread
    try:
        graph = notebook.conversations.graph_of(thread).partition(":")[0]
    except UsageError:
        return  # a run that has just started, or an unknown name, which is reported below
    if graph in graphs.names():
        st.session_state["graph"] = graph
    if graph_jobs.registry(notebook).get(thread) is None:
        st.session_state["view"] = "Checkpoints"


def _run(notebook: Notebook, graph: str, thread: str | None) -> None:
    st.html(f'<p class="vade-about">{markup(graphs.describe(graph))}</p>')
    form_column, options_column = st.columns([7, 2], vertical_alignment="bottom")
    with options_column:
        options = run_options.choose(notebook, heading=False)
    with form_column:
        variant = _ask(notebook, graph, options)
    run = graph_jobs.registry(notebook).get(thread)
    if run is not None and run.graph.partition(":")[0] == graph:
        graph_run_view.show(notebook, run, options)
        return
    picture_column, hint_column = st.columns([5, 6], gap="medium")
    with picture_column:
        graph_picture.show(variant)
    with hint_column:
        frame.empty("Nothing has run yet", "Ask above, and see the path light up node by node, with the state between.")
        with st.expander("As Mermaid", icon=":material/code:"):
            st.code(graphs.draw(variant).decode(), language="text", wrap_lines=True)


def _ask(notebook: Notebook, graph: str, options: RunOptions) -> str:
    """Draw the form that runs a graph; the name of what it runs (`chain:NAME` for a chain)."""
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
        texts = {
            input_name: st.text_input(
                input_name.capitalize(), key=f"input-{variant}-{input_name}", placeholder="What shall it work on?",
                label_visibility="visible" if graph == "chain" else "collapsed",
            )
            for input_name in inputs
        }  # fmt: skip
        submitted = st.form_submit_button("Run", type="primary", icon=":material/play_arrow:")
    if submitted and all(text.strip() for text in texts.values()):
        _begin(notebook, variant, texts, options)
        st.rerun()
    return variant


def _begin(notebook: Notebook, graph: str, texts: dict[str, str], options: RunOptions) -> None:
    thread = f"run-{pending_questions.new_thread()}"
    inputs: dict[str, Any] = {"inputs": texts} if graph.startswith("chain:") else texts
    graph_jobs.start(notebook, graph, thread, inputs, graph_run_view.options_for(graph, options))
    st.session_state["arrived"] = thread
    st.query_params["thread"] = thread
    for name in ("visit", "at"):
        st.query_params.pop(name, None)


def _checkpoints(notebook: Notebook, thread: str | None) -> None:
    thread_column, options_column = st.columns([7, 2], vertical_alignment="bottom")
    with thread_column:
        open_thread = checkpoints_panel.choose(notebook, thread)
    with options_column:
        options = run_options.choose(notebook, heading=False)
    if open_thread is None:
        frame.empty(
            "No conversations yet",
            "Run a graph here, or ask something in the chat: after each step the whole state is kept as a checkpoint.",
        )
        return
    checkpoints_panel.show(notebook, open_thread, options)


def _first(key: str, default: str) -> str | None:
    """The default of a widget; None if the session state has a value, since Streamlit accepts only one of them."""
    return None if key in st.session_state else default


def _leave_thread() -> None:
    """Another graph was selected: forget the conversation of the one before."""
    for name in ("thread", "visit", "at"):
        st.query_params.pop(name, None)
