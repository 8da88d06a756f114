"""Stored conversations: the list in the sidebar; open, search, save and delete one."""

import streamlit as st

from vademecum import Notebook
from vademecum.memory.checkpoints import Thread
from vademecum.memory.conversation_index import ConversationHit
from vademecum.ui import uploads
from vademecum.ui.escaping import markup, plain

SHOWN = 12
"""Conversations listed at first; a button shows the rest."""

SEARCHED_FROM = 3
"""If there are so many conversations, a field searches them."""


def current() -> str | None:
    """The conversation that the address names."""
    return st.query_params.get("thread") or None


def beside() -> str | None:
    """The conversation in the address whose answer is shown beside that of the open one."""
    return st.query_params.get("beside") or None


def go_to(thread: str | None, *, beside: str | None = None) -> None:
    """Have the address name this conversation (None begins a new one), and another beside it."""
    for name, thread_id in (("thread", thread), ("beside", beside)):
        if thread_id is None:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = thread_id


def list_all(notebook: Notebook, thread: str | None) -> None:
    """Draw the list, the latest first; `thread` is the open one."""
    st.button(
        "New conversation", icon=":material/add:", width="stretch", on_click=go_to, args=(None,), key="new-conversation"
    )
    entries = notebook.conversation_index.all()
    if not entries:
        return
    st.html('<div class="vade-heading">Conversations</div>')
    words = ""
    if len(entries) >= SEARCHED_FROM:
        words = st.text_input(
            "Search conversations", key="search-conversations", placeholder="Search", label_visibility="collapsed"
        )
    if words.strip():
        _show_matches(notebook.search_threads(words), thread)
        return
    first_entries = entries if st.session_state.get("every-conversation", False) else entries[:SHOWN]
    with st.container(key="conversations", gap=None):
        for entry in first_entries:
            _row(notebook, entry.thread, thread, is_branch=bool(entry.origin))
    if len(entries) > len(first_entries):
        st.button(f"All {len(entries)} conversations", type="tertiary", on_click=_show_every, key="all-conversations")


def _row(notebook: Notebook, conversation: Thread, thread: str | None, *, is_branch: bool) -> None:
    is_open = conversation.id == thread
    with st.container(horizontal=True, wrap=False, gap=None, vertical_alignment="center"):
        st.button(
            plain(conversation.title, limit=80),
            icon=":material/arrow_split:" if is_branch else None,
            key=f"thread-{conversation.id}",
            type="secondary" if is_open else "tertiary",
            width="stretch",
            on_click=go_to,
            args=(conversation.id,),
        )
        if not is_open:
            return
        st.download_button(
            "",
            lambda: notebook.markdown(conversation.id),
            f"{uploads.fit_name(conversation.title)[:60] or 'conversation'}.md",
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
            _confirm_delete(notebook, conversation.id, conversation.title)


def _show_matches(matches: list[ConversationHit], thread: str | None) -> None:
    if not matches:
        st.caption("In none of them.")
    with st.container(key="conversations", gap=None):
        for match in matches[:SHOWN]:
            st.button(
                plain(match.thread.title, limit=80),
                key=f"found-{match.thread.id}",
                type="secondary" if match.thread.id == thread else "tertiary",
                width="stretch",
                on_click=go_to,
                args=(match.thread.id,),
            )
            st.html(f'<div class="vade-note vade-excerpt">{markup(match.excerpt)}</div>')
    if len(matches) > SHOWN:
        st.caption(f"and {len(matches) - SHOWN} more: add a word")


def _show_every() -> None:
    st.session_state["every-conversation"] = True


@st.dialog("Delete this conversation?")
def _confirm_delete(notebook: Notebook, thread: str, title: str) -> None:
    st.markdown(f"“{plain(title, limit=200)}” with all its answers. Your documents stay.")
    if st.button("Delete", type="primary", key="delete-thread-confirmed"):
        notebook.forget_thread(thread)
        go_to(None)
        st.rerun()
