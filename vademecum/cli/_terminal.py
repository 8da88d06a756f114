"""What goes to the terminal: without control characters of documents, wrapped, with marks; or as JSON."""

import json
import re
import shutil
import sys
import textwrap
from typing import Any

import click

_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufff9-\ufffb]"
    r"|[\u061c\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff]"
    r"|(?<![\U000e0020-\U000e007f\U0001f3f4])[\U000e0000-\U000e007f]"
    r"|(?<![^\x00-\x7f])[\u200c-\u200f]|[\u200c\u200d](?![^\x00-\x7f])"
)
"""C0 and C1 controls but tab and line feed, what turns the direction of writing or is unseen, and halves of letters.

Joiners stay between letters of scripts that need them, and in emoji; marks of direction behind such letters.
"""

MAX_WIDTH = 100
"""Columns of running text; longer lines are hard to read."""


def plain(text: str, *, lines: bool = True) -> str:
    """The text with what could command a terminal replaced by "\ufffd"; without `lines`, also in one line."""
    clean = _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))
    return clean if lines else re.sub(r"\s*\n\s*|\t", " ", clean)


def say(text: str = "", *, style: str = "", indent: str = "", hang: str = "") -> None:
    """Print a paragraph, wrapped to the terminal; `style` is a colour or "bold" or "dim". Plain where piped."""
    width = min(shutil.get_terminal_size().columns, MAX_WIDTH)
    wrapped = textwrap.fill(
        plain(text, lines=False), width, initial_indent=indent, subsequent_indent=hang or indent, break_long_words=False
    )
    if style in ("bold", "dim"):
        wrapped = click.style(wrapped, bold=style == "bold" or None, dim=style == "dim" or None)
    elif style:
        wrapped = click.style(wrapped, fg=style)
    click.echo(wrapped)


def say_json(value: Any) -> None:
    """Print one line of JSON, ASCII only: safe on a terminal, in any locale, and for broken file names."""
    click.echo(json.dumps(value))
    sys.stdout.flush()


def note(text: str) -> None:
    """Print a line on stderr: for what is not the result."""
    click.echo(plain(text, lines=False), err=True)
