"""Stored conversations: the list in the sidebar, going to one, finding, saving and deleting one."""

import streamlit as st

from vademecum import Notebook
from vademecum.memory.checkpoints import Thread
from vademecum.memory.conversation_index import ConversationHit
from vademecum.ui import uploads
from vademecum.ui.escaping import markup, plain

SHOWN = 12
"""Conversations listed at first; the rest on demand."""

SEARCHED_FROM = 3
"""Conversations from which on there is a field to search them."""


def current() -> str | None:
    """The conversation that the address names."""
    return st.query_params.get("thread") or None


def beside() -> str | None:
    """The conversation whose answer is to stand beside the open one's, as the address has it."""
    return st.query_params.get("beside") or None


def go_to(thread: str | None, *, beside: str | None = None) -> None:
    """Have the address name this conversation (None begins a new one), and another beside it."""
    for name, value in (("thread", thread), ("beside", beside)):
        if value is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = value


def list_all(notes: Notebook, thread: str | None) -> None:
    """Draw the list, the latest first; `thread` is the open one."""
    st.button(
        "New conversation", icon=":material/add:", width="stretch", on_click=go_to, args=(None,), key="new-conversation"
    )
    known = notes.conversation_index.all()
    if not known:
        return
    st.html('<div class="vade-heading">Conversations</div>')
    words = ""
    if len(known) >= SEARCHED_FROM:
        words = st.text_input(
            "Search conversations", key="search-conversations", placeholder="Search", label_visibility="collapsed"
        )
    if words.strip():
        _show_found(notes.search_threads(words), thread)
        return
    shown = known if st.session_state.get("every-conversation", False) else known[:SHOWN]
    with st.container(key="conversations", gap=None):
        for one in shown:
            _row(notes, one.thread, thread, is_branch=bool(one.origin))
    if len(known) > len(shown):
        st.button(f"All {len(known)} conversations", type="tertiary", on_click=_show_every, key="all-conversations")


def _row(notes: Notebook, one: Thread, thread: str | None, *, is_branch: bool) -> None:
    is_open = one.id == thread
    with st.container(horizontal=True, wrap=False, gap=None, vertical_alignment="center"):
        st.button(
            plain(one.title, limit=80),
            icon=":material/arrow_split:" if is_branch else None,
            key=f"thread-{one.id}",
            type="secondary" if is_open else "tertiary",
            width="stretch",
            on_click=go_to,
            args=(one.id,),
        )
        if not is_open:
            return
        st.download_button(
            "",
            lambda: notes.markdown(one.id),
            f"{uploads.fit_name(one.title)[:60] or 'conversation'}.md",
            "text/markdown",
            icon=":material/download:",
            help="Save it as Markdown, every citation a footnote",
            type="tertiary",
            key="export-thread",
            on_click="ignore",
        )
        if st.button(
            "", icon=":material/delete:", help="Delete this conversation", type="tertiary", key="delete-thread"
        ):
            _confirm_delete(notes, one.id, one.title)


def _show_found(found: list[ConversationHit], thread: str | None) -> None:
    if not found:
        st.caption("In none of them.")
    with st.container(key="conversations", gap=None):
        for one in found[:SHOWN]:
            st.button(
                plain(one.thread.title, limit=80),
                key=f"found-{one.thread.id}",
                type="secondary" if one.thread.id == thread else "tertiary",
                width="stretch",
                on_click=go_to,
                args=(one.thread.id,),
            )
            st.html(f'<div class="vade-note vade-excerpt">{markup(one.excerpt)}</div>')
    if len(found) > SHOWN:
        st.caption(f"and {len(found) - SHOWN} more: add a word")


def _show_every() -> None:
    st.session_state["every-conversation"] = True


@st.dialog("Delete this conversation?")
def _confirm_delete(notes: Notebook, thread: str, title: str) -> None:
    st.markdown(f"“{plain(title, limit=200)}” with all its answers. Your documents stay.")
    if st.button("Delete", type="primary", key="delete-thread-confirmed"):
        notes.forget_thread(thread)
        go_to(None)
        st.rerun()
