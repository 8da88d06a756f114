"""What a document's pages repeat: running heads, and the numbers of the pages. All else is text, lone numbers too.

A line is a running head where the same words stand at the same height on three pages or more, close to each other; it
stays in the text once: at the top of the first page, or else at the end of the last one that has it. A line is the
number of its page where it counts on from page to page.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from vademecum.retrieval.loaders._layout import Line

_EDGE = 3
"""Lines from the top and from the bottom of a page that may be repeated ones."""

_NEAR = 6.0
"""Points by which the height of a line may differ from page to page."""

_FEWEST, _OFTEN = 3, 0.4
"""Pages that must share a line; and the part of the pages between the first of them and the last."""

_NUMBER = re.compile(
    r"\W*(?:(?:page|seite|página|pagina|p\.|s\.|стр\.)\s*)?(\d{1,4}|[ivxl]{1,7})(?:\s*(?:/|of|von|de|di|van)\s*\d{1,4})?\W*",
    re.IGNORECASE,
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50}


class _Place(NamedTuple):
    """A line near the edge of a page: number of the page and of the line in it, from 0."""

    page: int
    number: int
    line: Line


def without_furniture(pages: Sequence[list[Line]]) -> tuple[list[list[Line]], list[tuple[int, str]]]:
    """The pages without it, and what was left out: the number of its page, from 0, and the text."""
    edges = [place for page, lines in enumerate(pages) for place in _edges(page, lines)]
    repeated, retained = _repeated(edges)
    furniture = {(place.page, place.number) for place in [*repeated, *_numbers(edges, len(pages))]}
    for page, lines in enumerate(pages):
        if lines and all((page, number) in furniture for number in range(len(lines))):
            furniture -= {(page, number) for number in range(len(lines))}
    bodies = [
        [line for number, line in enumerate(lines) if (page, number) not in furniture]
        for page, lines in enumerate(pages)
    ]
    for place in retained:
        if place.line in bodies[place.page]:
            bodies[place.page].remove(place.line)
            bodies[place.page].append(place.line)
    return bodies, [(page, pages[page][number].text) for page, number in sorted(furniture)]


def _edges(page: int, lines: Sequence[Line]) -> list[_Place]:
    """The lines at the top and at the bottom of a page, those of one row together."""
    if not lines:
        return []
    angle = max({line.angle for line in lines}, key=[line.angle for line in lines].count)
    places = [_Place(page, number, line) for number, line in enumerate(lines) if line.angle == angle]
    heights = sorted({round(place.line.y / _NEAR) for place in places})
    edges = {*heights[:_EDGE], *heights[-_EDGE:]}
    return [place for place in places if round(place.line.y / _NEAR) in edges]


def _repeated(edges: list[_Place]) -> tuple[list[_Place], list[_Place]]:
    """Lines of the same words at the same height, but for one of each; and of those ones the lines to be moved."""
    repeated, retained = [], []
    by_text = lambda place: (place.line.text, place.line.y, place.page)  # noqa: E731
    for _, group in groupby(sorted(edges, key=by_text), lambda place: place.line.text):
        for places in _level(list(group)):
            pages = sorted({place.page for place in places})
            if len(pages) < _FEWEST or len(pages) < _OFTEN * (pages[-1] - pages[0] + 1):
                continue
            on_top = [place for place in places if place.page == 0 and place.number < _EDGE]
            one = on_top[0] if on_top else max(places, key=lambda place: place.page)
            repeated += [place for place in places if place is not one]
            retained += [] if on_top else [one]
    return repeated, retained


def _level(places: list[_Place]) -> Iterator[list[_Place]]:
    """The places, which come by their height, in groups of about the same one."""
    group: list[_Place] = []
    for place in places:
        if group and place.line.y - group[-1].line.y > _NEAR:
            yield group
            group = []
        group.append(place)
    yield group


def _numbers(edges: list[_Place], count: int) -> list[_Place]:
    """Lines that are the number of their page: at the same height, counting on as the pages do."""
    candidates = []
    for place in edges:
        if match := _NUMBER.fullmatch(place.line.text):
            candidates.append((_value(match[1]) - place.page, round(place.line.y), place))
    numbers = []
    for before, group in groupby(sorted(candidates, key=lambda row: (row[0], row[1], row[2].page)), lambda row: row[0]):
        rows = list(group)
        for _, height, place in rows:
            pages = {other.page for _, level, other in rows if abs(level - height) <= _NEAR}
            own = before == 1 and len(pages) > 1 and (count == len(pages) or len(pages) >= _FEWEST)
            if own or len(pages) >= _FEWEST:
                numbers.append(place)
    return numbers


def _value(text: str) -> int:
    if text.isdigit():
        return int(text)
    values = [_ROMAN[letter] for letter in text.lower()]
    return sum(-value if value < max(values[at:]) else value for at, value in enumerate(values))
