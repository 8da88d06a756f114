"""A question that cannot be asked as it is, such as one that is too long: it is kept, to be changed and asked again."""

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import UsageError
from vademecum.ui.escaping import show_error

_KEPT = "unfit-question"
_FIELD = "unfit-question-field"


def is_fit(notebook: Notebook, question: str) -> bool:
    """Whether it can be asked; one that cannot is kept for `show`."""
    try:
        notebook.check(question)
    except UsageError:
        st.session_state[_KEPT] = question
        return False
    st.session_state.pop(_KEPT, None)
    return True


def show(notebook: Notebook) -> None:
    """Draw the question that is kept, if there is one, with what is wrong with it."""
    question = st.session_state.get(_KEPT)
    if question is None:
        return
    try:
        notebook.check(question)
    except UsageError as error:
        show_error(error)
    st.text_area("Your question, to be changed", question, height=240, key=_FIELD)
    with st.container(horizontal=True):
        st.button("Ask", type="primary", key="ask-changed-question", on_click=_ask)
        st.button("Discard", type="tertiary", key="discard-question", on_click=st.session_state.pop, args=(_KEPT,))


def _ask() -> None:
    st.session_state["ask"] = st.session_state[_FIELD]
