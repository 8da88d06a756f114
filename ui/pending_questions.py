"""Questions that are being answered: each goes on whatever happens to the page, and every page can watch it."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import streamlit as st

from vademecum import Notebook
from vademecum.events import Event
from vademecum.retrieval.ingestion.ingest_report import FailedFile
from vademecum.ui.jobs import Job, Jobs
from vademecum.ui.run_options import known_to

KEEP = 40
"""Questions whose answer failed that are remembered, so that they can be tried again."""

Answering = Callable[["PendingQuestion"], Iterator[Event]]
"""Answers a question, and yields the events of the run."""


class PendingQuestion(Job[Event, None]):
    """A question on its way. `turn` is its place in the conversation, from 0; `refused` are attachments not taken."""

    def __init__(self, question: str, thread: str, turn: int, answering: Answering) -> None:
        self.question = question
        self.thread = thread
        self.turn = turn
        self.refused: list[FailedFile] = []
        self.end_seen = False
        self._answering = answering
        super().__init__(lambda _: self._run())

    @property
    def active(self) -> bool:
        """Whether the page still has to show it: until somebody has seen how it ended."""
        return not self.end_seen

    def _run(self) -> None:
        for event in self._answering(self):
            self.report(event)


class PendingQuestions(Jobs[PendingQuestion]):
    """The questions under way, by conversation: one at a time in each."""

    def __init__(self) -> None:
        super().__init__(KEEP)

    def ask(self, question: str, thread: str, turn: int, answering: Answering) -> PendingQuestion:
        """Start to answer, unless this conversation is waiting for an answer already: then return that question."""
        return self.start(thread, lambda: PendingQuestion(question, thread, turn, answering))

    def pending(self, thread: str | None) -> PendingQuestion | None:
        """The question that this conversation is waiting for, or whose end nobody has seen yet."""
        question = self.get(thread)
        return question if question and question.active else None

    def failed(self, thread: str | None) -> PendingQuestion | None:
        """The latest question of this conversation, where answering it failed."""
        question = self.get(thread)
        return question if question and not question.active and question.error else None

    def mark_seen(self, question: PendingQuestion) -> None:
        """Its end has been shown; only one that failed is kept."""
        question.end_seen = True
        if question.error is None:
            self.drop(question)


@st.cache_resource(show_spinner=False)
def registry(_notebook: Notebook) -> PendingQuestions:
    """The questions of this process."""
    return PendingQuestions()


def resume(notebook: Notebook, question: str, thread: str, turn: int, settings: Mapping[str, Any]) -> PendingQuestion:
    """Go on from the last checkpoint of a conversation whose latest question has no answer.

    Of the settings those hold that its graph may choose.
    """
    choices = known_to(notebook.conversations.graph_of(thread), settings)

    def answering(pending: PendingQuestion) -> Iterator[Event]:
        return notebook.go_on(thread, stop=pending.cancel_requested, **choices)

    return registry(notebook).ask(question, thread, turn, answering)


def new_thread() -> str:
    """An id for a new conversation."""
    return uuid.uuid4().hex[:12]
