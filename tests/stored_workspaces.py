"""What a stored workspace holds and what can be done with it, as typed values that a later release has to come to too.

`tests/data/make_workspace.py` records them by the release that made the workspace; a test compares them with today's.
"""

import contextlib
import io
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage
from model_server import says, serving
from pydantic import BaseModel

import vademecum
from vademecum import Notebook
from vademecum.cli import run

UNFINISHED = ("cut-off", "cut-off-chain")
"""Conversations whose run ended before its end."""

CHANGING = frozenset(
    {"seconds", "run_id", "score", "confidence", "updated", "written", "changed", "added", "checkpoint", "at"}
)
"""Fields that differ each time something is done, or from one processor to another."""

ADDED = frozenset({"answer_span", "dated", "context", "expected", "whole", "markdown"})
"""Fields that the release did not have; what it stored reads as if they said nothing."""

CHAINS = ("article", "cut-off-chain")
"""Stored runs that are no conversations: a list of those does not show them."""

FORGETTABLE = "vault.md"


def open_stored(home: Path, **settings: Any) -> Notebook:
    """The stored workspace, which answers without a language model and traces nothing."""
    return vademecum.open(home=home, **{"model": "extractive", "tracing": "off", **settings})


def contents(home: Path) -> dict[str, Any]:
    """All that is stored, under the commands' and the notebook's names for it."""
    with open_stored(home) as notes:
        threads = sorted([*CHAINS, *(thread.id for thread in notes.threads())])
        return {
            "threads": typed(notes.threads()),
            "history": {name: typed(notes.history(name)) for name in threads},
            "checkpoints": {name: typed(notes.thread_history(name)) for name in threads},
            "states": {name: _states(notes, name) for name in threads},
            "waiting": {name: typed(notes.pending(name)) for name in threads},
            "unfinished": {name: notes.unfinished(name) for name in threads},
            "origin": {name: typed(notes.origin(name)) for name in threads},
            "versions": {name: typed(notes.versions(name)) for name in threads},
            "markdown": {name: notes.markdown(name) for name in threads},
            "facts": typed(notes.facts().all()),
            "sources": typed(notes.sources()),
            "commands": {command: printed(home, *command.split()) for command in COMMANDS},
        }


COMMANDS = (
    "thread list",
    "thread show bank",
    "thread history bank",
    "memory list",
    "eval list",
    "eval show model-extractive",
    "sources",
)
"""Commands that show what is stored, and change nothing."""


def _states(notes: Notebook, thread: str) -> list[dict[str, Any]]:
    """The state at each checkpoint, the latest first: that one whole, of the earlier ones the types."""
    states = [notes.state_at(thread, step.id).values for step in notes.thread_history(thread)]
    return [typed(states[0]), *({name: shape(value) for name, value in state.items()} for state in states[1:])]


def shape(value: Any) -> Any:
    """Only the types of a value: "list[Hit]"."""
    if isinstance(value, list | tuple):
        return f"list[{', '.join(sorted({str(shape(part)) for part in value}))}]"
    if isinstance(value, dict):
        return {str(name): shape(part) for name, part in value.items()}
    return "str" if isinstance(value, str) else type(value).__name__


def typed(value: Any, without: frozenset[str] = frozenset()) -> Any:
    """The value as JSON in which each object names its class; numbers to four digits, fields of `without` left out."""
    fields: Mapping[Any, Any] | None = None
    if isinstance(value, BaseMessage):
        more = ("tool_calls", "tool_call_id", "status", "additional_kwargs")
        fields = {"content": value.content, **{name: getattr(value, name) for name in more if getattr(value, name, "")}}
    elif isinstance(value, BaseModel):
        fields = {name: getattr(value, name) for name in type(value).model_fields if name not in ADDED}
    elif isinstance(value, tuple) and hasattr(value, "_asdict"):
        fields = value._asdict()
    if fields is not None:
        return {"type": type(value).__name__, **typed(dict(fields), without)}
    if isinstance(value, Mapping):
        missing = without | (ADDED if "verdict" in value else frozenset())
        return {str(name): typed(part, without) for name, part in value.items() if name not in missing}
    if isinstance(value, list | tuple):
        return [typed(part, without) for part in value]
    if isinstance(value, datetime | date):
        return {"type": type(value).__name__, "value": value.isoformat()}
    if isinstance(value, float):
        return round(value, 4)
    assert value is None or isinstance(value, str | int), f"{type(value)} is not recorded"
    return str(value) if isinstance(value, str) else value  # a message's text is of a class of its own


def printed(home: Path, *command: str) -> Any:
    """The JSON that a command prints; without the name of a report, which is a path of this machine."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = run(["--home", str(home), "--json", *command])
    assert code == 0, output.getvalue()
    parts = json.loads(output.getvalue(), object_hook=_of_then)
    return {name: part for name, part in parts.items() if name != "report"}


def _of_then(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of an object that the release knew; those of sentences have grown."""
    return {name: part for name, part in fields.items() if "verdict" not in fields or name not in ADDED}


REPLIES = {
    "errand": [says("It could not be opened.")],
    "chat-errand": [says("It could not be opened.")],
    "plan-errand": [says("It could not be opened."), says('{"why": "tried", "done": true}'), says("So it is.")],
}
"""What the model says after the decision."""


def decide(decision: str, thread: str) -> Callable[[Path], Any]:
    """Go on with a conversation that waits."""

    def deed(home: Path) -> Any:
        with serving(*REPLIES[thread]) as server, open_stored(home) as notes:
            answer = notes.resume(thread, decision, model=server.url)
            parts = (answer.calls, answer.trail, answer.text, answer.waiting, answer.agent, answer.thread_id)
            return typed([*parts, notes.pending(thread), notes.history(thread)], CHANGING)

    return deed


def go_on(home: Path) -> Any:
    """Go on with the runs that were cut off."""
    from vademecum.events import Done

    with serving(says("Revised: the bridge opened in 1874.")) as server, open_stored(home) as notes:
        ends = []
        for thread, model in zip(UNFINISHED, ("extractive", server.url), strict=True):
            *_, done = notes.go_on(thread, model=model)
            assert isinstance(done, Done)
            ends.append([thread, done.answer, done.reply, done.state.get("output"), notes.unfinished(thread)])
        return typed(ends, CHANGING)


def fork(home: Path) -> Any:
    """A new conversation from an end of a turn, and one from the middle of a run, which goes on."""
    with open_stored(home) as notes:
        ended = [step for step in notes.thread_history("bank") if not step.next]
        notes.fork("bank", at=ended[1].id, to="earlier")
        notes.fork("bank", at="2", to="middle")
        *_, done = notes.go_on("middle")
        again = notes.branch("bank", 1, "Who planted the elms?")
        *_, other = notes.go_on(again)
        begun = {name: [notes.history(name), notes.origin(name)] for name in ("earlier", "middle", again)}
        return typed([done.answer, other.answer, again, begun], CHANGING)


def ask(home: Path) -> Any:
    """A stored conversation goes on."""
    with open_stored(home) as notes:
        notes.ask("And who planted the elms?", thread="bank")
        *_, done = notes.stream("What do I prefer to drink?", graph="chat", thread="talk")
        return typed([notes.history("bank")[-1], done.reply], CHANGING)


def forget(home: Path) -> Any:
    """A document, a conversation and a fact are forgotten; the rest stays as it is."""
    with open_stored(home) as notes:
        gone = notes.forget(FORGETTABLE)
        notes.forget_thread("talk")
        notes.facts().forget(notes.facts().all()[0].id)
        threads = sorted(thread.id for thread in notes.threads())
        last = {name: notes.thread_history(name)[0].id for name in threads}
        left = {name: [notes.history(name), notes.state_at(name, last[name]).values] for name in threads}
        return typed([gone, left, notes.facts().all(), notes.sources()])


DEEDS: dict[str, Callable[[Path], Any]] = {
    **{f"{word} {thread}": decide(word, thread) for thread in REPLIES for word in ("approve", "reject:not today")},
    "go on": go_on,
    "fork": fork,
    "ask": ask,
    "forget": forget,
}
"""What is done with a workspace, each with one of its own."""
