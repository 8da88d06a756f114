"""Traces: runs step by step, with times, inputs and outputs, tokens, errors."""

import math
from typing import Any

import streamlit as st

from vademecum import Notebook, tracing
from vademecum.core.errors import TraceError
from vademecum.tracing.traces import Filters, Traces
from vademecum.ui import frame, runs_table, trace_charts, trace_comparison, trace_view
from vademecum.ui.escaping import count, markup, show_error
from vademecum.ui.steps import duration
from vademecum.ui.table import Actions

TITLE = "Traces"
ICON = ":material/account_tree:"
POSITION = 4

PAGE = 25
"""Runs on one page of the table."""

SINCE = {"": "Any time", "1h": "The last hour", "1d": "The last day", "7d": "The last week", "30d": "The last month"}
STATUS = {"": "Any status", "success": "Done", "error": "Error", "pending": "Running"}


def show(notebook: Notebook) -> None:
    """Draw the page: one run, two side by side, or all that match the filters, as the address says."""
    if notebook.settings.tracing == "local":
        tracing.flush()  # the trace of an answer that led here may not be complete yet
    with Traces(notebook.settings.home) as traces:
        run, run_ids = st.query_params.get("run"), st.query_params.get("compare", "").split(",")
        try:
            if run:
                trace_view.show(traces, run)
            elif len(run_ids) == 2:
                trace_comparison.show(traces, *run_ids)
            else:
                _all(notebook, traces)
        except TraceError as error:
            show_error(error)
            st.button("All runs", icon=":material/arrow_back:", on_click=_all_runs, key="back-to-all")


def _all_runs() -> None:
    """Take the run out of the address; filters are bound to their widgets, and stay."""
    for name in ("run", "compare", "step"):
        st.query_params.pop(name, None)


def _all(notebook: Notebook, traces: Traces) -> None:
    frame.heading("Traces", "What was run, step by step: how long it took, what went in and out, what it cost.")
    if notebook.settings.tracing != "local":
        where = "go to LangSmith" if notebook.settings.tracing == "langsmith" else "are traced nowhere"
        st.info(f"Runs {where} now; these are from before. VADE_TRACING=local keeps them here.", icon=":material/info:")
    filters, filtered = _filters()
    overall = traces.stats((), filters)["all"]
    if not overall["runs"] and not filtered:
        frame.empty(
            "No traces yet",
            "Ask something in the chat: each answer leaves a trace, and each step of its graph can be seen here.",
        )
        return
    st.html(f'<div class="vade-note">{markup(" · ".join(figures(overall)))}</div>')
    view = st.segmented_control(
        "Show", ["Runs", "Over time"], default="Runs", required=True, key="show", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if view == "Over time":
        trace_charts.show(traces, filters)
    else:
        _table(traces, filters, overall["runs"])


def _filters() -> tuple[Filters, bool]:
    """The filters, also from the address; and whether any is set."""
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom", key="filters"):
        text = st.text_input(
            "Words in it",
            key="text",
            bind="query-params",
            placeholder="Words in inputs, outputs or errors",
            type="search",
        )
        name = st.text_input("Graph or agent", key="name", bind="query-params", placeholder="answer, chat, pl*")
        status = st.selectbox("Status", list(STATUS), format_func=STATUS.__getitem__, key="status", bind="query-params")
        since = st.selectbox("When", list(SINCE), format_func=SINCE.__getitem__, key="since", bind="query-params")
    filters = Filters(text=text or None, name=name or None, status=status or None, since=since or None)
    return filters, filters != Filters()


def figures(overall: dict[str, Any]) -> list[str]:
    """Measures of all runs that match the filters, in words."""
    runs = overall["runs"]
    parts = [count(runs, "run")]
    if overall["p50"] is not None:
        parts += [f"half within {duration(overall['p50'])}", f"95% within {duration(overall['p95'])}"]
    parts += [f"{overall['errors']:,} with errors"] if overall["errors"] else []
    parts += [f"{overall['total_tokens']:,} tokens"] if overall["total_tokens"] else []
    parts += [f"${float(overall['total_cost']):.2f}"] if overall["total_cost"] else []
    return parts


def _table(traces: Traces, filters: Filters, total: int) -> None:
    order, ascending = st.query_params.get("order", "start_time"), st.query_params.get("ascending") == "1"
    pages = max(1, math.ceil(total / PAGE))
    page = st.session_state.get("page") or 1
    runs = traces.listing(
        filters, order=order, ascending=ascending, offset=(min(page, pages) - 1) * PAGE, limit=PAGE
    ).runs
    if not runs:
        frame.empty("No run fits", "Ask for less: other words, another graph, a longer time.")
        return
    marked_ids: list[str] = st.session_state.setdefault("marked-runs", [])
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        hint = (
            "Mark two runs of one graph to see them side by side." if len(marked_ids) != 2 else "Two runs are marked."
        )
        st.html(f'<div class="vade-note">{hint}</div>')
        if marked_ids:
            st.button(
                "Compare", key="compare-runs", disabled=len(marked_ids) != 2, on_click=_compare, args=(marked_ids,)
            )
    actions = Actions(_open, _sort, _mark)
    runs_table.show(runs, actions, order=order, ascending=ascending, marked_ids=marked_ids)
    if pages > 1:
        st.pagination(pages, key="page")


def _open(run: str) -> None:
    st.query_params["run"] = run


def _sort(column: str) -> None:
    """Sort by this column, the greatest first; if it is the current one, in the other direction."""
    again = st.query_params.get("order", "start_time") == column
    ascending = again and st.query_params.get("ascending") != "1"
    st.query_params["order"] = column
    st.query_params["ascending"] = "1" if ascending else "0"
    st.session_state["page"] = 1


def _mark(run: str, on: bool) -> None:
    marked_ids: list[str] = st.session_state.setdefault("marked-runs", [])
    if run in marked_ids:
        marked_ids.remove(run)
    if on:
        marked_ids.append(run)
        del marked_ids[:-2]


def _compare(marked_ids: list[str]) -> None:
    st.query_params["compare"] = ",".join(marked_ids)
