"""The options that say where a search may look."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--collection", help="Look only in this collection."),
    click.option("--path", metavar="PATTERN", help='Look only in these documents: "letters/*.pdf".'),
    click.option("--kind", help="Look only in documents of this kind: markdown, pdf, ...; `vade sources` tells it."),
    click.option("--heading", metavar="WORDS", help="Look only below titles and headings with these words."),
    click.option("--since", metavar="DAY", help="Look only in files last changed on this day or later: 2026-01-31."),
    click.option("--until", metavar="DAY", help="Look only in files last changed on this day or before."),
)


def options(command: Command) -> Command:
    """Give a command the options, each as an argument of its name."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command
