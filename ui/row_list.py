"""A list of rows, each with a bar that shows when it ran; a click or the arrow keys select one."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import streamlit as st

from vademecum.ui import component

MARKS = {"running": "●", "error": "✗"}


class ListRow(NamedTuple):
    """A row. `began` and `ended` are shares of the whole, from 0 to 1 (None: drawn without a bar).

    `tone` is the kind of step ("llm", "tool", "retriever", else ""), or "running" or "error".
    """

    id: str
    name: str
    note: str = ""
    depth: int = 0
    began: float = 0.0
    ended: float | None = None
    tone: str = ""
    kind: str = ""
    mark: str = ""


def show(rows: Sequence[ListRow], key: str, *, label: str, open_id: str | None, on_pick: Callable[[str], None]) -> None:
    """Draw the rows; `open_id` is marked as open; `on_pick` is called with the id of the row that is clicked."""

    def pick() -> None:
        row_id = st.session_state[key].picked
        if row_id in {row.id for row in rows}:
            on_pick(row_id)

    row_data = [
        {
            "id": row.id,
            "name": row.name,
            "note": row.note,
            "depth": row.depth,
            "from": row.began,
            "to": row.ended,
            "tone": row.tone,
            "kind": row.kind,
            "mark": row.mark or MARKS.get(row.tone, ""),
            "open": row.id == open_id,
        }
        for row in rows
    ]
    component.show(
        "rows", '<ol class="rows"></ol>', key=key, data={"label": label, "rows": row_data}, on_picked_change=pick
    )
