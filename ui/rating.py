"""A thumb up or down for an answer, kept as feedback with the trace of its run; and the way to that trace."""

import streamlit as st

from vademecum import Notebook
from vademecum.ui import frame


def thumbs(notes: Notebook, run_id: str, key: str) -> None:
    """Draw the thumbs, where the run is traced."""
    if run_id and notes.settings.tracing != "off":
        st.feedback("thumbs", key=key, on_change=_rate, args=(notes, run_id, key))


def comment(notes: Notebook, run_id: str, key: str) -> None:
    """Draw the way to say more, where the run is traced."""
    if not run_id or notes.settings.tracing == "off":
        return
    with (
        st.popover("Comment", icon=":material/rate_review:", type="tertiary", key=f"{key}-open"),
        st.form(f"{key}-form", clear_on_submit=True, border=False),
    ):
        st.text_area("What is good or wrong about this answer?", key=key, max_chars=2000)
        st.form_submit_button("Send", on_click=_comment, args=(notes, run_id, key))


def trace_link(notes: Notebook, run_id: str) -> None:
    """Draw a link to the trace of an answer, where it was traced here."""
    if run_id and notes.settings.tracing == "local":
        frame.link("traces", "Trace", icon=":material/account_tree:", help="How this answer was made", run=run_id)


def _comment(notes: Notebook, run_id: str, key: str) -> None:
    if text := st.session_state.get(key, "").strip():
        notes.feedback(run_id, comment=text, key="comment")
        st.toast("Thank you: kept with the trace of this answer.")


def _rate(notes: Notebook, run_id: str, key: str) -> None:
    given = st.session_state.get(key)
    if given is not None:
        notes.feedback(run_id, float(given))
        st.toast("Thank you: kept with the trace of this answer.")
