"""The notebook behind the pages: one a process, shared by all who have it open."""

from typing import NamedTuple

import streamlit as st

import vademecum
from vademecum import Notebook
from vademecum.ui.jobs import Job


class Reading(NamedTuple):
    """How far an ingestion is; `error`: why the file that has just been done was not taken."""

    file: str
    done: int
    total: int
    error: str = ""


@st.cache_resource(show_spinner=False, on_release=Notebook.close)
def notebook(home: str | None) -> Notebook:
    """The notebook of the workspace `home`, or of the one that the settings name.

    Raises:
        VademecumError: a setting or the workspace cannot be used.
    """
    return vademecum.open(home=home)


def prepare(notes: Notebook) -> None:
    """Have the sample notebook read in, where this is the first start; tells how far it is meanwhile."""
    if not notes.samples:
        return
    job = _preparing(notes)
    bar = st.empty()
    for _ in job.follow():
        at = job.latest
        if at is not None:
            bar.progress(at.done / max(at.total, 1), f"Reading the sample notebook: {at.done} of {at.total} chapters")
        else:
            bar.progress(0.0, "Opening the sample notebook")
    bar.empty()
    if not job.failed:
        return
    _preparing.clear()  # so that drawing the page again tries again
    job.result()


@st.cache_resource(show_spinner=False)
def _preparing(_notes: Notebook) -> Job[Reading]:
    def work(job: Job[Reading]) -> None:
        _notes.progress = lambda at: job.tell(Reading(at.file, at.done, at.total))
        try:
            _notes.check(documents=False)
        finally:
            _notes.progress = None

    return Job(work)
