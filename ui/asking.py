"""A question being answered: it goes on whatever happens to the page, and every page on that conversation can watch."""

import threading
import uuid
from collections.abc import Iterator, Sequence

import streamlit as st

from agents import Decision
from ui.background import Job
from ui.choosing import Choice
from vademecum import Notebook
from vademecum.events import Event


class Asking(Job[Event]):
    """One question on its way. `place`: which turn of the conversation it is, from 0.

    With `decisions` about the calls that wait for a person it goes on with the run that stopped for them.
    """

    def __init__(
        self,
        notes: Notebook,
        question: str,
        thread: str,
        place: int,
        choice: Choice,
        decisions: Sequence[Decision] = (),
    ) -> None:
        self.question = question
        self.thread = thread
        self.place = place
        self._notes = notes
        self._choice = choice
        self._decisions = decisions
        super().__init__(lambda _: self._work())

    def _work(self) -> None:
        for event in self._events():
            self.tell(event)
            if self.stopped:
                return

    def _events(self) -> Iterator[Event]:
        chosen = self._choice._asdict()
        if self._decisions:
            return self._notes.decide(self.thread, *self._decisions, **chosen)
        return self._notes.stream(self.question, graph="chat", thread=self.thread, **chosen)


class Desk:
    """The questions under way, by conversation: one at a time in each."""

    def __init__(self) -> None:
        self._under_way: dict[str, Asking] = {}
        self._lock = threading.Lock()

    def ask(
        self,
        notes: Notebook,
        question: str,
        thread: str,
        place: int,
        choice: Choice,
        decisions: Sequence[Decision] = (),
    ) -> Asking:
        """Begin to answer, unless this conversation is waiting for an answer already: then that one."""
        with self._lock:
            found = self._under_way.get(thread)
            if found is None:
                found = self._under_way[thread] = Asking(notes, question, thread, place, choice, decisions)
            return found

    def under_way(self, thread: str | None) -> Asking | None:
        """The question that this conversation is waiting for, or whose end nobody has seen yet."""
        return self._under_way.get(thread or "")

    def clear(self, asking: Asking) -> None:
        """It is over, and its end has been seen."""
        with self._lock:
            if self._under_way.get(asking.thread) is asking:
                del self._under_way[asking.thread]


@st.cache_resource(show_spinner=False)
def desk(_notes: Notebook) -> Desk:
    """The desk of this process."""
    return Desk()


def new_thread() -> str:
    """A name for a conversation that begins."""
    return uuid.uuid4().hex[:12]
