"""A list of passages with where they stand; a click opens one."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

ASSETS = Path(__file__).parent / "assets"


@cache
def _component() -> Any:
    return st.components.v2.component(
        "vade_hits",
        html='<ol class="hits"></ol>',
        css=(ASSETS / "hits.css").read_text("utf-8"),
        js=(ASSETS / "hits.js").read_text("utf-8"),
    )


def show(hits: Sequence[dict[str, Any]], on_open: Callable[[int], None], *, label: str) -> None:
    """Draw them; each has `number`, `title`, `place`, `above`, `score` and `parts`; `on_open` gets a number."""

    def opened() -> None:
        number = st.session_state["hits"].opened
        if isinstance(number, int) and 0 <= number < len(hits):
            on_open(number)

    _component()(key="hits", data={"hits": list(hits), "label": label}, on_opened_change=opened)
