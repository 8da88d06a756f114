"""Writes docs/commands.md from the command's own help: `.venv/bin/python docs/commands.py`. A test holds them equal."""

from collections.abc import Iterator
from pathlib import Path

import click

from vademecum.cli import vade

WIDTH = 100
INTRODUCTION = """# Commands

`./run ARGS` is `vade ARGS` in the environment that `./run` keeps. This page is the commands' own help, written by
`docs/commands.py`.
"""


def helps(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[tuple[str, str]]:
    """Full name and help of a command and of all below it."""
    context = click.Context(command, info_name=name, parent=parent, terminal_width=WIDTH, **command.context_settings)
    yield context.command_path, command.get_help(context)
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            if found is not None:
                yield from helps(found, inner, context)


def reference() -> str:
    """The whole page."""
    sections = [f"\n## {name}\n\n```\n{text}\n```\n" for name, text in helps(vade, "vade")]
    return INTRODUCTION + "".join(sections)


if __name__ == "__main__":
    (Path(__file__).parent / "commands.md").write_text(reference(), "utf-8")
