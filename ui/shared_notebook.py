"""The notebook behind the pages: one for the process, shared by all sessions."""

import streamlit as st

import vademecum
from vademecum import Notebook
from vademecum.retrieval.ingestion.ingest_report import Progress
from vademecum.ui.escaping import plain
from vademecum.ui.jobs import Job


@st.cache_resource(show_spinner=False, on_release=Notebook.close)
def notebook(home: str | None) -> Notebook:
    """The notebook of the workspace `home`, or of the one that the settings name.

    Raises:
        VademecumError: a setting or the workspace cannot be used.
    """
    return vademecum.open(home=home)


def prepare(notebook: Notebook) -> None:
    """Wait until the sample notebook is ingested, where this is the first start; draws the progress meanwhile."""
    if not notebook.samples:
        return
    job = _sample_job(notebook)
    bar = st.empty()
    for _ in job.follow():
        if progress := job.latest_event:
            completed, total = progress.done, progress.total
            text = plain(progress.waits) or f"Reading the sample notebook: {completed} of {total} chapters"
            bar.progress(completed / max(total, 1), text)
        else:
            bar.progress(0.0, "Opening the sample notebook")
    bar.empty()
    if job.error is None:
        return
    _sample_job.clear()  # so that drawing the page again tries again
    job.result()


@st.cache_resource(show_spinner=False)
def _sample_job(_notebook: Notebook) -> Job[Progress, None]:
    def ingest_samples(job: Job[Progress, None]) -> None:
        _notebook.progress = job.report
        try:
            _notebook.check(documents=False)
        finally:
            _notebook.progress = None

    return Job(ingest_samples)
