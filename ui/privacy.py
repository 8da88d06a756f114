"""What leaves the machine: with the current settings, and by each tool."""

import streamlit as st

from vademecum import Notebook, privacy
from vademecum.privacy import Flow
from vademecum.ui import figures, frame, setting_fields
from vademecum.ui.figures import Cell


def show(notebook: Notebook) -> None:
    """Draw the part."""
    flows = privacy.flows(notebook)
    leaving_names = [flow.name.lower() for flow in flows if flow.leaves]
    summary = (
        f"As it is set, this leaves your machine: {', '.join(leaving_names)}."
        if leaving_names
        else "As it is set, nothing leaves your machine unasked."
    )
    frame.section("What leaves this machine", summary)
    figures.table(["What", "Sent", "To"], [_row(flow) for flow in flows])
    frame.section("By tool", "Before a call that sends, changes or spends something, a person is asked, every time.")
    with st.spinner("Looking at the tools…", show_time=False):
        tools = privacy.tool_flows(notebook)
    figures.table(["Tool", "Sent", "When"], [_row(flow) for flow in tools])
    frame.section("Settings")
    setting_fields.fields(notebook, "tracing", "redact", "web_private")


def _row(flow: Flow) -> list[Cell | str]:
    mark = "leaves" if flow.leaves else ""
    return [
        Cell(flow.name, style="strong"),
        Cell(flow.what, style="" if mark else "faint"),
        Cell(flow.where, style="" if mark else "faint"),
    ]
