"""The chat: ask the documents, watch the graph answer, open what an answer rests on beside it."""

from collections.abc import Iterator, Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.agents import Decision, Waiting
from vademecum.core.errors import UsageError, VademecumError
from vademecum.events import Event
from vademecum.memory.checkpoints import Turn
from vademecum.ui import (
    adding,
    approving,
    asking,
    attachments,
    branches,
    choosing,
    conversations,
    live,
    opening,
    source_panel,
    suggestions,
)
from vademecum.ui import documents as document_list
from vademecum.ui import turns as turns_drawn
from vademecum.ui.asking import Asking
from vademecum.ui.attachments import File
from vademecum.ui.branches import Talk
from vademecum.ui.choosing import Choice
from vademecum.ui.escaping import markup, plain, show_error
from vademecum.workspace import SAMPLES

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
    opening.prepare(notes)
    thread, documents = conversations.current(), notes.sources.count()
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
        return choosing.choose(notes, replier=True)


def _message(said: Any) -> tuple[str, list[File]]:
    """What was written or clicked, and the files that came with it."""
    files = [(file.name, file.getvalue()) for file in said.files] if said else []
    text = said.text.strip() if said else st.session_state.pop("ask", "")
    if not text and len(attachments.images(files)) == len(files) > 0:
        text = attachments.ABOUT_IMAGES
    return text, files


def _conversation(notes: Notebook, thread: str | None, choice: Choice, message: tuple[str, list[File]]) -> Talk | None:
    """The turns so far, the question under way, and a new one; the conversation, where it rests."""
    desk, files = asking.desk(notes), message[1]
    waiting = desk.under_way(thread)
    turns, failed = _turns(notes, thread, waiting), desk.failed(thread)
    calls = notes.pending(thread) if thread and turns and waiting is None and not turns[-1].reply else ()
    if message[0] and (waiting or calls):
        st.info(f"{'An answer' if waiting else 'A call'} waits here; ask again after it: {plain(message[0])}")
    elif message[0]:
        thread = thread if thread and (turns or failed) else asking.new_thread()
        waiting = _begin(notes, desk, thread, len(turns), choice, message)
        conversations.go_to(thread)
    elif files:
        adding.begin(notes, files, "")
    if thread and not (turns or waiting or failed):  # an address that leads nowhere
        _greet(notes)
    talk = branches.talk(notes, thread, turns, choice)
    for place, turn in enumerate(turns[:-1] if calls else turns):
        turns_drawn.show(talk, place, turn)
    if files or st.session_state.pop("just-added", False):
        adding.progress()  # what came of documents that were attached, and which were not taken
    if waiting:
        _follow(desk, talk, waiting)
    elif calls:
        _leave(talk, desk, calls)
    else:
        return _rest(talk, desk, failed)
    return None


def _rest(talk: Talk, desk: asking.Desk, failed: Asking | None) -> Talk | None:
    """Below a conversation in which nothing is under way: why there is no answer, or the way to one."""
    if failed:
        _tell_failure(talk, failed)
    elif talk.turns:
        _offer_to_go_on(talk, desk)
        return talk
    return None


def _begin(
    notes: Notebook, desk: asking.Desk, thread: str, place: int, choice: Choice, message: tuple[str, list[File]]
) -> Asking:
    """Have a question answered, with what is attached to it."""
    (question, settings), files = choice.order(message[0]), message[1]
    notes.check(question)

    def told(asked: Asking) -> Iterator[Event]:
        blocks: list[dict[str, Any]] = []
        if files:
            yield from attachments.take(notes, asked, files, blocks)
        more: dict[str, Any] = {"images": blocks or None, "stop": asked.stopping, **settings}
        yield from notes.stream(question, graph="chat", thread=thread, **more)

    return desk.begin(question, thread, place, told)


def _turns(notes: Notebook, thread: str | None, waiting: Asking | None) -> list[Turn]:
    """The stored turns, without the one that is under way."""
    if thread is None or (waiting and waiting.place == 0):
        return []
    try:
        turns = notes.history(thread)
    except UsageError:
        if asking.desk(notes).failed(thread) is None:
            st.info("There is no conversation at this address; your question begins a new one.")
        return []
    return turns[: waiting.place] if waiting else turns


def _leave(talk: Talk, desk: asking.Desk, calls: tuple[Waiting, ...]) -> None:
    """Ask the person about the calls that wait; then go on with the run that stopped for them."""
    notes, thread, place = talk.notes, talk.thread, len(talk.turns) - 1
    chosen: dict[str, Any] = {"model": talk.choice.model, "technique": talk.choice.technique, "mode": talk.choice.mode}

    def decided(decisions: Sequence[Decision]) -> None:
        desk.begin(
            talk.turns[-1].question,
            thread,
            place,
            lambda asked: notes.decide(thread, *decisions, stop=asked.stopping, **chosen),
        )
        st.rerun()

    turns_drawn.question(talk, place, talk.turns[-1])
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        approving.ask(calls, f"leave-{thread}-{place}", decided)


def _offer_to_go_on(talk: Talk, desk: asking.Desk) -> None:
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
        settings = choosing.known_to(notes.conversations.graph_of(thread), talk.choice.order(question)[1])
        desk.begin(
            question, thread, len(talk.turns) - 1, lambda asked: notes.go_on(thread, stop=asked.stopping, **settings)
        )
        st.rerun()


def _follow(desk: asking.Desk, talk: Talk, waiting: Asking) -> None:
    """Watch a question being answered; then draw the page again with the answer in its place."""
    asked = Turn(waiting.question, "", None)
    own, other = turns_drawn.ask_both(talk, waiting.place, asked, can_change=False)
    if other is not None:
        with other:
            turns_drawn.beside(talk, waiting.place)
    with own, st.chat_message("assistant", avatar=":material/menu_book:"):
        try:
            sofar = live.follow(waiting)
        except VademecumError:
            desk.clear(waiting)
            st.rerun()
    desk.clear(waiting)
    st.session_state.setdefault("steps", {})[waiting.thread, waiting.place] = sofar.steps
    st.session_state.setdefault("refused", {})[waiting.thread, waiting.place] = waiting.refused
    st.rerun()


def _tell_failure(talk: Talk, failed: Asking) -> None:
    """Say why there is no answer; another model may have one."""
    if failed.place >= len(talk.turns):  # it failed before anything was stored
        turns_drawn.question(talk, failed.place, Turn(failed.question, "", None), can_change=False)
    with st.container(key="going-on"):
        try:
            failed.result()
        except VademecumError as error:
            show_error(error)
        st.button("Try again", on_click=_try_again, args=(talk.notes, failed, talk.choice))


def _try_again(notes: Notebook, failed: Asking, choice: Choice) -> None:
    """Go on with what failed; ask anew where nothing of it was stored."""
    thread, stored = failed.thread, {one.id for one in notes.threads()}
    if thread not in stored or notes.unfinished(thread) is None:
        _ask(failed.question)
        return
    settings = choosing.known_to(notes.conversations.graph_of(thread), choice.order(failed.question)[1])
    asking.desk(notes).begin(
        failed.question, thread, failed.place, lambda asked: notes.go_on(thread, stop=asked.stopping, **settings)
    )


def _greet(notes: Notebook) -> None:
    sample = notes.sources.holds(str(SAMPLES.resolve()))
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
    if st.session_state.get("adding") and notes.sources.count():
        st.session_state["just-added"] = True
        st.rerun()
