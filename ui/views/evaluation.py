"""Evaluation: data sets, experiments on them, two experiments compared, answers labelled by a person."""

from collections.abc import Callable

import streamlit as st

from vademecum import Notebook
from vademecum.ui import data_sets, experiment_comparison, experiment_list, figures, frame, labelling, page_jobs

TITLE = "Evaluation"
ICON = ":material/monitoring:"
POSITION = 6

PARTS: dict[str, Callable[[Notebook], None]] = {
    "Experiments": experiment_list.show,
    "Compare": experiment_comparison.show,
    "Label": labelling.show,
    "Data sets": data_sets.show,
}


def show(notebook: Notebook) -> None:
    """Draw the page."""
    figures.dress()
    frame.heading("Evaluation", "Measure a variant on questions whose answers are known, and keep the better one.")
    part = st.segmented_control(
        "Part",
        list(PARTS),
        default="Experiments",
        required=True,
        key="part",
        bind="query-params",
        label_visibility="collapsed",
    )
    for job in page_jobs.registry(notebook).of_page("evaluation"):
        page_jobs.show(job)
    PARTS[part or "Experiments"](notebook)
