"""Prompt lab: edit a prompt, run it beside others on one input or a data set, and keep it."""

import streamlit as st

from vademecum import Notebook, prompts
from vademecum.core.errors import VademecumError
from vademecum.side_by_side import TECHNIQUES
from vademecum.ui import figures, frame, page_jobs, prompt_editor, prompt_results, prompt_runs
from vademecum.ui.escaping import line, show_error

TITLE = "Prompt lab"
ICON = ":material/science:"
POSITION = 5


def show(notebook: Notebook) -> None:
    """Draw the page."""
    figures.dress()
    frame.heading(
        "Prompt lab", "Change how a model is asked, see what that changes, and keep the version that is better."
    )
    prompt_names = sorted(prompts.names(), key=lambda name: (not name.startswith(TECHNIQUES), name))
    usual = prompt_names.index(f"{TECHNIQUES}{notebook.settings.technique}")
    prompt_editor.go_to_saved()
    name = st.selectbox("Prompt", prompt_names, usual, format_func=line, key="prompt", bind="query-params")
    editor_column, run_column = st.columns([10, 9], gap="large")
    try:
        with editor_column:
            draft = prompt_editor.edit(notebook, name)
    except VademecumError as error:
        show_error(error)
        return
    with run_column:
        prompt_runs.choose(notebook, name, draft)
    _results(notebook, name)


def _results(notebook: Notebook, name: str) -> None:
    """Draw the active runs, and the results of this prompt: of the run in the address, or else of its last one."""
    for job in page_jobs.registry(notebook).of_page("lab"):
        page_jobs.show(job)
    job = page_jobs.find(notebook, "lab", name)
    if job is None:
        prompt_results.show_last(notebook, name)
    elif job.finished and page_jobs.show(job):
        prompt_results.show(job.result())
