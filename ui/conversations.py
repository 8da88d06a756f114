"""Stored conversations: the list in the sidebar, going to one, and deleting one."""

import streamlit as st

from ui.escaping import plain
from vademecum import Notebook

SHOWN = 12
"""Conversations listed at first; the rest on demand."""


def current() -> str | None:
    """The conversation that the address names."""
    return st.query_params.get("thread") or None


def go_to(thread: str | None) -> None:
    """Have the address name this conversation; None begins a new one."""
    if thread is None:
        st.query_params.pop("thread", None)
    else:
        st.query_params["thread"] = thread


def list_all(notes: Notebook, thread: str | None) -> None:
    """Draw the list, the latest first; `thread` is the open one."""
    st.button(
        "New conversation", icon=":material/add:", width="stretch", on_click=go_to, args=(None,), key="new-conversation"
    )
    found = notes.threads()
    if not found:
        return
    every = st.session_state.get("every-conversation", False)
    shown = found if every else found[:SHOWN]
    st.html('<div class="vade-heading">Conversations</div>')
    with st.container(key="conversations", gap=None):
        for one in shown:
            with st.container(horizontal=True, wrap=False, gap=None, vertical_alignment="center"):
                is_open = one.id == thread
                st.button(
                    plain(one.title, limit=80),
                    key=f"thread-{one.id}",
                    type="secondary" if is_open else "tertiary",
                    width="stretch",
                    on_click=go_to,
                    args=(one.id,),
                )
                if is_open and st.button(
                    "", icon=":material/delete:", help="Delete this conversation", type="tertiary", key="delete-thread"
                ):
                    _confirm_delete(notes, one.id, one.title)
    if len(found) > len(shown):
        st.button(f"All {len(found)} conversations", type="tertiary", on_click=_show_every, key="all-conversations")


def _show_every() -> None:
    st.session_state["every-conversation"] = True


@st.dialog("Delete this conversation?")
def _confirm_delete(notes: Notebook, thread: str, title: str) -> None:
    st.markdown(f"“{plain(title, limit=200)}” with all its answers. Your documents stay.")
    if st.button("Delete", type="primary", key="delete-thread-confirmed"):
        notes.forget_thread(thread)
        go_to(None)
        st.rerun()
