"""An answer while it is written: the steps of the graph, quotes of the documents, and the sentences that passed.

What a model writes of facts is not shown before it has passed.
"""

import streamlit as st

from vademecum.core.types import Sentence
from vademecum.events import Checked, Done, Event, Quoted, Step, Token
from vademecum.ui import citations, steps
from vademecum.ui.escaping import markup
from vademecum.ui.pending_questions import PendingQuestion

SPOKEN = frozenset({"small_talk", "recall", "look"})
"""Nodes of the chat whose words are the reply as they come: nothing checks them, and the page says so."""

REDRAW_SECONDS = 0.05
"""Words arrive faster than a page can be drawn."""


class AnswerSoFar:
    """An unfinished answer: what its events have reported so far."""

    def __init__(self) -> None:
        self.steps: list[steps.ShownStep] = []
        self.spoken = ""
        self.quotes: tuple[Sentence, ...] = ()
        self.checked: list[str] = []
        self.end: Done | None = None

    def add(self, seconds: float, event: Event) -> None:
        """Add an event of the run, `seconds` after its start."""
        match event:
            case Step():
                steps.note(self.steps, seconds, event)
            case Token(text, path) if path[:1] and path[0] in SPOKEN:
                self.spoken += text
            case Quoted(sentences):
                self.quotes = sentences
            case Checked(sentence):
                self.checked.append(sentence.text)
            case Done():
                self.end = event

    def as_html(self) -> str:
        """The sentences that passed the check; before there are any, quotes; where nothing is checked, the words."""
        if self.checked:
            text = " ".join(f'<span class="vade-checked">{markup(text)}</span>' for text in self.checked)
            return f'<div class="vade-said">{text}</div>'
        if self.quotes:
            return f'<div class="vade-quotes">{"".join(map(_quote, self.quotes))}</div>{_CHECKING}'
        return f'<div class="vade-said"><span class="vade-draft">{markup(self.spoken)}</span></div>'


_CHECKING = '<div class="vade-checking" role="status">Quoted from your documents. Checking the model’s answer…</div>'


def _quote(sentence: Sentence) -> str:
    place = citations.location(sentence.citations[0])
    return f"<blockquote>{markup(sentence.text)}<cite>{markup(place)}</cite></blockquote>"


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
        is_quoted = update is not None and isinstance(
            update[1], Quoted
        )  # a model may be loaded next: nothing is drawn then
        if is_quoted or pending.seconds - drawn_at > REDRAW_SECONDS:
            drawn_at = pending.seconds
            step_list.html(steps.as_html(answer.steps, drawn_at))
            words.html(answer.as_html())
    stop.empty()
    if pending.error:
        status.update(label="Not finished", state="error")
    pending.result()
    return answer
