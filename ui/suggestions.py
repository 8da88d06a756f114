"""Suggestions under the last answer: questions that the documents can answer, asked by a click."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from vademecum.ui.branches import Conversation
from vademecum.ui.escaping import plain

STATE_KEY = "follow-ups"


def show(conversation: Conversation, spot: Any, *, on_ask: Callable[[str], None]) -> None:
    """Compute suggestions, after the rest of the page is drawn, and draw them in `spot`."""
    answer = conversation.turns[-1].answer
    if answer is None or conversation.beside_index is not None:
        return
    key = (conversation.thread, len(conversation.turns), conversation.notebook.library.catalogue.generation)
    cache = st.session_state.setdefault(STATE_KEY, {})
    if key not in cache:
        cache[key] = conversation.notebook.follow_ups(answer, asked=[turn.question for turn in conversation.turns])
    if not cache[key]:
        return
    with spot.container(key="follow-ups", gap="xsmall"):
        lead = "Your documents can answer" if answer.abstained else "Ask next"
        st.html(f'<div class="vade-heading">{lead}</div>')
        for number, question in enumerate(cache[key]):
            st.button(plain(question), key=f"next-{conversation.thread}-{number}", on_click=on_ask, args=(question,))
