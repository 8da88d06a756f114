"""Traces: what was run, step by step: times, inputs and outputs, tokens, errors."""

from ui import frame
from vademecum import Notebook

TITLE = "Traces"
ICON = ":material/account_tree:"
POSITION = 4


def show(notes: Notebook) -> None:
    """Draw the page."""
    frame.heading("Traces", "What was run, step by step: how long it took, what went in and out, what it cost.")
