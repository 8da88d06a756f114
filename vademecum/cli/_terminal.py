"""What goes to the terminal: without control characters of documents, wrapped, with marks; or as JSON."""

import json
import re
import shutil
import sys
import textwrap
from itertools import zip_longest
from typing import Any

import click

from vademecum.core.markdown import Block, cells

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


def say(
    text: str = "", *, style: str = "", indent: str = "", hang: str = "", bold: tuple[int, ...] | None = None
) -> None:
    """Print a paragraph, wrapped to the terminal; `style` is a colour or "bold" or "dim". Plain where piped.

    `bold`: where in `text` the words begin and end that stand out.
    """
    width = min(shutil.get_terminal_size().columns, MAX_WIDTH)
    one_line = plain(text, lines=False)
    wrapped = textwrap.fill(
        one_line, width, initial_indent=indent, subsequent_indent=hang or indent, break_long_words=False
    )
    if bold and len(one_line) == len(text):
        wrapped = _emboldened(wrapped, one_line, *bold)
    if style in ("bold", "dim"):
        wrapped = click.style(wrapped, bold=style == "bold" or None, dim=style == "dim" or None)
    elif style:
        wrapped = click.style(wrapped, fg=style)
    click.echo(wrapped)


def _emboldened(wrapped: str, text: str, start: int, end: int) -> str:
    """The wrapped text, the words at `start` to `end` of `text` in bold; lines and indents stay as they are."""
    words = r"\s+".join(map(re.escape, text[start:end].split()))
    before = len(re.findall(words, text[:start])) if words else 0
    for number, match in enumerate(re.finditer(words, wrapped) if words else ()):
        if number == before:
            return f"{wrapped[: match.start()]}\x1b[1m{match.group()}\x1b[22m{wrapped[match.end() :]}"
    return wrapped


def say_block(block: Block, *, indent: str = "") -> None:
    """Print code, a table, a list or a formula line by line as it was written, tables with their columns aligned."""
    if block.kind == "prose":
        say(block.text, indent=indent)
        return
    lines = plain(block.text).expandtabs(4).splitlines()
    if block.kind == "table":
        rows = [cells(line) for line in lines]
        widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
        lines = [_aligned(row, widths) for row in rows]
    for line in lines:
        click.echo(f"{indent}  {line}".rstrip())


def _aligned(row: list[str], widths: list[int]) -> str:
    is_rule = all(set(cell) <= set("-:") and cell for cell in row)
    padded = ["-" * width if is_rule else cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "  ".join(padded)


def say_json(value: Any) -> None:
    """Print one line of JSON, ASCII only: safe on a terminal, in any locale, and for broken file names."""
    click.echo(json.dumps(value))
    sys.stdout.flush()


def note(text: str) -> None:
    """Print a line on stderr: for what is not the result."""
    click.echo(plain(text, lines=False), err=True)
