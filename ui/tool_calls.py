"""The tool calls behind a reply, in an expander: tool, arguments and result."""

import json

import streamlit as st

from vademecum import agents
from vademecum.memory.checkpoints import Turn
from vademecum.ui.escaping import markup, plain

MAX_RESULT = 4000
"""Characters of a result that are shown; the trace has all of it."""


def show(turn: Turn) -> None:
    """Draw the calls of a turn, if there are any."""
    calls = agents.calls(turn.messages)
    if not calls:
        return
    label = f"{len(calls)} tool call" + ("s" if len(calls) > 1 else "")
    with st.expander(f"{label}: {plain(', '.join(dict.fromkeys(call.tool for call in calls)))}", type="compact"):
        for call in calls:
            failed = " · failed" if call.failed else ""
            st.html(f'<div class="vade-call"><b>{markup(call.tool)}</b>{failed}</div>')
            st.code(json.dumps(call.args, ensure_ascii=False, indent=2), language="json", wrap_lines=True)
            cut = "…" if len(call.result) > MAX_RESULT else ""
            st.code(call.result[:MAX_RESULT] + cut or "(nothing)", language=None, wrap_lines=True)
