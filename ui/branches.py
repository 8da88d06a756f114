"""Branches of a conversation: change a question or ask it again, switch between branches, compare two answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.memory.checkpoints import Turn
from vademecum.ui import conversations, pending_questions, run_options
from vademecum.ui.escaping import show_error
from vademecum.ui.run_options import RunOptions


@dataclass(frozen=True)
class Conversation:
    """The conversation that the page shows; beside its turn `beside_index`, that of the conversation `beside`."""

    notebook: Notebook
    thread: str
    turns: Sequence[Turn]
    options: RunOptions
    ambiguous: frozenset[str] = frozenset()
    versions: dict[int, list[str]] = field(default_factory=dict)
    beside: str = ""
    beside_index: int | None = None


def open_conversation(
    notebook: Notebook, thread: str | None, turns: Sequence[Turn], options: RunOptions
) -> Conversation:
    """The conversation at this address, with its branches."""
    if not thread:
        return Conversation(notebook, "", turns, options)
    beside = conversations.beside() or ""
    beside_index = notebook.conversations.meeting(thread, beside) if beside else None
    beside = beside if beside_index is not None else ""
    ambiguous, versions = notebook.ambiguous_paths(), notebook.versions(thread)
    return Conversation(notebook, thread, turns, options, ambiguous, versions, beside, beside_index)


def begin(notebook: Notebook, thread: str, index: int, question: str, options: RunOptions) -> str:
    """Ask a turn again in a new branch, with these options; the branch's id."""
    routed_question, run_settings = options.request(question)
    settings = {"speaker": None, "agent": None, **run_settings}  # not those of the old turn
    branch = notebook.branch(thread, index, routed_question)
    pending_questions.resume(notebook, routed_question, branch, index, settings)
    return branch


def edit_button(conversation: Conversation, index: int) -> None:
    """Draw the button that changes a question."""
    st.button(
        "Edit",
        icon=":material/edit:",
        help="Change this question, in a branch of its own",
        type="tertiary",
        key=f"edit-{conversation.thread}-{index}",
        on_click=_edit,
        args=((conversation.thread, index),),
    )


def is_edited(conversation: Conversation, index: int) -> bool:
    """Whether the question is being changed."""
    return st.session_state.get("editing") == (conversation.thread, index)


def edit_form(conversation: Conversation, index: int, question: str) -> None:
    """Draw the form that changes a question; the new one is asked in a branch, and the old one stays."""
    with st.form(f"editing-{conversation.thread}-{index}", border=False):
        limit = conversation.notebook.settings.max_question_chars
        text = st.text_area("Your question", question, key=f"edited-{conversation.thread}-{index}", max_chars=limit)
        with st.container(horizontal=True):
            sent = st.form_submit_button("Ask", type="primary")
            cancelled = st.form_submit_button("Leave it", type="tertiary")
    if cancelled or (sent and text.strip() == question.strip()):
        _edit(None)
        st.rerun()
    if sent:
        try:
            branch = begin(conversation.notebook, conversation.thread, index, text, conversation.options)
        except VademecumError as error:
            show_error(error)
            return
        _edit(None)
        conversations.go_to(branch)
        st.rerun()


def again_button(conversation: Conversation, index: int, question: str) -> None:
    """Draw the button that asks again: with another model, technique, search or agent."""
    if st.button(
        "Another answer", icon=":material/autorenew:", type="tertiary", key=f"again-{conversation.thread}-{index}"
    ):
        _again(conversation, index, question)


def navigate(conversation: Conversation, index: int) -> None:
    """Draw buttons that go from one version of a turn to the next, if there are several."""
    versions = conversation.versions.get(index, [])
    own = conversation.notebook.conversations.owner(conversation.thread, index) if versions else ""
    if own not in versions:
        return
    position, key = versions.index(own), f"{conversation.thread}-{index}"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"branch-{key}"):
        _step("Earlier", ":material/chevron_left:", versions[position - 1] if position else None, f"earlier-{key}")
        st.html(f'<div class="vade-note">{position + 1} of {len(versions)}</div>', width="content")
        later = versions[position + 1] if position + 1 < len(versions) else None
        _step("Later", ":material/chevron_right:", later, f"later-{key}")
        if conversation.beside_index != index:
            neighbour = versions[position - 1] if position else versions[position + 1]
            label, target = "Side by side", {"thread": conversation.thread, "beside": neighbour}
            st.button(
                label, icon=":material/compare:", type="tertiary", key=f"compare-{key}", on_click=_go, kwargs=target
            )


def split(conversation: Conversation, index: int) -> tuple[Any, Any]:
    """The containers of this conversation's turn and of the other one's; the older turn is at the left."""
    versions = conversation.versions.get(index, [])
    other_branch = conversation.notebook.conversations.owner(conversation.beside, index)
    own_branch = conversation.notebook.conversations.owner(conversation.thread, index)
    with st.container(key="versions"):
        first, second = st.columns(2, gap="large")
    earlier = (
        other_branch in versions
        and own_branch in versions
        and versions.index(other_branch) < versions.index(own_branch)
    )
    return (second, first) if earlier else (first, second)


def keep_button(thread: str) -> None:
    """Draw the button that keeps one of two answers on the page."""
    st.button("Keep this one", icon=":material/check:", key=f"keep-{thread}", on_click=_go, args=(thread,))


@st.dialog("Another answer")
def _again(conversation: Conversation, index: int, question: str) -> None:
    st.caption("The same question, answered otherwise, in a branch of its own; both answers then stand side by side.")
    options = run_options.fields(conversation.notebook, "again-")
    if st.button("Answer", type="primary", key="again-go"):
        try:
            branch = begin(conversation.notebook, conversation.thread, index, question, options)
        except VademecumError as error:
            show_error(error)
            return
        conversations.go_to(branch, beside=conversation.thread)
        st.rerun()


def _step(label: str, icon: str, thread: str | None, key: str) -> None:
    side = "left" if label == "Earlier" else "right"
    st.button(
        label,
        icon=icon,
        icon_position=side,
        type="tertiary",
        key=key,
        disabled=thread is None,
        on_click=_go,
        args=(thread,),
    )


def _go(thread: str | None, beside: str | None = None) -> None:
    conversations.go_to(thread, beside=beside)


def _edit(turn: tuple[str, int] | None) -> None:
    st.session_state["editing"] = turn
