"""The steps of a run, with names for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from vademecum.events import Step
from vademecum.ui.escaping import markup

NAMES = {
    "attach": "Take in what you attached",
    "remember": "Read the question",
    "route": "Choose who answers",
    "condense_question": "Make the question stand alone",
    "retrieve": "Search the documents",
    "compute": "Compute from tables",
    "grade_documents": "Judge whether they can answer",
    "rewrite_question": "Word the question differently",
    "draft_extractive": "Choose sentences to quote",
    "verify": "Check every sentence against its quotes",
    "repair": "Mend what did not pass",
    "abstain": "Find that the documents do not answer",
    "finish": "Put the answer together",
    "small_talk": "Reply",
    "turn_to_tools": "Turn to the tools",
    "update_memory": "Remember what was said",
    "recall": "Recall what you said",
    "keep": "Keep what you asked to have remembered",
    "look": "Look at the picture",
    "chain": "Run a chain of prompts",
    "model": "Think about what to do",
    "tools": "Use a tool",
}
WHOLES = frozenset({"answer", "assistant"})
"""Steps that consist of others, which are shown in their place."""


@dataclass
class ShownStep:
    """A step that started `began` seconds after the run; `seconds` is its duration, None while it runs."""

    name: str
    path: tuple[str, ...]
    began: float
    seconds: float | None = None


def human(node: str) -> str:
    """The name of a node on the page."""
    if node.startswith("draft_") and node not in NAMES:
        return f"Draft the answer ({node.removeprefix('draft_').replace('_', '-')})"
    words = node.replace("_", " ")
    return NAMES.get(node) or words[:1].upper() + words[1:]


def note(steps: list[ShownStep], seconds: float, step: Step) -> None:
    """Add the beginning or the end of a step, `seconds` after the start of the run."""
    if step.node in WHOLES:
        return
    if not step.done:
        steps.append(ShownStep(step.node, step.path, seconds))
        return
    for earlier in reversed(steps):
        if (earlier.name, earlier.path) == (step.node, step.path) and earlier.seconds is None:
            earlier.seconds = seconds - earlier.began
            return


def as_html(steps: Sequence[ShownStep], now_seconds: float) -> str:
    """The steps as a list, `now_seconds` after the start of the run."""
    return f'<ol class="vade-steps">{"".join(_line(step, now_seconds) for step in steps)}</ol>'


def _line(step: ShownStep, now_seconds: float) -> str:
    running = step.seconds is None
    seconds = now_seconds - step.began if step.seconds is None else step.seconds
    return (
        f'<li class="{"running" if running else "done"}"><span>{markup(human(step.name))}</span>'
        f"<time>{duration(seconds)}</time></li>"
    )


def duration(seconds: float) -> str:
    """Seconds for a person: 340 ms, 2.1 s."""
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
