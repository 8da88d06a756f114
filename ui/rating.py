"""A thumb up or down for an answer, stored as feedback with the trace of its run; and a link to that trace."""

import streamlit as st

from vademecum import Notebook
from vademecum.ui import frame


def thumbs(notebook: Notebook, run_id: str, key: str) -> None:
    """Draw the thumbs, if the run is traced."""
    if run_id and notebook.settings.tracing != "off":
        st.feedback("thumbs", key=key, on_change=_rate, args=(notebook, run_id, key))


def comment(notebook: Notebook, run_id: str, key: str) -> None:
    """Draw the field for a comment, if the run is traced."""
    if not run_id or notebook.settings.tracing == "off":
        return
    with (
        st.popover("Comment", icon=":material/rate_review:", type="tertiary", key=f"{key}-open"),
        st.form(f"{key}-form", clear_on_submit=True, border=False),
    ):
        st.text_area("What is good or wrong about this answer?", key=key, max_chars=2000)
        st.form_submit_button("Send", on_click=_comment, args=(notebook, run_id, key))


def trace_link(notebook: Notebook, run_id: str) -> None:
    """Draw a link to the trace of an answer, if it was traced on this machine."""
    if run_id and notebook.settings.tracing == "local":
        frame.link("traces", "Trace", icon=":material/account_tree:", help="How this answer was made", run=run_id)


def _comment(notebook: Notebook, run_id: str, key: str) -> None:
    if text := st.session_state.get(key, "").strip():
        notebook.feedback(run_id, comment=text, key="comment")
        st.toast("Thank you: kept with the trace of this answer.")


def _rate(notebook: Notebook, run_id: str, key: str) -> None:
    thumb = st.session_state.get(key)
    if thumb is not None:
        notebook.feedback(run_id, float(thumb))
        st.toast("Thank you: kept with the trace of this answer.")
