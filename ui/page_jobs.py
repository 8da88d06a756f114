"""Long work of the pages: one piece at a time, in the process and not in the page, so that a closed tab stops nothing.

Each piece has an address (`?work=ID`), under which any page can follow it, or see what came of it.
"""

import threading
import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.ui.escaping import plain, show_error
from vademecum.ui.jobs import Job

KEPT = 20
"""Pieces of work that are remembered after their end."""


class At(NamedTuple):
    """How far a piece of work is."""

    done: int
    total: int
    doing: str = ""


class Work(Job[At]):
    """One piece of work, `about` something of its page. `made` is what it came to, once it has ended well."""

    def __init__(
        self, title: str, page: str, do: "Callable[[Callable[[At], None]], Any]", turn: threading.Lock, about: str = ""
    ) -> None:
        self.id = uuid.uuid4().hex[:8]
        self.title = title
        self.page = page
        self.about = about
        self.made: Any = None

        def work(_: Job[At]) -> None:
            with turn:
                self._go_on(None)
                self.made = do(self._go_on)

        super().__init__(work)

    def _go_on(self, at: At | None) -> None:
        """Told between two steps; ends the work there if somebody has stopped it."""
        if at is not None:
            self.tell(at)
        if self.stopped:
            raise StoppedError(f"{self.title}: stopped")


class StoppedError(VademecumError):
    """A person has stopped the work."""


class Works:
    """All pieces of work of this process, the latest last."""

    def __init__(self) -> None:
        self._all: dict[str, Work] = {}
        self._turn = threading.Lock()
        self._lock = threading.Lock()

    def begin(self, title: str, page: str, do: "Callable[[Callable[[At], None]], Any]", *, about: str = "") -> Work:
        """Begin a piece of work for `page` as soon as those before it have ended; `do` tells how far it is."""
        work = Work(title, page, do, self._turn, about)
        with self._lock:
            self._all[work.id] = work
            for old in [it for it in self._all.values() if it.finished][:-KEPT]:
                del self._all[old.id]
        return work

    def get(self, work_id: str | None) -> Work | None:
        """The piece of that id; None where there is none, or none any more."""
        return self._all.get(work_id or "")

    def under_way(self, page: str) -> list[Work]:
        """What has been begun on a page and has not ended."""
        return [it for it in self._all.values() if it.page == page and not it.finished]


@st.cache_resource(show_spinner=False)
def works(_notes: Notebook) -> Works:
    """The works of this process."""
    return Works()


def open_at(work: Work) -> None:
    """Have the address name this piece of work, and this session go on with it."""
    st.session_state[f"work-{work.page}-{work.about}"] = work.id
    st.query_params["work"] = work.id


def close(page: str) -> None:
    """The end of what `open_at` named, about the page as a whole, has been seen."""
    st.session_state.pop(f"work-{page}-", None)
    st.query_params.pop("work", None)


def opened(notes: Notebook, page: str, about: str = "") -> Work | None:
    """The piece of work about this that the address names, or else the one that this session has begun last.

    A browser that asks for the page while its address is being changed still sends the old one.
    """
    named = works(notes).get(st.query_params.get("work"))
    if named is not None and (named.page, named.about) == (page, about):
        return named
    return works(notes).get(st.session_state.get(f"work-{page}-{about}"))


def follow(work: Work) -> bool:
    """Draw how far it is; True once it has ended well, and what made it fail where it did not."""
    if not work.finished:
        _watch(work)
        return False
    try:
        work.result()
    except VademecumError as error:
        show_error(error)
        return False
    return True


@st.fragment(run_every=1.0)
def _watch(work: Work) -> None:
    if work.finished:
        st.rerun()
    at = work.latest
    with st.container(key="work", border=True):
        if at is None:
            st.progress(0.0, f"{plain(work.title)}: getting ready")
        else:
            doing = f", {plain(at.doing, limit=80)}" if at.doing else ""
            st.progress(at.done / max(at.total, 1), f"{plain(work.title)}: {at.done} of {at.total}{doing}")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Stop", icon=":material/stop:", key=f"stop-{work.id}", on_click=work.stop)
            st.html('<p class="vade-about">Goes on when you leave this page; its address leads back here.</p>')
