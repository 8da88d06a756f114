"""A document's text around a passage, line by line, with the passage marked."""

import re
from itertools import pairwise
from typing import NamedTuple

AROUND = 6000
"""Characters shown before and after the passage: several screens."""

_HEADING = re.compile(r"#{1,6}\s")
_WHOLE_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


class Line(NamedTuple):
    """One line in parts, each with whether it belongs to the passage; `kind`: "heading", "table", "code", "text"."""

    kind: str
    parts: tuple[tuple[str, bool], ...]


def lines_around(text: str, start: int, end: int) -> list[Line]:
    """The lines of `text` around the characters `start` to `end`; whole lines, except where one is very long."""
    first, last = _window(text, start, end)
    lines, in_code, position = [], False, first
    if first > 0:
        lines.append(Line("cut", (("…", False),)))
    while position < last:
        match = _WHOLE_LINE.match(text, position, last)
        if match is None or match.end() == position:
            break
        content = match.group().rstrip("\r\n")
        fence = content.lstrip().startswith(("```", "~~~"))
        lines.append(Line(line_kind(content, in_code or fence), _parts(content, start - position, end - position)))
        in_code ^= fence
        position = match.end()
    if last < len(text):
        lines.append(Line("cut", (("…", False),)))
    return lines


def _window(text: str, start: int, end: int) -> tuple[int, int]:
    first, last = max(0, start - AROUND), min(len(text), end + AROUND)
    if first > 0:
        line = text.find("\n", first, start)
        first = line + 1 if line >= 0 else first
    if last < len(text):
        line = text.rfind("\n", end, last)
        last = line + 1 if line >= 0 else last
    return first, last


def line_kind(line: str, code: bool) -> str:
    """How a line is drawn; `code`: it is in a fenced block."""
    if code:
        return "code"
    if _HEADING.match(line):
        return "heading"
    return "table" if line.lstrip().startswith("|") else "text"


def _parts(line: str, start: int, end: int) -> tuple[tuple[str, bool], ...]:
    """The line cut at the passage, whose characters are `start` to `end` counted from the line's first."""
    cuts = [0, min(max(start, 0), len(line)), min(max(end, 0), len(line)), len(line)]
    pieces = ((line[a:b], index == 1) for index, (a, b) in enumerate(pairwise(cuts)))
    return tuple(piece for piece in pieces if piece[0])
