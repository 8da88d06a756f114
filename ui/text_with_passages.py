"""A document's text with its passages drawn on it: stretches, each with the passages that it belongs to."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from vademecum.core.types import Passage
from vademecum.ui.source_text import line_kind

WINDOW = 60_000
"""Characters shown at once: a long chapter; of a longer document what is around the place looked at."""

LONGEST_LINE = 20_000
"""Characters of one line that are drawn as one: a browser is slow with a line of a megabyte."""

_LINE = re.compile(rf"[^\r\n]{{0,{LONGEST_LINE}}}(?:\r\n|\r|\n)?")


class Stretch(NamedTuple):
    """Characters from `start` on, in lines (each with its kind), and the passages they belong to, by number from 0.

    They belong to none between passages, and to several where passages overlap.
    """

    start: int
    lines: tuple[tuple[str, str], ...]
    passages: tuple[int, ...]


class Window(NamedTuple):
    """What is shown of a text: the characters `start` to `end` of `length`."""

    start: int
    end: int
    length: int


def window(text: str, at: int) -> Window:
    """The part of the text around the character `at`: all of it, if it is not too long; else whole lines, if it can."""
    if len(text) <= WINDOW:
        return Window(0, len(text), len(text))
    start = min(max(0, at - WINDOW // 4), len(text) - WINDOW)
    end = start + WINDOW
    line = text.find("\n", start, at) if start else -1
    start = line + 1 if line >= 0 else start
    line = text.rfind("\n", at, end) if end < len(text) else -1
    return Window(start, line + 1 if line > start else end, len(text))


def stretches(text: str, passages: Sequence[Passage], seen: Window) -> list[Stretch]:
    """The stretches of what is seen, in order; together they are all of it."""
    inside = [(n, p) for n, p in enumerate(passages) if p.start < seen.end and p.end > seen.start]
    edges = {seen.start, seen.end}
    for _, passage in inside:
        edges |= {max(passage.start, seen.start), min(passage.end, seen.end)}
    found, in_code, ahead = [], False, 0
    for start, end in pairwise(sorted(edges)):
        while ahead < len(inside) and inside[ahead][1].end <= start:
            ahead += 1  # passages are in order of their beginnings, so those before will not come again
        of = tuple(n for n, p in inside[ahead : ahead + 64] if p.start <= start and p.end >= end)
        lines, in_code = _lines(text[start:end], in_code)
        if of or any(line.strip() for _, line in lines):
            found.append(Stretch(start, lines, of))
    return found


def _lines(text: str, in_code: bool) -> tuple[tuple[tuple[str, str], ...], bool]:
    """The lines of a stretch with their kinds, and whether it ends within a fenced block."""
    found = []
    for match in _LINE.finditer(text):
        if not match.group():
            break
        line = match.group().rstrip("\r\n")
        fence = line.lstrip().startswith(("```", "~~~"))
        found.append((line_kind(line, in_code or fence), line))
        in_code ^= fence
    return tuple(found), in_code
