"""The chat: ask the documents, watch the graph answer, open what an answer rests on beside it."""

from collections.abc import Iterator, Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook, shelves
from vademecum.agents import Decision, Waiting
from vademecum.core.errors import UsageError, VademecumError
from vademecum.events import Event
from vademecum.memory.checkpoints import Turn
from vademecum.notebook import SAMPLES
from vademecum.ui import (
    add_documents,
    answer_stream,
    attachments,
    branches,
    conversations,
    document_list,
    pending_questions,
    run_options,
    shared_notebook,
    source_panel,
    suggestions,
    tool_approval,
)
from vademecum.ui import turns as turns_drawn
from vademecum.ui.attachments import File
from vademecum.ui.branches import Talk
from vademecum.ui.escaping import markup, plain, show_error
from vademecum.ui.pending_questions import PendingQuestion, PendingQuestions
from vademecum.ui.run_options import Choice

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
    """Draw the page: what it is for first, since the browser shows it while the rest is on its way."""
    shared_notebook.prepare(notes)
    thread, documents = conversations.current(), shelves.count(notes)
    said = st.chat_input(
        "Ask your documents" if documents else "Add documents first",
        disabled=not documents,
        submit_mode="disable",
        accept_file="multiple",
        max_upload_size=notes.settings.max_file_mb,
        key="question",
    )
    if not documents:
        _welcome_to_empty(notes)
        _sidebar(notes, thread, documents)
        return
    message = _message(said)
    opened = source_panel.opened_beside(thread)
    chat, beside = st.columns([11, 10], gap="large") if opened else (st.container(), None)
    with chat:
        # Places of their own, emptied at once: what stood there before would be seen, faded, until there is more.
        hello, spot, next_ones = st.empty(), st.container(), st.empty()
    if thread is None and not message[0]:
        with hello.container():
            _greet(notes)
    choice = _sidebar(notes, thread, documents)
    with spot:
        talk = _conversation(notes, thread, choice, message)
    if opened and beside:
        with beside:
            source_panel.show(notes, opened)
    if talk:
        suggestions.show(talk, next_ones, on_ask=_ask)


def _sidebar(notes: Notebook, thread: str | None, documents: int) -> Choice:
    with st.sidebar:
        conversations.list_all(notes, thread)
        document_list.list_all(notes, documents, thread)
        return run_options.choose(notes, replier=True)


def _message(said: Any) -> tuple[str, list[File]]:
    """What was written or clicked, and the files that came with it."""
    files = [(file.name, file.getvalue()) for file in said.files] if said else []
    text = said.text.strip() if said else st.session_state.pop("ask", "")
    if not text and len(attachments.images(files)) == len(files) > 0:
        text = attachments.ABOUT_IMAGES
    return text, files


def _conversation(notes: Notebook, thread: str | None, choice: Choice, message: tuple[str, list[File]]) -> Talk | None:
    """The turns so far, the question under way, and a new one; the conversation, where it rests."""
    questions, files = pending_questions.registry(notes), message[1]
    waiting = questions.pending(thread)
    turns, failed = _turns(notes, thread, waiting), questions.failed(thread)
    calls = notes.pending(thread) if thread and turns and waiting is None and not turns[-1].reply else ()
    if message[0] and (waiting or calls):
        st.info(f"{'An answer' if waiting else 'A call'} waits here; ask again after it: {plain(message[0])}")
    elif message[0]:
        thread = thread if thread and (turns or failed) else pending_questions.new_thread()
        waiting = _begin(notes, questions, thread, len(turns), choice, message)
        conversations.go_to(thread)
    elif files:
        add_documents.begin(notes, files, "")
    if thread and not (turns or waiting or failed):  # an address that leads nowhere
        _greet(notes)
    talk = branches.talk(notes, thread, turns, choice)
    for place, turn in enumerate(turns[:-1] if calls else turns):
        turns_drawn.show(talk, place, turn)
    if files or st.session_state.pop("just-added", False):
        add_documents.show_to_the_end()  # what came of documents that were attached, and which were not taken
    if waiting:
        _follow(questions, talk, waiting)
    elif calls:
        _leave(talk, questions, calls)
    else:
        return _rest(talk, failed)
    return None


def _rest(talk: Talk, failed: PendingQuestion | None) -> Talk | None:
    """Below a conversation in which nothing is under way: why there is no answer, or the way to one."""
    if failed:
        _tell_failure(talk, failed)
    elif talk.turns:
        _offer_to_go_on(talk)
        return talk
    return None


def _begin(
    notes: Notebook,
    questions: PendingQuestions,
    thread: str,
    place: int,
    choice: Choice,
    message: tuple[str, list[File]],
) -> PendingQuestion:
    """Have a question answered, with what is attached to it."""
    (question, settings), files = choice.order(message[0]), message[1]
    notes.check(question)

    def answering(pending: PendingQuestion) -> Iterator[Event]:
        blocks: list[dict[str, Any]] = []
        if files:
            yield from attachments.take(notes, pending, files, blocks)
        more: dict[str, Any] = {"images": blocks or None, "stop": pending.cancel_requested, **settings}
        yield from notes.stream(question, graph="chat", thread=thread, **more)

    return questions.ask(question, thread, place, answering)


def _turns(notes: Notebook, thread: str | None, waiting: PendingQuestion | None) -> list[Turn]:
    """The stored turns, without the one that is under way."""
    if thread is None or (waiting and waiting.turn == 0):
        return []
    try:
        turns = notes.history(thread)
    except UsageError:
        if pending_questions.registry(notes).failed(thread) is None:
            st.info("There is no conversation at this address; your question begins a new one.")
        return []
    return turns[: waiting.turn] if waiting else turns


def _leave(talk: Talk, questions: PendingQuestions, calls: tuple[Waiting, ...]) -> None:
    """Ask the person about the calls that wait; then go on with the run that stopped for them."""
    notes, thread, place = talk.notes, talk.thread, len(talk.turns) - 1
    chosen: dict[str, Any] = {"model": talk.choice.model, "technique": talk.choice.technique, "mode": talk.choice.mode}

    def decided(decisions: Sequence[Decision]) -> None:
        questions.ask(
            talk.turns[-1].question,
            thread,
            place,
            lambda pending: notes.decide(thread, *decisions, stop=pending.cancel_requested, **chosen),
        )
        st.rerun()

    turns_drawn.question(talk, place, talk.turns[-1])
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        tool_approval.ask(calls, f"leave-{thread}-{place}", decided)


def _offer_to_go_on(talk: Talk) -> None:
    """Where the last question has no answer: go on from the last checkpoint, with what is chosen now."""
    notes, thread, question = talk.notes, talk.thread, talk.turns[-1].question
    if talk.turns[-1].reply:
        return
    with st.container(key="going-on"):
        if notes.unfinished(thread) is None:
            st.button("Ask again", key=f"ask-again-{thread}", on_click=_ask, args=(question,))
            return
        going = st.button("Go on", icon=":material/play_arrow:", key=f"go-on-{thread}", help="From where it stopped")
    if going:
        settings = talk.choice.order(question)[1]
        pending_questions.resume(notes, question, thread, len(talk.turns) - 1, settings)
        st.rerun()


def _follow(questions: PendingQuestions, talk: Talk, waiting: PendingQuestion) -> None:
    """Watch a question being answered; then draw the page again with the answer in its place."""
    asked = Turn(waiting.question, "", None)
    own, other = turns_drawn.ask_both(talk, waiting.turn, asked, can_change=False)
    if other is not None:
        with other:
            turns_drawn.beside(talk, waiting.turn)
    with own, st.chat_message("assistant", avatar=":material/menu_book:"):
        try:
            sofar = answer_stream.follow(waiting)
        except VademecumError:
            questions.mark_seen(waiting)
            st.rerun()
    questions.mark_seen(waiting)
    st.session_state.setdefault("steps", {})[waiting.thread, waiting.turn] = sofar.steps
    st.session_state.setdefault("refused", {})[waiting.thread, waiting.turn] = waiting.refused
    st.rerun()


def _tell_failure(talk: Talk, failed: PendingQuestion) -> None:
    """Say why there is no answer; another model may have one."""
    if failed.turn >= len(talk.turns):  # it failed before anything was stored
        turns_drawn.question(talk, failed.turn, Turn(failed.question, "", None), can_change=False)
    with st.container(key="going-on"):
        try:
            failed.result()
        except VademecumError as error:
            show_error(error)
        st.button("Try again", on_click=_try_again, args=(talk.notes, failed, talk.choice))


def _try_again(notes: Notebook, failed: PendingQuestion, choice: Choice) -> None:
    """Go on with what failed; ask anew where nothing of it was stored."""
    thread, stored = failed.thread, {one.id for one in notes.threads()}
    if thread not in stored or notes.unfinished(thread) is None:
        _ask(failed.question)
        return
    settings = choice.order(failed.question)[1]
    pending_questions.resume(notes, failed.question, thread, failed.turn, settings)


def _greet(notes: Notebook) -> None:
    sample = shelves.holds(notes, str(SAMPLES.resolve()))
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
    add_documents.form(notes, key="page")
    if st.session_state.get("adding") and shelves.count(notes):
        st.session_state["just-added"] = True
        st.rerun()
