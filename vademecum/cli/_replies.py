"""What a conversation replies, as a person reads it: an answer with citations, an agent's calls, or words."""

import json
from typing import TYPE_CHECKING, Any

from vademecum.agents import ToolCall
from vademecum.cli import _answer
from vademecum.cli._group import given
from vademecum.cli._shapes import answer_shape
from vademecum.cli._terminal import plain, say, say_json

if TYPE_CHECKING:
    from vademecum.events import Done
    from vademecum.notebook import Notebook


def show_reply(done: "Done", notes: "Notebook", *, thread: str | None) -> None:
    """Print what one message came to; as one line of JSON where that was asked for."""
    if given().json:
        say_json(_shape(done, notes, thread))
        return
    for call in done.calls:
        show_call(call)
    if done.answer:
        _answer.show(done.answer, notes.ambiguous_paths())
        return
    for line in plain(done.reply).splitlines():
        say(line)
    for text in done.state.get("kept", []):
        if text not in done.reply:
            say(f"remembered: {text}", style="dim")


def show_call(call: ToolCall) -> None:
    """Print one call of a tool, and what it returned."""
    say(f"{call.tool} {json.dumps(call.args, ensure_ascii=False)}", style="bold")
    for line in plain(call.result).splitlines():
        say(line, style="red" if call.failed else "dim", indent="  ")


def _shape(done: "Done", notes: "Notebook", thread: str | None) -> dict[str, Any]:
    return {
        "question": done.state.get("question", ""),
        "reply": done.reply,
        "answer": answer_shape(done.answer, notes.ambiguous_paths()) if done.answer else None,
        "calls": [call._asdict() for call in done.calls],
        "proposed": list(done.state.get("proposed", [])),
        "kept": list(done.state.get("kept", [])),
        "thread_id": thread,
    }
