"""Requests with tools from a file, one call a line."""

from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from vademecum.cli import _batch
from vademecum.cli._batch import Row
from vademecum.core.errors import UsageError

Functions = Sequence[Mapping[str, Any]]
"""Tools as JSON: `name`, `description`, `parameters` (JSON schema)."""


def call_each(rows: IO[bytes], call: Callable[[str, Functions | None], Row | None]) -> int:
    """Print `{"id", "call"}` for each row; a row that fails gives `{"id", "error"}`. The exit code.

    `call(request, functions)` gives `{"name", "args"}`, or None where no tool fits.
    """
    return _batch.answer_rows(rows, _case, lambda case: {"call": call(*case)})


def _case(row: Row) -> tuple[str, Functions | None]:
    """Request and tools of a row.

    Raises:
        UsageError: the request is missing, or the tools are no list.
    """
    request, functions = _batch.question_of(row), row.get("tools")
    if not request.strip():
        raise UsageError('has an empty "question"')
    if functions is not None and not isinstance(functions, list):
        raise UsageError('has "tools" that are no list of {"name", "description", "parameters"}')
    return request, functions
