"""Cards for tool calls that need approval: what a tool is about to do, and what the person decides."""

import json
from collections.abc import Callable, Sequence

import streamlit as st

from vademecum.agents import Decision, Waiting, decision
from vademecum.core.errors import UsageError
from vademecum.ui.escaping import markup, plain, show_error

CHOICES = {
    "approve": "Run it",
    "edit": "Change it, then run",
    "reject": "Do not run it",
    "respond": "Answer in its place",
}


def ask(calls: Sequence[Waiting], key: str, on_decided: Callable[[Sequence[Decision]], None]) -> None:
    """Draw a card for each call; when all are decided and "Go on" is pressed, `on_decided` gets the decisions."""
    texts = [_card(call, f"{key}-{number}") for number, call in enumerate(calls)]
    ready = all(texts)
    if st.button("Go on", type="primary", key=f"{key}-go", disabled=not ready):
        try:
            decisions = [decision(text) for text in texts if text]
        except UsageError as error:
            show_error(error)
            return
        on_decided(decisions)


def _card(call: Waiting, key: str) -> str:
    """Draw a call; the decision as text, empty before there is one."""
    with st.container(border=True):
        st.markdown(f"**May I use {plain(call.tool)}?**")
        st.html(f'<div class="vade-note">{markup(call.about)}</div>')
        arguments = json.dumps(call.args, ensure_ascii=False, indent=2)
        st.code(arguments, language="json", wrap_lines=True)
        kind = st.segmented_control(
            "Decide", list(CHOICES), format_func=CHOICES.__getitem__, key=f"{key}-kind", label_visibility="collapsed"
        )
        if kind == "edit":
            return f"edit:{st.text_area('Arguments, as JSON', arguments, key=f'{key}-args')}"
        if kind == "reject":
            return f"reject:{st.text_input('Why (the model is told)', key=f'{key}-why')}"
        if kind == "respond":
            text = st.text_area("What the tool would have returned", key=f"{key}-text")
            return f"respond:{text}" if text.strip() else ""
        return kind or ""
