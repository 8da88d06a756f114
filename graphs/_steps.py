"""The steps of a plan: how a task splits into them by rules, what came of each, and what can be said of that."""

import re
from collections.abc import Sequence
from typing import Any, TypedDict

from vademecum.core.errors import ToolError
from vademecum.graphs._drafting import fenced
from vademecum.tools.calculator import work_out

LONGEST_SHOWN = 700
"""Characters of a tool's result that a planning model is shown."""

_THEN = re.compile(r"(?:[,;.]?\s+(?:and\s+)?(?:then|after that|finally)\b[,\s]*)|[;\n]+\s*|[.!?]\s+", re.IGNORECASE)
_RESULT = re.compile(
    r"""\b(?: it | the\ (?:result|outcome|number|answer)
      | (?:that|this) (?=\s*(?:$|[.,;:?!]) | \s+(?:by|to|from|with|and|of|times|plus|minus|divided)\b) )\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""Words for what came before; "that" before a clause ("a note that dinner is ready") is none."""

_CALCULATES = re.compile(r"\d[^\d.,]+\d|[%²³√]|\b(?:percent|squared?|cubed|root|sqrt)\b", re.IGNORECASE)
_VALUE = re.compile(r"[=≈]\s*(-?[\d.,]*\d)\.?\s*$")


class Call(TypedDict):
    """One call of a tool in a step."""

    tool: str
    args: dict[str, Any]
    result: str
    failed: bool


class Attempt(TypedDict):
    """One try at a step: what was said at its end, the calls made, and once it was checked, whether it is done."""

    step: str
    way: str
    reply: str
    calls: list[Call]
    done: bool
    why: str


def attempt(step: str, way: str, reply: str, calls: Sequence[Call] = ()) -> Attempt:
    """A try that is not yet checked; `way` is the node that made it."""
    return Attempt(step=step, way=way, reply=reply, calls=list(calls), done=False, why="")


def split(task: str) -> list[str]:
    """The steps that a task names one after another ("Do A, then do B."); the task itself where it names one."""
    pieces = [piece.strip(" ,.;") for piece in _THEN.split(task.strip())]
    return [f"{piece[0].upper()}{piece[1:]}" for piece in pieces if piece] or [task.strip()]


def with_result(step: str, before: str) -> str:
    """The step with the number that the one before came to in the place of "it" or "the result"."""
    value = _VALUE.search(before)
    return _RESULT.sub(value[1], step, count=1) if value else step


def calculated(step: str) -> Call | None:
    """The call of the calculator that is the whole of the step; None where it is not plainly a calculation."""
    if not _CALCULATES.search(step):
        return None
    try:
        return Call(tool="calculator", args={"expression": step}, result=work_out(step), failed=False)
    except ToolError:
        return None


def fault(attempt: Attempt) -> str:
    """Why an attempt cannot have done its step, as far as rules can tell; empty where they find nothing."""
    if not attempt["reply"].strip():
        return "nothing was said at its end"
    if attempt["calls"] and all(call["failed"] for call in attempt["calls"]):
        return attempt["calls"][-1]["result"]
    return ""


def outcomes(attempts: Sequence[Attempt], *, numbered: bool = True) -> str:
    """What was tried and what came of it, one a line, fenced as material."""
    lines = []
    for number, attempt in enumerate(attempts, 1):
        used = "; ".join(f"{call['tool']}: {call['result'][:LONGEST_SHOWN]}" for call in attempt["calls"])
        why = f" FAILED: {attempt['why']}" if attempt["why"] else ""
        lines.append(
            f"{f'{number}. ' if numbered else ''}{attempt['step']}: {attempt['reply']} ({used or 'no tool used'}){why}"
        )
    return fenced(lines) or "nothing"
