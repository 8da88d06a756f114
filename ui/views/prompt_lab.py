"""Prompt lab: a prompt edited, run beside others on one input or a data set, and kept."""

import streamlit as st

from vademecum import Notebook, prompts
from vademecum.core.errors import VademecumError
from vademecum.side_by_side import TECHNIQUES
from vademecum.ui import figures, frame, page_jobs, prompt_editor, prompt_results, prompt_runs
from vademecum.ui.escaping import line, show_error

TITLE = "Prompt lab"
ICON = ":material/science:"
POSITION = 5


def show(notes: Notebook) -> None:
    """Draw the page."""
    figures.dress()
    frame.heading(
        "Prompt lab", "Change how a model is asked, see what that changes, and keep the version that is better."
    )
    known = sorted(prompts.names(), key=lambda name: (not name.startswith(TECHNIQUES), name))
    usual = known.index(f"{TECHNIQUES}{notes.settings.technique}")
    prompt_editor.moved()
    name = st.selectbox("Prompt", known, usual, format_func=line, key="prompt", bind="query-params")
    left, right = st.columns([10, 9], gap="large")
    try:
        with left:
            draft = prompt_editor.edit(notes, name)
    except VademecumError as error:
        show_error(error)
        return
    with right:
        prompt_runs.choose(notes, name, draft)
    _results(notes, name)


def _results(notes: Notebook, name: str) -> None:
    """The runs under way, and the results of this prompt: of the run that the address names, or else of its last."""
    for job in page_jobs.registry(notes).of_page("lab"):
        page_jobs.show(job)
    job = page_jobs.selected(notes, "lab", name)
    if job is None:
        prompt_results.show_last(notes, name)
    elif job.finished and page_jobs.show(job):
        prompt_results.show(job.result())
