"""A document's text divided at the borders of its passages."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from vademecum.core.types import Passage
from vademecum.ui.source_text import line_kind

WINDOW = 60_000
"""Characters shown at once: a long chapter; of a longer document, the part around a position."""

LONGEST_LINE = 20_000
"""Characters of a line; longer ones are divided, since a browser is slow with a line of a megabyte."""

_LINE = re.compile(rf"[^\r\n]{{0,{LONGEST_LINE}}}(?:\r\n|\r|\n)?")


class Stretch(NamedTuple):
    """Characters from `start` on, in lines (each with its kind), and the passages they belong to, by number from 0.

    They belong to none between passages, and to several where passages overlap.
    """

    start: int
    lines: tuple[tuple[str, str], ...]
    passages: tuple[int, ...]


class Window(NamedTuple):
    """The visible part of a text: the characters `start` to `end` of `length`."""

    start: int
    end: int
    length: int


def window(text: str, position: int) -> Window:
    """The part of a text around the character `position`: all of a short one, whole lines of a long one if possible."""
    if len(text) <= WINDOW:
        return Window(0, len(text), len(text))
    start = min(max(0, position - WINDOW // 4), len(text) - WINDOW)
    end = start + WINDOW
    line = text.find("\n", start, position) if start else -1
    start = line + 1 if line >= 0 else start
    line = text.rfind("\n", position, end) if end < len(text) else -1
    return Window(start, line + 1 if line > start else end, len(text))


def stretches(text: str, passages: Sequence[Passage], text_window: Window) -> list[Stretch]:
    """The stretches of the visible part, in order and without gaps."""
    visible_passages = [
        (n, p) for n, p in enumerate(passages) if p.start < text_window.end and p.end > text_window.start
    ]
    edges = {text_window.start, text_window.end}
    for _, passage in visible_passages:
        edges |= {max(passage.start, text_window.start), min(passage.end, text_window.end)}
    parts, in_code, first_candidate = [], False, 0
    for start, end in pairwise(sorted(edges)):
        while first_candidate < len(visible_passages) and visible_passages[first_candidate][1].end <= start:
            first_candidate += 1  # passages are ordered by their start, so earlier ones are done with
        numbers = tuple(
            n for n, p in visible_passages[first_candidate : first_candidate + 64] if p.start <= start and p.end >= end
        )
        lines, in_code = _lines(text[start:end], in_code)
        if numbers or any(line.strip() for _, line in lines):
            parts.append(Stretch(start, lines, numbers))
    return parts


def _lines(text: str, in_code: bool) -> tuple[tuple[tuple[str, str], ...], bool]:
    """The lines of a stretch with their kinds, and whether it ends within a fenced block."""
    lines = []
    for match in _LINE.finditer(text):
        if not match.group():
            break
        line = match.group().rstrip("\r\n")
        fence = line.lstrip().startswith(("```", "~~~"))
        lines.append((line_kind(line, in_code or fence), line))
        in_code ^= fence
    return tuple(lines), in_code
