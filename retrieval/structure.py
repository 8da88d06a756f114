"""The structure of a text: its headings, and the blocks between them, with exact offsets.

Markdown's own marks are read in every kind of text, since people use them in plain notes too. Plain text has no marks
for headings, so a short line of its own is taken for one: the first line, a line right above a list, or a line without
a full stop between blank lines.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from vademecum.language.sentences import LIST_ITEM

LONGEST_HEADING = 100
"""Characters; longer lines are prose. Headings of the books and notes looked at stay below 90."""

_ATX = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")
_SETEXT = re.compile(r"[ ]{0,3}(=+|-{3,})[ \t]*$")
_FENCE = re.compile(r"[ ]{0,3}(```+|~~~+)")
_ENDS_LIKE_PROSE = re.compile(r"[.!,;…][\"'”’)]*$")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
UNDER_A_LIST = 7
"""Level of a heading known only by the list below it: deeper than any marked one."""


class Block(NamedTuple):
    """A stretch of text of one kind; `level` (1 outermost) and `title` only for headings."""

    kind: Literal["heading", "prose", "list", "code", "table"]
    start: int
    end: int
    level: int = 0
    title: str = ""


class _Line(NamedTuple):
    start: int
    end: int
    text: str


def blocks(
    text: str, *, marked: bool = False, levels: Mapping[int, int] | None = None, guess: bool = True, below: int = 0
) -> list[Block]:
    """The blocks of `text`, in order; together they leave out nothing but white space.

    `marked` says that headings carry marks (Markdown), so that unmarked short lines are not taken for any. `levels` has
    the level of each line that is a heading for certain, by where the line begins; without `guess` there are no others,
    and where there are, they come below the level `below`.
    """
    lines = [_Line(m.start(), m.end(), m.group().rstrip("\r\n")) for m in _LINE.finditer(text) if m.end() > m.start()]
    if not levels and guess and not below:
        return list(_merge(_classify(lines, marked)))
    return list(_merge(_set_levels(lines, levels or {}, below, _classify(lines, marked) if guess else _shapes(lines))))


def _set_levels(lines: list[_Line], levels: Mapping[int, int], below: int, guesses: Iterator[Block]) -> Iterator[Block]:
    """The lines as they were classified, except that what is known to be a heading is one."""
    for line, block in zip(lines, guesses, strict=True):
        if line.start in levels and line.text.strip():
            yield Block("heading", line.start, line.start + len(line.text), levels[line.start], line.text.strip())
        elif block.kind == "heading" and block.title:
            yield block._replace(level=block.level + below)
        else:
            yield block


def _shapes(lines: list[_Line]) -> Iterator[Block]:
    """A block for every line, of which none is a heading and none is marked: what came out of another format."""
    for line in lines:
        end = line.start + len(line.text)
        if not line.text.strip():
            yield Block("prose", line.start, line.start)
        else:
            yield Block("list" if LIST_ITEM.match(line.text) else "prose", line.start, end)


def _classify(lines: list[_Line], marked: bool) -> Iterator[Block]:
    """A block for every line that is not blank; blank lines become breaks (an empty `prose` block)."""
    fence = ""
    skip = False
    for i, line in enumerate(lines):
        end = line.start + len(line.text)
        opened = _FENCE.match(line.text)
        if fence or opened:
            yield Block("code", line.start, end)
            if opened and not fence:
                fence = opened.group(1)
            elif opened and opened.group(1).startswith(fence[:3]) and not line.text.strip(" `~"):
                fence = ""
        elif skip:
            skip = False
            yield Block("heading", line.start, end)
        elif heading := _heading(lines, i, marked):
            level, title, skip = heading
            yield Block("heading", line.start, end, level, title)
        elif not line.text.strip():
            yield Block("prose", line.start, line.start)
        elif line.text.lstrip().startswith("|"):
            yield Block("table", line.start, end)
        else:
            yield Block("list" if LIST_ITEM.match(line.text) else "prose", line.start, end)


def _heading(lines: list[_Line], i: int, marked: bool) -> tuple[int, str, bool] | None:
    """Level and title of the heading that line `i` is, and whether the next line underlines it."""
    text = lines[i].text
    if atx := _ATX.match(text):
        return (len(atx.group(1)), atx.group(2), False) if atx.group(2) else None
    following = lines[i + 1].text if i + 1 < len(lines) else ""
    if text.strip() and len(text) <= LONGEST_HEADING and _SETEXT.match(following) and not LIST_ITEM.match(text):
        return 1 if following.lstrip().startswith("=") else 2, text.strip(), True
    if marked or not text.strip() or len(text.strip()) > LONGEST_HEADING or LIST_ITEM.match(text):
        return None
    title = text.strip().rstrip(":").rstrip()
    alone_above = i == 0 or not lines[i - 1].text.strip() or bool(LIST_ITEM.match(lines[i - 1].text))
    if not title or not alone_above or title.startswith(("|", ">", "$", "<")):
        return None
    if LIST_ITEM.match(following) and not _ENDS_LIKE_PROSE.search(title):
        return UNDER_A_LIST, title, False
    if following.strip() or _ENDS_LIKE_PROSE.search(title) or title[0].islower() or i + 1 >= len(lines):
        return None
    return 1 if i == 0 else 2, title, False


def _merge(lines: Iterator[Block]) -> Iterator[Block]:
    """Neighbouring lines of one kind become one block; a list takes its continuation lines along."""
    current: Block | None = None
    for line in lines:
        blank = line.start == line.end
        grows = (
            current is not None
            and not blank
            and current.kind != "heading"
            and (line.kind == current.kind or (current.kind == "list" and line.kind == "prose"))
        )
        if grows and current is not None:
            current = current._replace(end=line.end)
            continue
        if current is not None and blank and current.kind == "code":
            continue
        if current is not None:
            yield current
        current = None if blank else line
    if current is not None:
        yield current
