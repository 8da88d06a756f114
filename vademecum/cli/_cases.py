"""Requests with tools from a file, one call a line: in order, as they come, and none lost to a bad one."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from core.errors import UsageError, VademecumError
from vademecum.cli._batch import lines
from vademecum.cli._terminal import note, say_json

Functions = Sequence[Mapping[str, Any]]
"""Tools as JSON: `name`, `description`, `parameters` (JSON schema)."""


def call_each(rows: IO[str], call: Callable[[str, Functions | None], dict[str, Any] | None]) -> int:
    """Print `{"id", "call"}` for each row; a bad row is told on stderr and has no line. The exit code.

    `call(request, functions)` gives `{"name", "args"}`, or None where no tool fits.
    """
    failed = False
    for number, line in enumerate(lines(rows), 1):
        if not line.strip():
            continue
        try:
            identity, request, functions = _case(line)
            say_json({"id": identity, "call": call(request, functions)})
        except VademecumError as error:
            failed = True
            note(f"vade: error: {rows.name}, line {number}: {error}")
    return int(failed)


def _case(line: str) -> tuple[Any, str, Functions | None]:
    """Id, request and tools of a line.

    Raises:
        UsageError: it is not JSON, or lacks one of them.
    """
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError("this is not JSON") from error
    if not isinstance(row, dict) or not isinstance(row.get("question"), str) or not row["question"].strip():
        raise UsageError('there is no "question" that is text')
    functions = row.get("tools")
    if functions is None:
        return row.get("id"), row["question"], None
    if not isinstance(functions, list) or not all(map(_is_function, functions)):
        raise UsageError('"tools" must be a list of {"name", "description", "parameters"}')
    return row.get("id"), row["question"], functions


def _is_function(tool: Any) -> bool:
    """Whether this is a function that a model can be told of."""
    if not isinstance(tool, dict) or not isinstance(tool.get("name"), str) or not tool["name"].strip():
        return False
    parameters = tool.get("parameters") or {}
    if not isinstance(tool.get("description") or "", str) or not isinstance(parameters, dict):
        return False
    properties, needed = parameters.get("properties") or {}, parameters.get("required") or []
    return (
        isinstance(properties, dict)
        and all(isinstance(field, dict) for field in properties.values())
        and isinstance(needed, list)
        and all(isinstance(key, str) for key in needed)
    )
