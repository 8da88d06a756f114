"""The table of documents: a page of it, sorted by a column; a row opens its document, and several can be marked."""

from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import streamlit as st

from ui import folders_panel
from ui.runs_table import Actions, when
from vademecum.shelves import Listed

ASSETS = Path(__file__).parent / "assets"

COLUMNS = (
    {"id": "", "label": ""},
    {"id": "title", "label": "Document", "opens": True, "sorts": True},
    {"id": "kind", "label": "Kind", "sorts": True},
    {"id": "pages", "label": "Pages", "sorts": True, "end": True, "wide": True},
    {"id": "passages", "label": "Passages", "sorts": True, "end": True},
    {"id": "added_at", "label": "Last read", "sorts": True, "wide": True},
    {"id": "state", "label": "State"},
)

STATES: dict[str, tuple[str, Literal["", "quiet", "warn", "error"], str]] = {
    "current": ("up to date", "quiet", "The file is as it was when it was read."),
    "web page": ("web page", "quiet", "As it was when it was fetched; bring it up to date to fetch it again."),
    "changed": (
        "file changed",
        "warn",
        "The file has changed since it was read; bring it up to date to read it again.",
    ),
    "gone": ("file gone", "error", "The file is no longer there. What was read of it is still here, and can be asked."),
    "not encoded": (
        "not encoded yet",
        "warn",
        "Words in it are found, its meaning is not yet: its passages are encoded when documents are next added.",
    ),
}
"""How a document stands to its file: in a word, how loud, and in a sentence."""


@cache
def _component() -> Any:
    return st.components.v2.component(
        "vade_sources",
        html='<div class="frame"><table></table></div>',
        css=(ASSETS / "table.css").read_text("utf-8"),
        js=(ASSETS / "table.js").read_text("utf-8"),
    )


def show(
    listed: Sequence[Listed],
    actions: Actions,
    *,
    order: str,
    ascending: bool,
    marked: Collection[str],
    key: str = "sources",
) -> None:
    """Draw one page of documents."""
    known = {one.source.id for one in listed}

    def opened() -> None:
        if (chosen := st.session_state[key].opened) in known:
            actions.open(chosen)

    def sorted_() -> None:
        if (column := st.session_state[key].sorted) in {one["id"] for one in COLUMNS if one.get("sorts")}:
            actions.sort(column)

    def changed() -> None:
        if (said := st.session_state[key].marked) and said["id"] in known:
            actions.mark(said["id"], bool(said["on"]))

    rows = [
        {"id": it.source.id, "name": it.source.title, "marked": it.source.id in marked, "cells": cells(it)}
        for it in listed
    ]
    told = {"label": "Documents", "columns": COLUMNS, "rows": rows, "order": order, "ascending": ascending}
    _component()(
        key=key,
        data={**told, "marking": "Mark"},
        on_opened_change=opened,
        on_sorted_change=sorted_,
        on_marked_change=changed,
    )


def cells(it: Listed) -> list[dict[str, str]]:
    """What the columns say of a document, after the one for marking it."""
    source, (state, tone, _) = it.source, STATES[it.state]
    return [
        {"text": source.title, "more": f"{folders_panel.name(source.root)}/{source.path}"},
        {"text": source.kind},
        {"text": f"{source.pages:,}" if source.pages else ""},
        {"text": f"{it.passages:,}"},
        {"text": when(source.added_at.isoformat())},
        {"text": "same as another" if source.same_as and it.state == "current" else state, "tone": tone},
    ]
