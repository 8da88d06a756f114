"""Graphs: each one drawn; a run lights up its path; any checkpoint can be opened, changed and gone on from."""

from ui import frame
from vademecum import Notebook

TITLE = "Graphs"
ICON = ":material/schema:"
POSITION = 3


def show(notes: Notebook) -> None:
    """Draw the page."""
    frame.heading("Graphs", "Every answer is the work of a graph. Watch one run, look into its states, change one.")
