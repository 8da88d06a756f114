"""The replies of a conversation, as a person reads them: an answer with citations, an agent's calls, or words."""

import json
from typing import TYPE_CHECKING, Any

from vademecum.agents import ToolCall
from vademecum.cli import _answer
from vademecum.cli._group import global_options
from vademecum.cli._shapes import answer_shape
from vademecum.cli._terminal import plain, say, say_json

if TYPE_CHECKING:
    from vademecum.events import Done
    from vademecum.notebook import Notebook


def show_reply(end: "Done", notebook: "Notebook", *, thread: str | None) -> None:
    """Print the reply to one message; as one line of JSON with `--json`."""
    if global_options().json:
        say_json(_shape(end, notebook, thread))
        return
    for call in end.calls:
        show_call(call)
    if end.answer:
        _answer.show(end.answer, notebook.ambiguous_paths())
        return
    for line in plain(end.reply).splitlines():
        say(line)
    for text in end.state.get("kept", []):
        if text not in end.reply:
            say(f"remembered: {text}", style="dim")


def show_call(call: ToolCall) -> None:
    """Print one call of a tool, and what it returned."""
    say(f"{call.tool} {json.dumps(call.args, ensure_ascii=False)}", style="bold")
    for line in plain(call.result).splitlines():
        say(line, style="red" if call.failed else "dim", indent="  ")


def _shape(end: "Done", notebook: "Notebook", thread: str | None) -> dict[str, Any]:
    return {
        "question": end.state.get("question", ""),
        "reply": end.reply,
        "answer": answer_shape(end.answer, notebook.ambiguous_paths()) if end.answer else None,
        "calls": [call._asdict() for call in end.calls],
        "proposed": list(end.state.get("proposed", [])),
        "kept": list(end.state.get("kept", [])),
        "thread_id": thread,
    }
