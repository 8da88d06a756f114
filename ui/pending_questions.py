"""A question being answered: it goes on whatever happens to the page, and every page on that conversation can watch."""

import threading
import uuid
from collections.abc import Callable, Iterator

import streamlit as st

from vademecum import Notebook
from vademecum.events import Event
from vademecum.retrieval.ingestion.ingest_report import FailedFile
from vademecum.ui.jobs import Job

Told = Callable[["Asking"], Iterator[Event]]
"""What has a question answered, and tells how it goes."""


class Asking(Job[Event]):
    """One question on its way. `place`: which turn of the conversation it is, from 0; `refused`: files of it."""

    def __init__(self, question: str, thread: str, place: int, told: Told) -> None:
        self.question = question
        self.thread = thread
        self.place = place
        self.refused: list[FailedFile] = []
        self._told = told
        super().__init__(lambda _: self._work())

    def _work(self) -> None:
        for event in self._told(self):
            self.tell(event)


class Desk:
    """The questions under way, by conversation: one at a time in each."""

    def __init__(self) -> None:
        self._under_way: dict[str, Asking] = {}
        self._failed: dict[str, Asking] = {}
        self._lock = threading.Lock()

    def begin(self, question: str, thread: str, place: int, told: Told) -> Asking:
        """Begin to answer, unless this conversation is waiting for an answer already: then that one."""
        with self._lock:
            found = self._under_way.get(thread)
            if found is None:
                self._failed.pop(thread, None)
                found = self._under_way[thread] = Asking(question, thread, place, told)
            return found

    def under_way(self, thread: str | None) -> Asking | None:
        """The question that this conversation is waiting for, or whose end nobody has seen yet."""
        return self._under_way.get(thread or "")

    def failed(self, thread: str | None) -> Asking | None:
        """The question that was asked last in this conversation, where answering it failed."""
        return self._failed.get(thread or "")

    def clear(self, asking: Asking) -> None:
        """It is over, and its end has been seen."""
        with self._lock:
            if self._under_way.get(asking.thread) is asking:
                del self._under_way[asking.thread]
                if asking.failed:
                    self._failed[asking.thread] = asking


@st.cache_resource(show_spinner=False)
def desk(_notes: Notebook) -> Desk:
    """The desk of this process."""
    return Desk()


def new_thread() -> str:
    """A name for a conversation that begins."""
    return uuid.uuid4().hex[:12]
