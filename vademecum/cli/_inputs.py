"""Inputs of prompts and chains from the command line: `-i key=value`, `-i key=@file`, `-i key=-`."""

import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from vademecum.core.errors import UsageError

option = click.option(
    "--input",
    "-i",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="An input; KEY=@FILE takes the text of a file, KEY=- standard input, KEY=@@x the text @x.",
)


def parse(assignments: Sequence[str]) -> dict[str, str]:
    """The inputs by name.

    Raises:
        UsageError: one is not of the form KEY=VALUE, is given twice, or its file cannot be read.
    """
    inputs: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"the input {assignment!r} should be KEY=VALUE")
        if name.strip() in inputs:
            raise UsageError(f"the input {name.strip()!r} is given twice; give it once")
        inputs[name.strip()] = _value(name.strip(), value)
    return inputs


def require(what: str, command: str, descriptions: Mapping[str, str], inputs: Mapping[str, str]) -> None:
    """Raise UsageError where `inputs` lack some of those that `descriptions` describes, each by a text or "".

    The message shows the whole `command` with every input in its place; `what` names the prompt or the chain.
    """
    missing = [f"{name} ({about})" if about else name for name, about in descriptions.items() if name not in inputs]
    if missing:
        filled = " ".join(f"-i {name}={shlex.quote(inputs.get(name, '...'))}" for name in descriptions)
        raise UsageError(f"{what} needs {' and '.join(missing)}: {command} {filled}")


def _value(name: str, value: str) -> str:
    if value == "-":
        return sys.stdin.read().strip()
    if value.startswith("@@"):
        return value[1:]
    if not value.startswith("@"):
        return value
    try:
        return Path(value[1:]).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the file of the input {name!r} cannot be read as UTF-8 text: {error}") from error
