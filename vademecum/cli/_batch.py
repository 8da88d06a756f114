"""Questions from a file, one answer a line: in order, as they come, and none lost to a bad one."""

import json
from collections.abc import Callable, Iterator
from typing import IO, Any

import click

from core.errors import UsageError, VademecumError
from vademecum.cli._terminal import say_json

option = click.option(
    "--batch",
    type=click.File("r", encoding="utf-8"),
    metavar="FILE.jsonl",
    help='Answer each line {"id", "question"} of a file ("-": standard input), one line of JSON each.',
)


def answer_each(rows: IO[str], answer: Callable[[str], dict[str, Any]]) -> int:
    """Print `answer(question)` with the row's id for each row; a bad row gives `{"id", "error"}`. The exit code."""
    failed = False
    for identity, question in _read(rows):
        try:
            if isinstance(question, UsageError):
                raise question
            say_json({**answer(question), "id": identity})
        except VademecumError as error:
            failed = True
            say_json({"id": identity, "error": str(error)})
    return int(failed)


def _read(rows: IO[str]) -> Iterator[tuple[Any, str | UsageError]]:
    for number, line in enumerate(lines(rows), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            yield None, UsageError(f"line {number} is not JSON")
            continue
        identity = row.get("id") if isinstance(row, dict) else None
        question = row.get("question") if isinstance(row, dict) else None
        if not isinstance(question, str):
            yield identity, UsageError(f'line {number} has no "question" that is text')
        else:
            yield identity, question


def lines(rows: IO[str]) -> Iterator[str]:
    try:
        yield from rows
    except UnicodeDecodeError as error:
        raise UsageError(f"{rows.name} is not UTF-8 text ({error.reason} at byte {error.start})") from error


def one_of(question: str | None, rows: IO[str] | None) -> None:
    """Raise UsageError unless exactly one of the two was given."""
    if (question is None) == (rows is None):
        raise UsageError("give a question, or a file of them with --batch")
