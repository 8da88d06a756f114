"""An answer while it is made: the steps of the graph, the words of the draft, and the sentences that passed."""

import json
import re

import streamlit as st

from vademecum.events import Checked, Done, Event, Step, Token
from vademecum.ui import steps
from vademecum.ui.escaping import markup
from vademecum.ui.pending_questions import PendingQuestion

_WORDS = re.compile(r'"(?:text|sentence|reply)"\s*:\s*("(?:[^"\\]|\\.)*"?)')

REDRAW_SECONDS = 0.05
"""Words come faster than a page can be drawn."""


class Sofar:
    """What is known of an answer under way."""

    def __init__(self) -> None:
        self.steps: list[steps.ShownStep] = []
        self.draft = ""
        self.checked: list[str] = []
        self.done: Done | None = None

    def take(self, at: float, event: Event) -> None:
        """Add what was told `at` seconds into the run."""
        match event:
            case Step():
                steps.note(self.steps, at, event)
                self.draft = "" if event.node.startswith("draft_") and not event.done else self.draft
            case Token(text):
                self.draft += text
            case Checked(sentence):
                self.checked.append(sentence.text)
            case Done():
                self.done = event

    def words_as_html(self) -> str:
        """The sentences that passed, or else the draft, faint."""
        if self.checked:
            return " ".join(f'<span class="vade-checked">{markup(text)}</span>' for text in self.checked)
        return f'<span class="vade-draft">{markup(readable(self.draft))}</span>'


def readable(draft: str) -> str:
    """The words in a draft: a model that answers in JSON is shown without its braces."""
    if not draft.lstrip().startswith(("{", "[")):
        return draft
    return " ".join(_unquoted(found) for found in _WORDS.findall(draft))


def follow(pending: PendingQuestion) -> Sofar:
    """Draw the answer as it comes, to its end; raises what made it fail."""
    sofar, drawn = Sofar(), -1.0
    status = st.status("Working on it", type="compact", expanded=True)
    listed, words, stop = status.empty(), st.empty(), st.empty()
    if pending.cancel_requested.is_set():
        status.update(label="Stopping")
        stop.empty()
    else:
        stop.button("Stop", icon=":material/stop:", on_click=pending.cancel, key=f"stop-{pending.thread}")
    for told in pending.follow():
        if told is not None:
            sofar.take(*told)
        if pending.seconds - drawn > REDRAW_SECONDS:
            drawn = pending.seconds
            listed.html(steps.as_html(sofar.steps, drawn))
            words.html(f'<div class="vade-said">{sofar.words_as_html()}</div>')
    stop.empty()
    if pending.error:
        status.update(label="Not finished", state="error")
    pending.result()
    return sofar


def _unquoted(found: str) -> str:
    closed = found if len(found) > 1 and found.endswith('"') else found.rstrip("\\") + '"'
    try:
        return json.loads(closed)
    except json.JSONDecodeError:
        return found.strip('"')
