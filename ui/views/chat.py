"""The chat: ask the documents, watch the graph answer, open what an answer rests on beside it."""

from collections.abc import Collection, Sequence

import streamlit as st

from agents import Decision, Waiting
from core.errors import UsageError, VademecumError
from core.types import Source
from memory.checkpoints import Turn
from ui import (
    adding,
    approving,
    asking,
    choosing,
    citations,
    conversations,
    documents,
    live,
    opening,
    rating,
    source_panel,
    steps,
)
from ui.asking import Asking
from ui.choosing import Choice
from ui.escaping import markup, show_error
from vademecum import Notebook
from vademecum.notebook import SAMPLES
from verification.standing import Standings

TITLE = "Chat"
ICON = ":material/forum:"
POSITION = 1
WIDTH = "50rem"

EXAMPLES = (
    "Why do LSTMs need a forget gate?",
    "Why does it help to let a model think out loud?",
    "Is there a way to learn from preference pairs without reinforcement learning?",
    "What is 17.5% of 2,340?",
)
"""Questions to begin with, where the notebook is the sample one."""


def show(notes: Notebook) -> None:
    """Draw the page."""
    opening.prepare(notes)
    thread, sources = conversations.current(), notes.sources()
    with st.sidebar:
        conversations.list_all(notes, thread)
        documents.list_all(notes, sources, thread)
        choice = choosing.choose(notes)
    question = st.chat_input(
        "Ask your documents" if sources else "Add documents first",
        disabled=not sources,
        submit_mode="disable",
        key="question",
    )
    if not sources:
        _welcome_to_empty(notes)
        return
    opened = source_panel.opened_beside(thread)
    chat, beside = st.columns([11, 10], gap="large") if opened else (st.container(), None)
    with chat:
        _conversation(notes, thread, sources, choice, question or st.session_state.pop("ask", None))
    if opened and beside:
        with beside:
            source_panel.show(notes, opened)


def _conversation(
    notes: Notebook, thread: str | None, sources: list[Source], choice: Choice, question: str | None
) -> None:
    """The turns so far, the question under way, and a new one."""
    desk = asking.desk(notes)
    waiting = desk.under_way(thread)
    turns = _turns(notes, thread, waiting)
    calls = notes.pending(thread) if thread and turns and waiting is None and not turns[-1].reply else ()
    if question and waiting:
        st.info("This conversation is waiting for another answer; ask again when it is there.")
    elif question and calls:
        st.info("A call waits for you here: decide about it first.")
    elif question:
        notes.check(question)
        thread = thread if turns and thread else asking.new_thread()
        conversations.go_to(thread)
        waiting = desk.ask(notes, question, thread, len(turns), choice)
    hello = st.empty()  # a place of its own, or the greeting would stand there, faded, until there is an answer
    if not turns and waiting is None:
        with hello.container():
            if st.session_state.pop("just-added", False):
                adding.progress()  # what came of the first documents, and which were not taken
            _examples(sources)
    ambiguous, standings = notes.ambiguous_paths(), notes.standings()
    for place, turn in enumerate(turns[:-1] if calls else turns):
        _turn(notes, thread or "", place, turn, ambiguous, standings)
    if waiting:
        _follow(desk, waiting)
    elif calls:
        _leave(notes, desk, thread or "", turns, calls, choice)


def _turns(notes: Notebook, thread: str | None, waiting: Asking | None) -> list[Turn]:
    """The stored turns, without the one that is under way."""
    if thread is None or (waiting and waiting.place == 0):
        return []
    try:
        turns = notes.history(thread)
    except UsageError:
        st.info("There is no conversation at this address; your question begins a new one.")
        return []
    return turns[: waiting.place] if waiting else turns


def _leave(
    notes: Notebook, desk: asking.Desk, thread: str, turns: list[Turn], calls: tuple[Waiting, ...], choice: Choice
) -> None:
    """Ask the person about the calls that wait; then go on with the run that stopped for them."""

    def decided(decisions: Sequence[Decision]) -> None:
        place = len(turns) - 1
        desk.ask(notes, turns[place].question, thread, place, choice, decisions)
        st.rerun()

    _question(turns[-1].question)
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        approving.ask(calls, f"leave-{thread}-{len(turns)}", decided)


def _turn(
    notes: Notebook, thread: str, place: int, turn: Turn, ambiguous: Collection[str], standings: Standings
) -> None:
    _question(turn.question)
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        if turn.answer:
            citations.show_answer(
                turn.answer,
                key=f"answer-{thread}-{place}",
                ambiguous=ambiguous,
                opened=source_panel.opened_beside(thread),
                on_open=lambda citation: source_panel.open_passage(thread, citation),
            )
            st.html(f'<div class="vade-note">{markup(citations.colophon(turn.answer))}</div>')
            for told in citations.standing_notes(turn.answer, standings):
                st.html(f'<div class="vade-note">{markup(told)}</div>')
            with st.container(horizontal=True, vertical_alignment="center"):
                rating.thumbs(notes, turn.answer.run_id, key=f"thumbs-{thread}-{place}")
                rating.trace_link(notes, turn.answer.run_id)
        elif turn.reply:
            st.html(f'<div class="vade-said">{markup(turn.reply)}</div>')
            st.html('<div class="vade-note">Not from your documents</div>')
        else:
            st.html('<div class="vade-note">Stopped before there was an answer</div>')
            st.button("Ask again", key=f"again-{thread}-{place}", on_click=_ask, args=(turn.question,))
        _steps(thread, place)


def _question(question: str) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.html(f'<div class="vade-said vade-question">{markup(question)}</div>')


def _steps(thread: str, place: int) -> None:
    taken = st.session_state.get("steps", {}).get((thread, place))
    if taken:
        end = max(step.began + (step.seconds or 0.0) for step in taken)
        with st.expander(f"{len(taken)} steps, {steps.duration(end)}", type="compact"):
            st.html(steps.as_html(taken, end))


def _follow(desk: asking.Desk, waiting: Asking) -> None:
    """Watch a question being answered; then draw the page again with the answer in its place."""
    _question(waiting.question)
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        try:
            sofar = live.follow(waiting)
        except VademecumError as error:
            desk.clear(waiting)
            if waiting.place == 0:
                conversations.go_to(None)
            show_error(error)
            st.button("Ask again", on_click=_ask, args=(waiting.question,))
            return
    desk.clear(waiting)
    st.session_state.setdefault("steps", {})[waiting.thread, waiting.place] = sofar.steps
    st.rerun()


def _examples(sources: list[Source]) -> None:
    sample = any(source.root == str(SAMPLES.resolve()) for source in sources)
    lead = (
        "This notebook holds a handbook on building with language models. Ask it something, or add your own documents: "
        "every sentence of an answer shows the passage that it rests on."
        if sample
        else "Every sentence of an answer shows the passage that it rests on. What your documents do not say, "
        "Vademecum does not say either."
    )
    st.html(f'<div class="vade-hello">Ask your documents</div><div class="vade-lead">{lead}</div>')
    for number, question in enumerate(EXAMPLES if sample else ()):
        st.button(question, key=f"example-{number}", on_click=_ask, args=(question,))


def _ask(question: str) -> None:
    st.session_state["ask"] = question


def _welcome_to_empty(notes: Notebook) -> None:
    st.html(
        '<div class="vade-hello">This notebook is empty</div>'
        '<div class="vade-lead">Add documents, and ask them. They stay on this machine, in '
        f"<bdi>{markup(str(notes.settings.home))}</bdi>.</div>"
    )
    adding.form(notes, key="page")
    if st.session_state.get("adding") and notes.sources():
        st.session_state["just-added"] = True
        st.rerun()
