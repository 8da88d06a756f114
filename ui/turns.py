"""One turn of a conversation: the question, what came of it, and what can be done with it."""

from typing import Any

import streamlit as st

from vademecum.memory.checkpoints import Turn
from vademecum.ui import attachments, branches, citations, rating, source_panel, steps, tool_calls
from vademecum.ui.branches import Talk
from vademecum.ui.escaping import markup


def show(talk: Talk, place: int, turn: Turn) -> None:
    """Draw a turn; where another answer is to stand beside it, both."""
    own, other = ask_both(talk, place, turn)
    with own:
        _reply(talk, place, turn, talk.thread)
    if other is not None:
        with other:
            beside(talk, place)


def ask_both(talk: Talk, place: int, turn: Turn, *, can_change: bool = True) -> tuple[Any, Any]:
    """Draw the question; where its reply is to be drawn, and where the other conversation's is, if any."""
    if talk.meets != place:
        question(talk, place, turn, can_change=can_change)
        return st.container(), None
    if same := _other(talk, place).question == turn.question:
        question(talk, place, turn, can_change=can_change)
    own, other = branches.split(talk, place)
    if not same:
        with own:
            question(talk, place, turn, can_change=can_change)
        with other:
            question(talk, place, _other(talk, place), can_change=False)
    return own, other


def beside(talk: Talk, place: int) -> None:
    """Draw the reply of the conversation that stands beside this one."""
    _reply(talk, place, _other(talk, place), talk.beside)


def _other(talk: Talk, place: int) -> Turn:
    return talk.notes.history(talk.beside)[place]


def question(talk: Talk, place: int, turn: Turn, *, can_change: bool = True) -> None:
    """Draw what the person said."""
    with st.chat_message("user", avatar=":material/person:"):
        if can_change and branches.is_edited(talk, place):
            branches.edit_form(talk, place, turn.question)
            return
        with st.container(horizontal=True, wrap=False, vertical_alignment="top", gap="small"):
            st.html(f'<div class="vade-said vade-question">{markup(turn.question)}</div>')
            if can_change:
                branches.edit_button(talk, place)
        attachments.show_images(turn)
        attachments.show_refused(st.session_state.get("refused", {}).get((talk.thread, place), ()))
        if can_change:
            branches.navigate(talk, place)


def _reply(talk: Talk, place: int, turn: Turn, thread: str) -> None:
    """Draw what came of it, in the conversation `thread`."""
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        if turn.answer:
            citations.show_answer(
                turn.answer,
                key=f"answer-{thread}-{place}",
                ambiguous=talk.ambiguous,
                opened=source_panel.opened_beside(talk.thread),
                on_open=lambda citation: source_panel.open_passage(talk.thread, citation),
            )
            st.html(f'<div class="vade-note">{markup(citations.colophon(turn.answer))}</div>')
            for told in citations.standing_notes(turn.answer, talk.notes.standings()):
                st.html(f'<div class="vade-note">{markup(told)}</div>')
        elif turn.reply:
            st.html(f'<div class="vade-said">{markup(turn.reply)}</div>')
            tool_calls.show(turn)
            st.html('<div class="vade-note">Not from your documents</div>')
        else:
            st.html('<div class="vade-note">Stopped before there was an answer</div>')
        if talk.meets == place:
            branches.keep_button(thread)
        elif turn.reply:
            _actions(talk, place, turn)
        _steps(thread, place)


def _actions(talk: Talk, place: int, turn: Turn) -> None:
    run_id, key = turn.answer.run_id if turn.answer else "", f"{talk.thread}-{place}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"actions-{key}"):
        rating.thumbs(talk.notes, run_id, key=f"thumbs-{key}")
        rating.comment(talk.notes, run_id, key=f"comment-{key}")
        branches.again_button(talk, place, turn.question)
        rating.trace_link(talk.notes, run_id)


def _steps(thread: str, place: int) -> None:
    taken = st.session_state.get("steps", {}).get((thread, place))
    if taken:
        end = max(step.began + (step.seconds or 0.0) for step in taken)
        count = "1 step" if len(taken) == 1 else f"{len(taken)} steps"
        with st.expander(f"{count}, {steps.duration(end)}", type="compact"):
            st.html(steps.as_html(taken, end))
