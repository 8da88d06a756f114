"""Reading order: columns of running text that a page paints row by row are read one after the other."""

from collections.abc import Iterator, Sequence
from statistics import mean, median
from typing import NamedTuple

from vademecum.retrieval.loaders._layout import Gap, Line

_FEWEST = 3
"""Rows that a gutter must divide."""

_CHARACTERS, _FILLED = 16, 0.6
"""Of what is running text: characters of a line in a column at least, and the part of the column's width it takes."""

_TABULAR = 0.2
"""Of a column's lines, those with further wide spaces up to which it is no table."""

_LEVEL = 0.35
"""Sizes of the type by which lines of one row may differ in height."""


class _Gutter(NamedTuple):
    """A space between two columns, from one line to another (exclusive), and from where to where it reaches."""

    first: int
    last: int
    left: float
    right: float


def in_reading_order(lines: Sequence[Line]) -> list[Line]:
    """The lines of a page; columns of running text one after the other, all else as it was."""
    rows = list(_rows(lines))
    ordered: list[Line] = []
    at = 0
    while at < len(rows):
        gutter = _gutter(rows, at)
        if gutter is None:
            ordered.append(rows[at])
            at += 1
            continue
        left, right = _divided(rows[gutter.first : gutter.last], gutter)
        ordered += [*in_reading_order(left), *in_reading_order(right)]
        at = gutter.last
    return ordered


def _rows(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines, with those of one row that are painted one after the other as one."""
    current: Line | None = None
    for line in lines:
        if current is None:
            current = line
        elif _shares_row(current, line):
            gap = Gap(len(current.text) + 1, current.right, line.left)
            moved = [Gap(space.offset + gap.offset, space.left, space.right) for space in line.gaps]
            current = current._replace(
                text=f"{current.text} {line.text}",
                right=line.right,
                gap=max(current.gap, line.gap, gap.right - gap.left),
                is_cut=line.is_cut,
                gaps=(*current.gaps, gap, *moved),
            )
        else:
            yield current
            current = line
    if current is not None:
        yield current


def _shares_row(line: Line, following: Line) -> bool:
    size = min(line.size, following.size)
    return (
        line.angle == following.angle
        and not line.is_cut
        and abs(line.y - following.y) <= _LEVEL * size
        and abs(line.size - following.size) <= 0.2 * size
        and following.left - line.right > size
    )


def _gutter(rows: Sequence[Line], first: int) -> _Gutter | None:
    """The gutter between columns of running text that begins at a line; None where there is none."""
    for gap in rows[first].gaps:
        left, right, last, divided = gap.left, gap.right, first + 1, 1
        while last < len(rows):
            narrowed = _narrowed(rows[last], rows[last - 1], left, right)
            if narrowed is None:
                break
            left, right = narrowed
            divided += any(space.left < right and space.right > left for space in rows[last].gaps)
            last += 1
        gutter = _Gutter(first, last, left, right)
        if divided >= _FEWEST and all(map(_is_text, _divided(rows[first:last], gutter))):
            return gutter
    return None


def _narrowed(line: Line, above: Line, left: float, right: float) -> tuple[float, float] | None:
    """The gutter as the line leaves it free; None where it does not."""
    if line.angle != above.angle or not -0.5 < (above.y - line.y) / line.size < 4:
        return None
    least = 0.5 * line.size
    for space in line.gaps:
        inner = max(left, space.left), min(right, space.right)
        if inner[1] - inner[0] > least:
            return inner
    if line.right < right - least:
        return max(left, line.right), right
    if line.left > left + least:
        return left, min(right, line.left)
    return None


def _divided(rows: Sequence[Line], gutter: _Gutter) -> tuple[list[Line], list[Line]]:
    """The lines on both sides of the gutter."""
    middle = (gutter.left + gutter.right) / 2
    left, right = [], []
    for line in rows:
        space = next((gap for gap in line.gaps if gap.left <= middle <= gap.right), None)
        if space is None:
            (left if line.right < middle else right).append(line)
            continue
        left.append(
            line._replace(
                text=line.text[: space.offset - 1],
                right=space.left,
                is_cut=False,
                gaps=tuple(gap for gap in line.gaps if gap.offset < space.offset),
            )
        )
        text = line.text[space.offset :]
        after = [gap._replace(offset=gap.offset - space.offset) for gap in line.gaps if gap.offset > space.offset]
        word = (line.right - space.right) * len(text.partition(" ")[0]) / max(len(text), 1)
        right.append(line._replace(text=text, left=space.right, word=word, gaps=tuple(after)))
    return [_ungapped(line) for line in left], [_ungapped(line) for line in right]


def _ungapped(line: Line) -> Line:
    widest = max((gap.right - gap.left for gap in line.gaps), default=min(line.gap, 0.5 * line.size))
    return line._replace(gap=widest)


def _is_text(column: Sequence[Line]) -> bool:
    """Whether a column is running text, and not one of a table: its lines are long, and fill it."""
    if len(column) < _FEWEST or sum(bool(line.gaps) for line in column) > _TABULAR * len(column):
        return False
    width = max(line.right for line in column) - min(line.left for line in column)
    filled = median((line.right - line.left) / max(width, 1.0) for line in column)
    letters = [line.text.lstrip("\"'“‘(")[:1] for line in column[1:]]
    goes_on = sum(letter.islower() for letter in letters) >= 0.25 * len(letters)
    uncased = not any(letter.isupper() or letter.islower() for letter in letters)
    return mean(len(line.text) for line in column) >= _CHARACTERS and filled >= _FILLED and (goes_on or uncased)
