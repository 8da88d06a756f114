"""The table of runs: a page of it, sorted by a column; a row opens its run, and two can be marked for comparison."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import streamlit as st

from tracing.traces import question
from ui.steps import duration

ASSETS = Path(__file__).parent / "assets"
MAX_QUESTION = 140
"""Characters of what was asked that a row shows."""

COLUMNS = (
    {"id": "", "label": ""},
    {"id": "run", "label": "Run", "opens": True},
    {"id": "start_time", "label": "When", "sorts": True},
    {"id": "status", "label": "Status", "sorts": True},
    {"id": "latency", "label": "Time", "sorts": True, "end": True},
    {"id": "total_tokens", "label": "Tokens", "sorts": True, "end": True},
    {"id": "total_cost", "label": "Cost", "sorts": True, "end": True},
)
SAID = {"success": "done", "error": "error", "pending": "running"}


class Actions(NamedTuple):
    """What is called when a person opens a run, sorts by a column, or marks a run (or no longer)."""

    open: Callable[[str], None]
    sort: Callable[[str], None]
    mark: Callable[[str, bool], None]


@cache
def _component() -> Any:
    return st.components.v2.component(
        "vade_table",
        html='<div class="frame"><table></table></div>',
        css=(ASSETS / "table.css").read_text("utf-8"),
        js=(ASSETS / "table.js").read_text("utf-8"),
    )


def show(
    runs: Sequence[Mapping[str, Any]],
    actions: Actions,
    *,
    order: str,
    ascending: bool,
    marked: Collection[str],
    key: str = "runs",
) -> None:
    """Draw one page of runs."""
    known = {run["id"] for run in runs}

    def opened() -> None:
        if (chosen := st.session_state[key].opened) in known:
            actions.open(chosen)

    def sorted_() -> None:
        if (column := st.session_state[key].sorted) in {one["id"] for one in COLUMNS if one.get("sorts")}:
            actions.sort(column)

    def changed() -> None:
        if (said := st.session_state[key].marked) and said["id"] in known:
            actions.mark(said["id"], bool(said["on"]))

    rows = [{"id": run["id"], "name": run["name"], "marked": run["id"] in marked, "cells": cells(run)} for run in runs]
    told = {"label": "Runs", "columns": COLUMNS, "rows": rows, "order": order, "ascending": ascending}
    _component()(key=key, data=told, on_opened_change=opened, on_sorted_change=sorted_, on_marked_change=changed)


def cells(run: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the columns say of a run, after the one for marking it."""
    asked = " ".join((run["error"] or question(run["inputs"])).split())
    more = asked if len(asked) <= MAX_QUESTION else asked[: MAX_QUESTION - 1] + "…"
    return [
        {"text": run["name"], "more": more},
        {"text": when(run["start_time"])},
        {"text": SAID[run["status"]], "tone": run["status"]},
        {"text": "" if run["latency"] is None else duration(run["latency"])},
        {"text": f"{run['total_tokens']:,}" if run["total_tokens"] else ""},
        {"text": "" if run["total_cost"] is None else f"${float(run['total_cost']):.4f}"},
    ]


def when(moment: str) -> str:
    """A moment as people write it, in this machine's time zone."""
    began, now = datetime.fromisoformat(moment).astimezone(), datetime.now().astimezone()
    if began.date() == now.date():
        return f"today {began:%H:%M:%S}"
    return f"{began:%d %b %H:%M}" if began.year == now.year else f"{began:%d %b %Y}"
