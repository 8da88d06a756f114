"""Rows of a file, one result a line: in order, as they come, and none lost to a bad one."""

import json
from collections.abc import Callable
from typing import IO, Any, TypeVar

import click

from vademecum.cli._terminal import plain, say_json
from vademecum.core.errors import UsageError, VademecumError

Row = dict[str, Any]
Request = TypeVar("Request")

FILE = click.File("rb")
"""Bytes, so that a line in another encoding is the fault of that row alone."""

option = click.option(
    "--batch",
    type=FILE,
    metavar="FILE.jsonl",
    help='Answer each line {"id", "question"} of a file ("-": standard input), one line of JSON each.',
)


def answer_each(rows: IO[bytes], answer: Callable[[str], Row]) -> int:
    """Print `answer(question)` for each row, as `answer_rows` does."""
    return answer_rows(rows, question_of, answer)


def answer_rows(rows: IO[bytes], parse: Callable[[Row], Request], answer: Callable[[Request], Row]) -> int:
    """Print `answer(parse(row))` with the row's id for each row; one that fails gives `{"id", "error"}`. The exit code.

    `parse` raises UsageError where the row is not what it must be; its message goes behind "line 3".
    """
    failed = False
    for number, line in enumerate(rows, 1):
        if not line.strip():
            continue
        identity = None
        try:
            row = _parsed(line)
            identity = row.get("id")
            request = parse(row)
        except UsageError as error:
            failed, result = True, {"error": f"line {number} {error}"}
        else:
            try:
                result = answer(request)
            except VademecumError as error:
                failed, result = True, {"error": plain(str(error), lines=False)}
        say_json({"id": None, **result} | {"id": identity})
    return int(failed)


def question_of(row: Row) -> str:
    """The row's question.

    Raises:
        UsageError: there is none.
    """
    question = row.get("question")
    if not isinstance(question, str):
        raise UsageError('has no "question" that is text')
    return question


def _parsed(line: bytes) -> Row:
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"is not UTF-8 text ({error.reason} at byte {error.start})") from error
    except (ValueError, RecursionError) as error:
        raise UsageError("is not JSON") from error
    if not isinstance(row, dict):
        raise UsageError("is no JSON object")
    return row


def one_of(question: str | None, rows: IO[bytes] | None) -> None:
    """Raise UsageError unless exactly one of the two was given."""
    if (question is None) == (rows is None):
        raise UsageError("give a question, or a file of them with --batch")
