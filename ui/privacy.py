"""What leaves the machine: by the settings as they are, and by each tool."""

import streamlit as st

from vademecum import Notebook, privacy
from vademecum.privacy import Flow
from vademecum.ui import figures, frame, setting_fields
from vademecum.ui.figures import Cell


def show(notes: Notebook) -> None:
    """Draw the part."""
    flows = privacy.flows(notes)
    leaving = [it.name.lower() for it in flows if it.leaves]
    said = (
        f"As it is set, this leaves your machine: {', '.join(leaving)}."
        if leaving
        else "As it is set, nothing leaves your machine unasked."
    )
    frame.section("What leaves this machine", said)
    figures.table(["What", "Sent", "To"], [_row(it) for it in flows])
    frame.section("By tool", "Before a call that sends, changes or spends something, a person is asked, every time.")
    with st.spinner("Looking at the tools…", show_time=False):
        tools = privacy.tool_flows(notes)
    figures.table(["Tool", "Sent", "When"], [_row(it) for it in tools])
    frame.section("Settings")
    setting_fields.fields(notes, "tracing", "redact", "web_private")


def _row(it: Flow) -> list[Cell | str]:
    mark = "leaves" if it.leaves else ""
    return [
        Cell(it.name, style="strong"),
        Cell(it.what, style="" if mark else "faint"),
        Cell(it.where, style="" if mark else "faint"),
    ]
