"""The end of a run for a person at a terminal, who is shown on the way what the documents themselves say.

The quotes stand there while a model writes; its checked answer takes their place.
"""

import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from vademecum.cli._group import global_options
from vademecum.cli._terminal import MAX_WIDTH, plain
from vademecum.core.errors import UsageError

if TYPE_CHECKING:
    from vademecum.core.types import Sentence
    from vademecum.events import Done, Event

CHECKING = "Quoted from your documents; checking the model's answer..."

CITATION_ROWS = 2
"""Rows of a short quote, with its place."""


def are_seen() -> bool:
    """Whether what is printed can be replaced: a pipe and `--json` get the answer alone."""
    return sys.stdout.isatty() and not global_options().json


def end_of(events: "Iterator[Event]", *, steps: bool = False) -> "Done":
    """The last event of a run; `steps`: a line shows the step under way. Where it fails the quotes stay.

    Raises:
        UsageError: it was stopped.
    """
    from vademecum.events import Done, Quoted, Step

    line, quotes = _StepLine(live=steps and sys.stderr.isatty()), _Quotes()
    try:
        for event in events:
            if isinstance(event, Quoted) and are_seen():
                line.wipe()
                quotes.show(event.sentences)
            elif isinstance(event, Step) and not event.done:
                line.show(" › ".join([*event.path, event.node]))
            elif isinstance(event, Done):
                line.wipe()
                quotes.wipe()
                return event
    finally:
        line.wipe()
    raise UsageError("the run ended without a reply; ask again")


class _StepLine:
    """One line on stderr, written over and over."""

    def __init__(self, *, live: bool) -> None:
        self._live = live

    def show(self, step: str) -> None:
        if self._live:
            click.echo("\r\x1b[K" + click.style(plain(step, lines=False)[:70], dim=True), nl=False, err=True)

    def wipe(self) -> None:
        if self._live:
            click.echo("\r\x1b[K", nl=False, err=True)


class _Quotes:
    """Quotes that can be taken away again: as many as the screen holds."""

    def __init__(self) -> None:
        self._rows = 0

    def show(self, sentences: "tuple[Sentence, ...]") -> None:
        self.wipe()
        columns, rows = shutil.get_terminal_size()
        room = rows - 3
        for sentence in sentences:
            room -= CITATION_ROWS + len(sentence.text) // max(1, columns - 4)
            if room > 0:
                citation = sentence.citations[0]
                self._print(f"“{sentence.text}”", columns)
                self._print(f"{citation.path}, {citation.where}", columns, indent="    ")
        self._print(CHECKING, columns)
        sys.stdout.flush()

    def _print(self, text: str, columns: int, *, indent: str = "") -> None:
        """Print a paragraph, and count the rows that it takes."""
        lines = textwrap.wrap(
            plain(text, lines=False), min(columns, MAX_WIDTH), initial_indent=indent, subsequent_indent=indent
        )
        for line in lines:
            click.echo(click.style(line, dim=True))
            self._rows += max(1, -(-_width(line) // max(1, columns)))

    def wipe(self) -> None:
        if self._rows:
            click.echo(f"\x1b[{self._rows}A\r\x1b[J", nl=False)
            self._rows = 0


def _width(line: str) -> int:
    """Columns that a line takes: letters of East Asia two, marks above another letter none."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in line)
    return len(line) + wide - sum(unicodedata.combining(letter) > 0 for letter in line)
