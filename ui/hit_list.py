"""A list of passages with where they stand; a click opens one."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from vademecum.ui import component


def show(hits: Sequence[dict[str, Any]], on_open: Callable[[int], None], *, label: str) -> None:
    """Draw them; each has `number`, `title`, `place`, `above`, `score` and `parts`; `on_open` gets a number."""

    def open_hit() -> None:
        number = st.session_state["hits"].opened
        if isinstance(number, int) and 0 <= number < len(hits):
            on_open(number)

    component.show(
        "hits",
        '<ol class="hits"></ol>',
        key="hits",
        data={"hits": list(hits), "label": label},
        on_opened_change=open_hit,
    )
