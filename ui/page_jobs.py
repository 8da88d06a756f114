"""Long jobs of a page (a measurement, a prompt run): one at a time in the process, so that closing a tab stops none.

Each has an address (`?work=ID`), under which any session can follow it or see its result.
"""

import uuid
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, NamedTuple

import streamlit as st

from vademecum import Notebook
from vademecum.core.errors import VademecumError
from vademecum.ui.escaping import plain, show_error
from vademecum.ui.jobs import Job, Jobs

KEEP = 20
"""Jobs that are remembered after their end."""


class StepsDone(NamedTuple):
    """How many steps of a job are done, and what the current one works on."""

    completed: int
    total: int
    current: str = ""


Report = Callable[[StepsDone], None]
"""What a job calls between two steps; raises `CancelledError` where somebody has pressed Stop."""


class CancelledError(VademecumError):
    """A person has stopped the job."""


class PageJob(Job[StepsDone, Any]):
    """A job that a page has started, about a `subject` of that page (a prompt; empty: the page as a whole)."""

    def __init__(
        self, title: str, page: str, run: Callable[[Report], Any], executor: Executor, subject: str = ""
    ) -> None:
        self.id = uuid.uuid4().hex[:8]
        self.title = title
        self.page = page
        self.subject = subject

        def run_unless_cancelled(_: Job[StepsDone, Any]) -> Any:
            self._stop_if_cancelled()
            return run(self._report)

        super().__init__(run_unless_cancelled, executor)

    def _report(self, steps: StepsDone) -> None:
        self.report(steps)
        self._stop_if_cancelled()

    def _stop_if_cancelled(self) -> None:
        if self.cancel_requested.is_set():
            raise CancelledError(f"{self.title}: stopped")


class PageJobs(Jobs[PageJob]):
    """The page jobs of this process, by id."""

    def __init__(self) -> None:
        super().__init__(KEEP)

    def enqueue(self, title: str, page: str, run: Callable[[Report], Any], *, subject: str = "") -> PageJob:
        """A new job of `page`, which runs after those before it have ended; `run` reports its steps."""
        job = PageJob(title, page, run, self.serial_executor, subject)
        return self.start(job.id, lambda: job)

    def of_page(self, page: str) -> list[PageJob]:
        """The jobs of a page that have not ended."""
        return [job for job in self.active_jobs() if job.page == page]


@st.cache_resource(show_spinner=False)
def registry(_notebook: Notebook) -> PageJobs:
    """The page jobs of this process."""
    return PageJobs()


def start(notebook: Notebook, title: str, page: str, run: Callable[[Report], Any], *, subject: str = "") -> PageJob:
    """Enqueue a job of `page`; the address and this session name it from now on."""
    job = registry(notebook).enqueue(title, page, run, subject=subject)
    st.session_state[f"work-{page}-{subject}"] = job.id
    st.query_params["work"] = job.id
    return job


def leave(page: str) -> None:
    """Have the address and this session no longer name a job about the page as a whole."""
    st.session_state.pop(f"work-{page}-", None)
    st.query_params.pop("work", None)


def find(notebook: Notebook, page: str, subject: str = "") -> PageJob | None:
    """The job about `subject` that the address names, or else the one that this session has started last; or None.

    A browser that asks for the page while its address is being changed still sends the old one.
    """
    jobs = registry(notebook)
    job = jobs.get(st.query_params.get("work"))
    if job is not None and (job.page, job.subject) == (page, subject):
        return job
    return jobs.get(st.session_state.get(f"work-{page}-{subject}"))


def show(job: PageJob) -> bool:
    """Draw the progress of a job, or the error it ended with; True once it has ended with a result."""
    if not job.finished:
        _show_progress(job)
        return False
    try:
        job.result()
    except VademecumError as error:
        show_error(error)
        return False
    return True


@st.fragment(run_every=1.0)
def _show_progress(job: PageJob) -> None:
    if job.finished:
        st.rerun()
    steps = job.latest_event
    with st.container(key="work", border=True):
        if steps is None:
            st.progress(0.0, f"{plain(job.title)}: getting ready")
        else:
            current = f", {plain(steps.current, limit=80)}" if steps.current else ""
            st.progress(
                steps.completed / max(steps.total, 1),
                f"{plain(job.title)}: {steps.completed} of {steps.total}{current}",
            )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Stop", icon=":material/stop:", key=f"stop-{job.id}", on_click=job.cancel)
            st.html('<p class="vade-about">Goes on when you leave this page; its address leads back here.</p>')
