"""The chat: ask the documents, watch the graph answer, open the source of a citation beside it."""

from collections.abc import Iterator, Sequence
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.agents import Decision, Waiting
from vademecum.core.errors import UsageError, VademecumError
from vademecum.events import Event
from vademecum.memory.checkpoints import Turn
from vademecum.ui import (
    add_documents,
    answer_stream,
    attachments,
    branches,
    conversations,
    document_list,
    model_offer,
    pending_questions,
    run_options,
    shared_notebook,
    source_panel,
    suggestions,
    tool_approval,
    unfit_question,
)
from vademecum.ui import turns as turns_drawn
from vademecum.ui.attachments import File
from vademecum.ui.branches import Conversation
from vademecum.ui.escaping import markup, plain, show_error
from vademecum.ui.pending_questions import PendingQuestion, PendingQuestions
from vademecum.ui.run_options import RunOptions
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
"""Example questions for the sample notebook."""


def show(notebook: Notebook) -> None:
    """Draw the page: the greeting first, since the browser shows it before the rest arrives."""
    shared_notebook.prepare(notebook)
    thread, documents = conversations.current(), notebook.sources.count()
    submission = st.chat_input(
        "Ask your documents" if documents else "Add documents first",
        disabled=not documents,
        submit_mode="disable",
        accept_file="multiple",
        max_upload_size=notebook.settings.max_file_mb,
        key="question",
    )
    if not documents:
        _welcome_to_empty(notebook)
        _sidebar(notebook, thread, documents)
        return
    message = _message(submission)
    open_citation = source_panel.opened_beside(thread)
    chat_column, source_column = st.columns([11, 10], gap="large") if open_citation else (st.container(), None)
    with chat_column:
        # Emptied at once: otherwise their old content would stay visible, faded, until the new one is drawn.
        greeting_spot, turns_spot, suggestion_spot = st.empty(), st.container(), st.empty()
    model_offer.announce(notebook)
    greets = thread is None and not message[0]
    is_first = greets and not notebook.threads()
    if greets:
        with greeting_spot.container():
            _greet(notebook)
            if is_first:
                model_offer.show(notebook)
    options = _sidebar(notebook, thread, documents, with_pulls=not is_first)
    with turns_spot:
        conversation = _conversation(notebook, thread, options, message)
    if open_citation and source_column:
        with source_column:
            source_panel.show(notebook, open_citation)
    if conversation:
        suggestions.show(conversation, suggestion_spot, on_ask=_ask)


def _sidebar(notebook: Notebook, thread: str | None, documents: int, *, with_pulls: bool = True) -> RunOptions:
    with st.sidebar:
        conversations.list_all(notebook, thread)
        document_list.list_all(notebook, documents, thread)
        if with_pulls:
            model_offer.show_pulls()
        return run_options.choose(notebook, replier=True)


def _message(submission: Any) -> tuple[str, list[File]]:
    """The text that was typed or clicked, and the attached files."""
    files = [(file.name, file.getvalue()) for file in submission.files] if submission else []
    text = submission.text.strip() if submission else st.session_state.pop("ask", "")
    if not text and len(attachments.images(files)) == len(files) > 0:
        text = attachments.ABOUT_IMAGES
    return text, files


def _conversation(
    notebook: Notebook, thread: str | None, options: RunOptions, message: tuple[str, list[File]]
) -> Conversation | None:
    """Draw the turns, the pending question, and a new one; the conversation if nothing is pending."""
    questions, files = pending_questions.registry(notebook), message[1]
    pending = questions.pending(thread)
    turns, failed_question = _turns(notebook, thread, pending), questions.failed(thread)
    calls = notebook.pending(thread) if thread and turns and pending is None and not turns[-1].reply else ()
    if message[0] and (pending or calls):
        st.info(f"{'An answer' if pending else 'A call'} waits here; ask again after it: {plain(message[0])}")
    elif message[0] and unfit_question.is_fit(notebook, options.request(message[0])[0]):
        thread = thread if thread and (turns or failed_question) else pending_questions.new_thread()
        pending = _begin(notebook, questions, thread, len(turns), options, message)
        conversations.go_to(thread)
    elif files:
        add_documents.begin(notebook, files, "")
    unfit_question.show(notebook)
    if thread and not (turns or pending or failed_question):  # the address names no conversation
        _greet(notebook)
    conversation = branches.open_conversation(notebook, thread, turns, options)
    for index, turn in enumerate(turns[:-1] if calls else turns):
        turns_drawn.show(conversation, index, turn)
    if files or st.session_state.pop("just-added", False):
        add_documents.show_to_the_end()  # the report on attached documents
    if pending:
        _follow(questions, conversation, pending)
    elif calls:
        _ask_approval(conversation, questions, calls)
    else:
        return _rest(conversation, failed_question)
    return None


def _rest(conversation: Conversation, failed_question: PendingQuestion | None) -> Conversation | None:
    """Draw what follows a conversation without a pending question: an error, or a way to go on."""
    if failed_question:
        _show_failure(conversation, failed_question)
    elif conversation.turns:
        _offer_to_go_on(conversation)
        return conversation
    return None


def _begin(
    notebook: Notebook,
    questions: PendingQuestions,
    thread: str,
    index: int,
    options: RunOptions,
    message: tuple[str, list[File]],
) -> PendingQuestion:
    """Start to answer a question with its attachments."""
    (question, settings), files = options.request(message[0]), message[1]

    def answering(pending: PendingQuestion) -> Iterator[Event]:
        blocks: list[dict[str, Any]] = []
        if files:
            yield from attachments.take(notebook, pending, files, blocks)
        extra: dict[str, Any] = {"images": blocks or None, "stop": pending.cancel_requested, **settings}
        yield from notebook.stream(question, graph="chat", thread=thread, **extra)

    return questions.ask(question, thread, index, answering)


def _turns(notebook: Notebook, thread: str | None, pending: PendingQuestion | None) -> list[Turn]:
    """The stored turns without the pending one."""
    if thread is None or (pending and pending.turn == 0):
        return []
    try:
        turns = notebook.history(thread)
    except UsageError:
        if pending_questions.registry(notebook).failed(thread) is None:
            st.info("There is no conversation at this address; your question begins a new one.")
        return []
    return turns[: pending.turn] if pending else turns


def _ask_approval(conversation: Conversation, questions: PendingQuestions, calls: tuple[Waiting, ...]) -> None:
    """Ask the person about the calls that need approval; then resume the run."""
    notebook, thread, index = conversation.notebook, conversation.thread, len(conversation.turns) - 1
    run_settings: dict[str, Any] = {
        "model": conversation.options.model,
        "technique": conversation.options.technique,
        "mode": conversation.options.mode,
    }

    def resume(decisions: Sequence[Decision]) -> None:
        questions.ask(
            conversation.turns[-1].question,
            thread,
            index,
            lambda pending: notebook.decide(thread, *decisions, stop=pending.cancel_requested, **run_settings),
        )
        st.rerun()

    turns_drawn.question(conversation, index, conversation.turns[-1])
    with st.chat_message("assistant", avatar=":material/menu_book:"):
        tool_approval.ask(calls, f"leave-{thread}-{index}", resume)


def _offer_to_go_on(conversation: Conversation) -> None:
    """If the last question has no answer: a button that resumes from the last checkpoint, with the current options."""
    notebook, thread, question = conversation.notebook, conversation.thread, conversation.turns[-1].question
    if conversation.turns[-1].reply:
        return
    with st.container(key="going-on"):
        if notebook.unfinished(thread) is None:
            st.button("Ask again", key=f"ask-again-{thread}", on_click=_ask, args=(question,))
            return
        resumed = st.button("Go on", icon=":material/play_arrow:", key=f"go-on-{thread}", help="From where it stopped")
    if resumed:
        settings = conversation.options.request(question)[1]
        pending_questions.resume(notebook, question, thread, len(conversation.turns) - 1, settings)
        st.rerun()


def _follow(questions: PendingQuestions, conversation: Conversation, pending: PendingQuestion) -> None:
    """Draw the answer as it arrives; then draw the page again with the stored answer."""
    turn = Turn(pending.question, "", None)
    own_spot, other_spot = turns_drawn.ask_both(conversation, pending.turn, turn, can_change=False)
    if other_spot is not None:
        with other_spot:
            turns_drawn.beside(conversation, pending.turn)
    with own_spot, st.chat_message("assistant", avatar=":material/menu_book:"):
        try:
            answer = answer_stream.follow(pending)
        except VademecumError:
            questions.mark_seen(pending)
            st.rerun()
    questions.mark_seen(pending)
    st.session_state.setdefault("steps", {})[pending.thread, pending.turn] = answer.steps
    st.session_state.setdefault("refused", {})[pending.thread, pending.turn] = pending.refused
    st.rerun()


def _show_failure(conversation: Conversation, failed_question: PendingQuestion) -> None:
    """Draw the error; another model may answer."""
    if failed_question.turn >= len(conversation.turns):  # it failed before anything was stored
        turns_drawn.question(
            conversation, failed_question.turn, Turn(failed_question.question, "", None), can_change=False
        )
    with st.container(key="going-on"):
        try:
            failed_question.result()
        except VademecumError as error:
            show_error(error)
        st.button("Try again", on_click=_try_again, args=(conversation.notebook, failed_question, conversation.options))


def _try_again(notebook: Notebook, failed_question: PendingQuestion, options: RunOptions) -> None:
    """Resume the failed run; if nothing of it was stored, ask again."""
    thread, thread_ids = failed_question.thread, {summary.id for summary in notebook.threads()}
    if thread not in thread_ids or notebook.unfinished(thread) is None:
        _ask(failed_question.question)
        return
    settings = options.request(failed_question.question)[1]
    pending_questions.resume(notebook, failed_question.question, thread, failed_question.turn, settings)


def _greet(notebook: Notebook) -> None:
    sample = notebook.sources.holds(str(SAMPLES.resolve()))
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


def _welcome_to_empty(notebook: Notebook) -> None:
    st.html(
        '<div class="vade-hello">This notebook is empty</div>'
        '<div class="vade-lead">Add documents, and ask them. They stay on this machine, in '
        f"<bdi>{markup(str(notebook.settings.home))}</bdi>.</div>"
    )
    add_documents.form(notebook, key="page")
    if st.session_state.get("adding") and notebook.sources.count():
        st.session_state["just-added"] = True
        st.rerun()
