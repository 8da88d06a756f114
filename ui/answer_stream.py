"""An answer while it is written: the steps of the graph, the words of the draft, and the sentences that passed."""

import json
import re

import streamlit as st

from vademecum.events import Checked, Done, Event, Step, Token
from vademecum.ui import steps
from vademecum.ui.escaping import markup
from vademecum.ui.pending_questions import PendingQuestion

_WORDS = re.compile(r'"(?:text|sentence|reply)"\s*:\s*("(?:[^"\\]|\\.)*"?)')

REDRAW_SECONDS = 0.05
"""Words arrive faster than a page can be drawn."""


class AnswerSoFar:
    """An unfinished answer: what its events have reported so far."""

    def __init__(self) -> None:
        self.steps: list[steps.ShownStep] = []
        self.draft = ""
        self.checked: list[str] = []
        self.end: Done | None = None

    def add(self, seconds: float, event: Event) -> None:
        """Add an event of the run, `seconds` after its start."""
        match event:
            case Step():
                steps.note(self.steps, seconds, event)
                self.draft = "" if event.node.startswith("draft_") and not event.done else self.draft
            case Token(text):
                self.draft += text
            case Checked(sentence):
                self.checked.append(sentence.text)
            case Done():
                self.end = event

    def words_as_html(self) -> str:
        """The sentences that passed the check; before there are any, the draft in grey."""
        if self.checked:
            return " ".join(f'<span class="vade-checked">{markup(text)}</span>' for text in self.checked)
        return f'<span class="vade-draft">{markup(readable(self.draft))}</span>'


def readable(draft: str) -> str:
    """The words in a draft: a model that answers in JSON is shown without its braces."""
    if not draft.lstrip().startswith(("{", "[")):
        return draft
    return " ".join(_unquoted(literal) for literal in _WORDS.findall(draft))


def follow(pending: PendingQuestion) -> AnswerSoFar:
    """Draw the answer as it arrives, until it ends; raises the error if it failed."""
    answer, drawn_at = AnswerSoFar(), -1.0
    status = st.status("Working on it", type="compact", expanded=True)
    step_list, words, stop = status.empty(), st.empty(), st.empty()
    if pending.cancel_requested.is_set():
        status.update(label="Stopping")
        stop.empty()
    else:
        stop.button("Stop", icon=":material/stop:", on_click=pending.cancel, key=f"stop-{pending.thread}")
    for update in pending.follow():
        if update is not None:
            answer.add(*update)
        if pending.seconds - drawn_at > REDRAW_SECONDS:
            drawn_at = pending.seconds
            step_list.html(steps.as_html(answer.steps, drawn_at))
            words.html(f'<div class="vade-said">{answer.words_as_html()}</div>')
    stop.empty()
    if pending.error:
        status.update(label="Not finished", state="error")
    pending.result()
    return answer


def _unquoted(literal: str) -> str:
    complete = literal if len(literal) > 1 and literal.endswith('"') else literal.rstrip("\\") + '"'
    try:
        return json.loads(complete)
    except json.JSONDecodeError:
        return literal.strip('"')
