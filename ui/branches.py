"""Branches of a conversation: a question changed or asked anew, going from one to another, two answers side by side."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.memory.checkpoints import Turn
from vademecum.ui import asking, choosing, conversations
from vademecum.ui.choosing import Choice
from vademecum.ui.escaping import show_error


@dataclass(frozen=True)
class Talk:
    """The conversation that the page shows. `beside`: the one whose answer to turn `meets` stands next to its own."""

    notes: Notebook
    thread: str
    turns: Sequence[Turn]
    choice: Choice
    ambiguous: frozenset[str] = frozenset()
    versions: dict[int, list[str]] = field(default_factory=dict)
    beside: str = ""
    meets: int | None = None


def talk(notes: Notebook, thread: str | None, turns: Sequence[Turn], choice: Choice) -> Talk:
    """What is known of the open conversation."""
    if not thread:
        return Talk(notes, "", turns, choice)
    beside = conversations.beside() or ""
    meets = notes.conversations.meeting(thread, beside) if beside else None
    found = notes.versions(thread)
    return Talk(
        notes, thread, turns, choice, notes.ambiguous_paths(), found, beside if meets is not None else "", meets
    )


def begin(notes: Notebook, thread: str, place: int, question: str, choice: Choice) -> str:
    """Have a turn asked anew in a branch of its own, by what is chosen; the branch."""
    wanted, chosen = choice.order(question)
    chosen = {"speaker": None, "agent": None, **chosen}  # not those that the old turn was begun with
    new = notes.branch(thread, place, wanted)
    settings = choosing.known_to(notes.conversations.graph_of(new), chosen)
    asking.desk(notes).begin(wanted, new, place, lambda asked: notes.go_on(new, stop=asked.stopping, **settings))
    return new


def edit_button(talk: Talk, place: int) -> None:
    """Draw the way to change a question."""
    st.button(
        "Edit",
        icon=":material/edit:",
        help="Change this question, in a branch of its own",
        type="tertiary",
        key=f"edit-{talk.thread}-{place}",
        on_click=_edit,
        args=((talk.thread, place),),
    )


def is_edited(talk: Talk, place: int) -> bool:
    """Whether the question is being changed."""
    return st.session_state.get("editing") == (talk.thread, place)


def edit_form(talk: Talk, place: int, question: str) -> None:
    """Draw the question to be changed; sent, it is asked in a branch, and the old one stays."""
    with st.form(f"editing-{talk.thread}-{place}", border=False):
        limit = talk.notes.settings.max_question_chars
        text = st.text_area("Your question", question, key=f"edited-{talk.thread}-{place}", max_chars=limit)
        with st.container(horizontal=True):
            sent = st.form_submit_button("Ask", type="primary")
            left = st.form_submit_button("Leave it", type="tertiary")
    if left or (sent and text.strip() == question.strip()):
        _edit(None)
        st.rerun()
    if sent:
        try:
            new = begin(talk.notes, talk.thread, place, text, talk.choice)
        except VademecumError as error:
            show_error(error)
            return
        _edit(None)
        conversations.go_to(new)
        st.rerun()


def again_button(talk: Talk, place: int, question: str) -> None:
    """Draw the way to another answer: by another model, technique, search, or somebody else."""
    if st.button("Another answer", icon=":material/autorenew:", type="tertiary", key=f"again-{talk.thread}-{place}"):
        _again(talk, place, question)


def navigate(talk: Talk, place: int) -> None:
    """Draw the way from one version of a turn to the next, where there are several."""
    known = talk.versions.get(place, [])
    own = talk.notes.conversations.owner(talk.thread, place) if known else ""
    if own not in known:
        return
    at, key = known.index(own), f"{talk.thread}-{place}"
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key=f"branch-{key}"):
        _step("Earlier", ":material/chevron_left:", known[at - 1] if at else None, f"earlier-{key}")
        st.html(f'<div class="vade-note">{at + 1} of {len(known)}</div>', width="content")
        later = known[at + 1] if at + 1 < len(known) else None
        _step("Later", ":material/chevron_right:", later, f"later-{key}")
        if talk.meets != place:
            other = known[at - 1] if at else known[at + 1]
            label, there = "Side by side", {"thread": talk.thread, "beside": other}
            st.button(
                label, icon=":material/compare:", type="tertiary", key=f"compare-{key}", on_click=_go, kwargs=there
            )


def split(talk: Talk, place: int) -> tuple[Any, Any]:
    """Where this conversation's turn is drawn, and where that of the other one: the older at the left."""
    known = talk.versions.get(place, [])
    other = talk.notes.conversations.owner(talk.beside, place)
    own = talk.notes.conversations.owner(talk.thread, place)
    with st.container(key="versions"):
        first, second = st.columns(2, gap="large")
    earlier = other in known and own in known and known.index(other) < known.index(own)
    return (second, first) if earlier else (first, second)


def keep_button(thread: str) -> None:
    """Draw the way from two answers to one."""
    st.button("Keep this one", icon=":material/check:", key=f"keep-{thread}", on_click=_go, args=(thread,))


@st.dialog("Another answer")
def _again(talk: Talk, place: int, question: str) -> None:
    st.caption("The same question, answered otherwise, in a branch of its own; both answers then stand side by side.")
    chosen = choosing.fields(talk.notes, "again-")
    if st.button("Answer", type="primary", key="again-go"):
        try:
            new = begin(talk.notes, talk.thread, place, question, chosen)
        except VademecumError as error:
            show_error(error)
            return
        conversations.go_to(new, beside=talk.thread)
        st.rerun()


def _step(label: str, icon: str, to: str | None, key: str) -> None:
    place = "left" if label == "Earlier" else "right"
    st.button(
        label, icon=icon, icon_position=place, type="tertiary", key=key, disabled=to is None, on_click=_go, args=(to,)
    )


def _go(thread: str | None, beside: str | None = None) -> None:
    conversations.go_to(thread, beside=beside)


def _edit(turn: tuple[str, int] | None) -> None:
    st.session_state["editing"] = turn
