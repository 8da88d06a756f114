"""One turn of a conversation: the question, the reply, and its buttons."""

from typing import Any

import streamlit as st

from vademecum.memory.checkpoints import Turn
from vademecum.ui import attachments, branches, citations, computed_rows, rating, source_panel, steps, tool_calls
from vademecum.ui.branches import Conversation
from vademecum.ui.escaping import markup


def show(conversation: Conversation, index: int, turn: Turn) -> None:
    """Draw a turn; if another answer is compared with it, both."""
    own_spot, other_spot = ask_both(conversation, index, turn)
    with own_spot:
        _reply(conversation, index, turn, conversation.thread)
    if other_spot is not None:
        with other_spot:
            beside(conversation, index)


def ask_both(conversation: Conversation, index: int, turn: Turn, *, can_change: bool = True) -> tuple[Any, Any]:
    """Draw the question; the container of its reply, and that of the other conversation's, if there is one."""
    if conversation.beside_index != index:
        question(conversation, index, turn, can_change=can_change)
        return st.container(), None
    if same := _turn_beside(conversation, index).question == turn.question:
        question(conversation, index, turn, can_change=can_change)
    own_spot, other_spot = branches.split(conversation, index)
    if not same:
        with own_spot:
            question(conversation, index, turn, can_change=can_change)
        with other_spot:
            question(conversation, index, _turn_beside(conversation, index), can_change=False)
    return own_spot, other_spot


def beside(conversation: Conversation, index: int) -> None:
    """Draw the reply of the conversation that is shown beside this one."""
    _reply(conversation, index, _turn_beside(conversation, index), conversation.beside)


def _turn_beside(conversation: Conversation, index: int) -> Turn:
    return conversation.notebook.history(conversation.beside)[index]


def question(conversation: Conversation, index: int, turn: Turn, *, can_change: bool = True) -> None:
    """Draw the person's message."""
    with st.chat_message("user", avatar=":material/person:"):
        if can_change and branches.is_edited(conversation, index):
            branches.edit_form(conversation, index, turn.question)
            return
        with st.container(horizontal=True, wrap=False, vertical_alignment="top", gap="small"):
            st.html(f'<div class="vade-said vade-question">{markup(turn.question)}</div>')
            if can_change:
                branches.edit_button(conversation, index)
        attachments.show_images(turn)
        attachments.show_refused(st.session_state.get("refused", {}).get((conversation.thread, index), ()))
        if can_change:
            branches.navigate(conversation, index)


def _reply(conversation: Conversation, index: int, turn: Turn, thread: str) -> None:
    """Draw the reply in the conversation `thread`."""
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        if turn.answer:
            citations.show_answer(
                turn.answer,
                key=f"answer-{thread}-{index}",
                ambiguous=conversation.ambiguous,
                open_citation=source_panel.opened_beside(conversation.thread),
                on_open=lambda citation: source_panel.open_passage(conversation.thread, citation),
            )
            computed_rows.show(turn.question, turn.answer)
            st.html(f'<div class="vade-note">{markup(citations.byline(turn.answer))}</div>')
            for line in citations.source_status_lines(turn.answer, conversation.notebook.standings()):
                st.html(f'<div class="vade-note">{markup(line)}</div>')
        elif turn.reply:
            st.html(f'<div class="vade-said">{markup(turn.reply)}</div>')
            tool_calls.show(turn)
            st.html('<div class="vade-note">Not from your documents</div>')
        else:
            st.html('<div class="vade-note">Stopped before there was an answer</div>')
        if conversation.beside_index == index:
            branches.keep_button(thread)
        elif turn.reply:
            _actions(conversation, index, turn)
        _steps(thread, index)


def _actions(conversation: Conversation, index: int, turn: Turn) -> None:
    run_id, key = turn.answer.run_id if turn.answer else "", f"{conversation.thread}-{index}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"actions-{key}"):
        rating.thumbs(conversation.notebook, run_id, key=f"thumbs-{key}")
        rating.comment(conversation.notebook, run_id, key=f"comment-{key}")
        branches.again_button(conversation, index, turn.question)
        rating.trace_link(conversation.notebook, run_id)


def _steps(thread: str, index: int) -> None:
    run_steps = st.session_state.get("steps", {}).get((thread, index))
    if run_steps:
        end = max(step.began + (step.seconds or 0.0) for step in run_steps)
        count = "1 step" if len(run_steps) == 1 else f"{len(run_steps)} steps"
        with st.expander(f"{count}, {steps.duration(end)}", type="compact"):
            st.html(steps.as_html(run_steps, end))
