"""What a person is asked before a tool does more than return text, and what they may decide.

Decision("approve"), Decision("edit", args={"to": "me"}), Decision("reject", message="why")
decision("respond:It is 5")         as a person writes it
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from vademecum.core.errors import UsageError

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool
    from langgraph.types import Command

Approval = Literal["ask", "all", "none"]
"""What becomes of calls that leave the machine, write or spend: a person is asked, all run, or none does."""

Kind = Literal["approve", "edit", "reject", "respond"]

REFUSED = """it needs the person's leave, and does not have it
[Do not try it again; do without, or say what is missing.]"""

FORMS = 'approve, reject, reject:REASON, edit:{"argument": "value"} or respond:TEXT'
"""What a person may write."""


class Waiting(NamedTuple):
    """One call that waits for a person; `about` says what it would do, and whether material was read before it.

    `thread` is the conversation that it waits in; empty where none is stored.
    """

    tool: str
    args: dict[str, Any]
    about: str
    thread: str = ""


@dataclass(frozen=True)
class Decision:
    """What a person decides about one call.

    "approve" runs it, "edit" runs it with `args` in the place of its own, "reject" does not run it and tells the model
    why (`message`), "respond" does not run it either: `message` is its result.

    Raises:
        UsageError: the parts do not go together.
    """

    kind: Kind
    args: Mapping[str, Any] | None = None
    message: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise UsageError(f"no decision {self.kind!r}; give one of: {FORMS}")
        if (self.args is not None) != (self.kind == "edit"):
            raise UsageError('"edit" needs the arguments to call with, and no other decision takes any')
        if self.kind == "respond" and not self.message.strip():
            raise UsageError('"respond" needs the text that takes the place of the tool\'s result: respond:TEXT')


Decide = Callable[[Waiting], Decision]
"""Asks a person about one call."""


def decision(text: str) -> Decision:
    """The decision that a person wrote: approve, reject, reject:REASON, edit:{...} or respond:TEXT.

    Raises:
        UsageError: it cannot be read; says what may be written.
    """
    word, colon, rest = text.strip().partition(":")
    kind, rest = next((option for option in get_args(Kind) if option == word.strip().lower()), None), rest.strip()
    if kind is None or (kind == "approve" and rest):
        raise UsageError(f"no decision {text[:80]!r}; give one of: {FORMS}")
    if kind != "edit":
        return Decision(kind, message=rest)
    try:
        args = json.loads(rest) if colon else None
    except ValueError:
        args = None
    if not isinstance(args, dict):
        raise UsageError(f'edit needs the arguments as a JSON object, edit:{{"argument": "value"}}, not {rest[:80]!r}')
    return Decision("edit", args=args)


def as_decisions(decisions: Sequence[Decision | str]) -> list[Decision]:
    """Decisions, those that were written as text among them."""
    return [decision(entry) if isinstance(entry, str) else entry for entry in decisions]


def waiting(interrupts: Sequence[Any]) -> tuple[Waiting, ...]:
    """The calls that wait, from LangGraph's interrupts."""
    actions = [action for stop in interrupts for action in stop.value.get("action_requests", ())]
    return tuple(Waiting(action["name"], action["args"], action.get("description", "")) for action in actions)


def resumption(calls: Sequence[Waiting], decisions: Sequence[Decision]) -> "Command[Any]":
    """What LangGraph is resumed with; one approval or rejection alone is for all calls that wait.

    Raises:
        UsageError: there are more or fewer decisions than calls.
    """
    from langgraph.types import Command

    if len(decisions) == 1 and decisions[0].kind in ("approve", "reject"):
        decisions = [decisions[0]] * len(calls)
    if len(decisions) != len(calls):
        raise UsageError(
            f"{len(calls)} calls wait and {len(decisions)} decisions were given; give one for each, in their order"
        )
    return Command(resume={"decisions": [_as_langchains(*pair) for pair in zip(calls, decisions, strict=True)]})


def check_edits(calls: Sequence[Waiting], decisions: Sequence[Decision], tools: "Sequence[BaseTool]") -> None:
    """Raise UsageError where edited arguments do not fit their tool: the call would fail, and the decision be spent."""
    by_name = {tool.name: tool for tool in tools}
    for call, decision in zip(calls, decisions, strict=False):
        tool = by_name.get(call.tool)
        if decision.kind != "edit" or tool is None:
            continue
        unknown = sorted(set(decision.args or {}) - set(tool.args))
        if unknown:
            raise UsageError(f"{call.tool} takes no {unknown[0]!r}; it takes: {', '.join(tool.args)}")
        schema = tool.tool_call_schema
        try:
            if isinstance(schema, type) and issubclass(schema, BaseModel):
                schema.model_validate(dict(decision.args or {}))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise UsageError(f"{call.tool} cannot be called so: {where}: {first['msg'].lower()}") from error


def _as_langchains(call: Waiting, decision: Decision) -> dict[str, Any]:
    if decision.kind == "edit":
        return {"type": "edit", "edited_action": {"name": call.tool, "args": dict(decision.args or {})}}
    if decision.kind == "reject":
        return {"type": "reject", "message": decision.message or REFUSED}
    return {"type": "respond", "message": decision.message} if decision.kind == "respond" else {"type": "approve"}
