"""A table, page by page: it can be sorted by a column, a row can be opened, and rows can be marked."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import streamlit as st

from vademecum.ui import component


class Actions(NamedTuple):
    """Functions that are called when a person opens a row, sorts by a column, or marks or unmarks a row."""

    open: Callable[[str], None]
    sort: Callable[[str], None]
    mark: Callable[[str, bool], None]


class Table(NamedTuple):
    """A kind of table; `label` names it for screen readers, `marking` names its first column."""

    key: str
    label: str
    marking: str
    columns: Sequence[Mapping[str, Any]]


class TableRow(NamedTuple):
    """A row; `name` is read by screen readers, `cells` are those after the one that marks it."""

    id: str
    name: str
    cells: Sequence[Mapping[str, str]]


def show(
    table: Table,
    rows: Sequence[TableRow],
    actions: Actions,
    *,
    order: str,
    ascending: bool,
    marked_ids: Collection[str],
) -> None:
    """Draw one page."""
    key = table.key
    row_ids = {row.id for row in rows}
    sortable = {column["id"] for column in table.columns if column.get("sorts")}

    def open_row() -> None:
        if (row_id := st.session_state[key].opened) in row_ids:
            actions.open(row_id)

    def sort_rows() -> None:
        if (column := st.session_state[key].sorted) in sortable:
            actions.sort(column)

    def mark_row() -> None:
        if (mark := st.session_state[key].marked) and mark["id"] in row_ids:
            actions.mark(mark["id"], bool(mark["on"]))

    drawn_rows = [{**row._asdict(), "marked": row.id in marked_ids} for row in rows]
    look = {"label": table.label, "marking": table.marking, "columns": table.columns}
    component.show(
        "table",
        '<div class="frame"><table></table></div>',
        key=key,
        data={**look, "rows": drawn_rows, "order": order, "ascending": ascending},
        on_opened_change=open_row,
        on_sorted_change=sort_rows,
        on_marked_change=mark_row,
    )


def when(moment: str) -> str:
    """A moment (ISO 8601) as people write it, in the time zone of this machine."""
    began, now = datetime.fromisoformat(moment).astimezone(), datetime.now().astimezone()
    if began.date() == now.date():
        return f"today {began:%H:%M:%S}"
    return f"{began:%d %b %H:%M}" if began.year == now.year else f"{began:%d %b %Y}"
