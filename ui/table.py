"""A table: a page of what is listed, sorted by a column; a row opens what it stands for, and rows can be marked."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import streamlit as st

from vademecum.ui import component


class Actions(NamedTuple):
    """What is called when a person opens a row, sorts by a column, or marks a row (or no longer)."""

    open: Callable[[str], None]
    sort: Callable[[str], None]
    mark: Callable[[str, bool], None]


class Table(NamedTuple):
    """What is the same of a table whatever it holds; `label` names it, `marking` what its first column is for."""

    key: str
    label: str
    marking: str
    columns: Sequence[Mapping[str, Any]]


class Row(NamedTuple):
    """`name` says what it is to who cannot see it; `cells` are those after the one for marking it."""

    id: str
    name: str
    cells: Sequence[Mapping[str, str]]


def show(
    table: Table, rows: Sequence[Row], actions: Actions, *, order: str, ascending: bool, marked: Collection[str]
) -> None:
    """Draw one page."""
    key = table.key
    known = {row.id for row in rows}

    def opened() -> None:
        if (chosen := st.session_state[key].opened) in known:
            actions.open(chosen)

    def sorted_() -> None:
        if (column := st.session_state[key].sorted) in {one["id"] for one in table.columns if one.get("sorts")}:
            actions.sort(column)

    def changed() -> None:
        if (said := st.session_state[key].marked) and said["id"] in known:
            actions.mark(said["id"], bool(said["on"]))

    told = {
        "label": table.label,
        "marking": table.marking,
        "columns": table.columns,
        "rows": [{**row._asdict(), "marked": row.id in marked} for row in rows],
        "order": order,
        "ascending": ascending,
    }
    component.show(
        "table",
        '<div class="frame"><table></table></div>',
        key=key,
        data=told,
        on_opened_change=opened,
        on_sorted_change=sorted_,
        on_marked_change=changed,
    )


def when(moment: str) -> str:
    """A moment as people write it, in this machine's time zone."""
    began, now = datetime.fromisoformat(moment).astimezone(), datetime.now().astimezone()
    if began.date() == now.date():
        return f"today {began:%H:%M:%S}"
    return f"{began:%d %b %H:%M}" if began.year == now.year else f"{began:%d %b %Y}"
