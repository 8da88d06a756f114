"""What may be asked next, under the last answer: questions that the documents answer, each a click away."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from vademecum.ui.branches import Talk
from vademecum.ui.escaping import plain

KEPT = "follow-ups"


def show(talk: Talk, spot: Any, *, on_ask: Callable[[str], None]) -> None:
    """Find them, once the rest of the page is there, and draw them in `spot`."""
    answer = talk.turns[-1].answer
    if answer is None or talk.meets is not None:
        return
    key = (talk.thread, len(talk.turns), talk.notes.library.catalogue.generation)
    known = st.session_state.setdefault(KEPT, {})
    if key not in known:
        known[key] = talk.notes.follow_ups(answer, asked=[turn.question for turn in talk.turns])
    if not known[key]:
        return
    with spot.container(key="follow-ups", gap="xsmall"):
        lead = "Your documents can answer" if answer.abstained else "Ask next"
        st.html(f'<div class="vade-heading">{lead}</div>')
        for number, question in enumerate(known[key]):
            st.button(plain(question), key=f"next-{talk.thread}-{number}", on_click=on_ask, args=(question,))
