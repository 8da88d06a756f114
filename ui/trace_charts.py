"""How runs went over time: how long they took, how many failed, how many tokens they used."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from vademecum.tracing.traces import Filters, Traces
from vademecum.ui import frame

if TYPE_CHECKING:
    from pandas import DataFrame

HOURS_SHOWN = 72
"""Up to so many hours with runs are drawn hour by hour; more, day by day."""

BLUE, AMBER, RED = "#3d86b8", "#c08a2d", "#c53030"


def show(traces: Traces, filters: Filters) -> None:
    """Draw the charts of the runs that match the filters."""
    groups = traces.grouped("hour", filters)
    if len(groups) > HOURS_SHOWN:
        groups = traces.grouped("day", filters)
    if not groups:
        frame.empty("Nothing to draw", "No runs fit these filters.")
        return
    frame.section("Time to answer", "Seconds: half of the runs took less than the median, one in twenty more than p95.")
    times = columns(groups, median="p50", p95="p95")
    if len(groups) > 1:
        st.line_chart(times, color=[BLUE, AMBER], height=230, y_label="seconds")
    else:  # a line of one point cannot be seen
        st.bar_chart(times, color=[BLUE, AMBER], height=230, y_label="seconds", stack=False)
    runs_column, tokens_column = st.columns(2, gap="medium")
    with runs_column:
        frame.section("Runs and errors")
        counts = columns(groups, completed="runs", errors="errors")
        counts["completed"] -= counts["errors"]
        st.bar_chart(counts, color=[BLUE, RED], height=220, y_label="runs")
    with tokens_column:
        frame.section("Tokens")
        tokens = columns(groups, prompt="prompt_tokens", completion="completion_tokens")
        st.bar_chart(tokens, color=[BLUE, AMBER], height=220, y_label="tokens")
    frame.section("By step", "Of all steps of the graphs.")
    _table(traces.grouped("node", filters))


def columns(groups: Sequence[Mapping[str, Any]], **measures: str) -> "DataFrame":
    """Measures of groups as a table: a column for each measure, the groups' times as index."""
    import pandas

    moments = [datetime.fromisoformat(group["name"].replace("Z", "+00:00")) for group in groups]
    series = {name: [group[measure] or 0 for group in groups] for name, measure in measures.items()}
    return pandas.DataFrame(series, index=pandas.Index(moments, name="when"))


def _table(nodes: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        {
            "step": node["name"],
            "runs": node["runs"],
            "median, s": node["p50"],
            "p95, s": node["p95"],
            "errors": node["errors"],
            "tokens": node["total_tokens"],
        }
        for node in nodes
    ]
    seconds = st.column_config.NumberColumn(format="%.3f")
    st.dataframe(rows, hide_index=True, column_config={"median, s": seconds, "p95, s": seconds}, key="by-step")
