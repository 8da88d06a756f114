"""What a loader knows of a text beyond its characters: places that a person can find, and headings that are certain."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property


@dataclass(frozen=True)
class Layout:
    """Offsets count characters of the kept text, in ascending order.

    `places`: where each named place begins ("slide 3"); no passage crosses from one to the next. `headings`: where each
    line that is a heading begins, and its level (1 outermost). `guess`: whether other lines may be taken for headings
    by their shape. `records`: each place is one passage, as a row of a table is. `marked`: headings carry Markdown's
    marks. `left_out`: what of the document is not in the text, and where it is ("page 3").
    """

    places: tuple[tuple[int, str], ...] = ()
    headings: tuple[tuple[int, int], ...] = ()
    guess: bool = True
    records: bool = False
    marked: bool = False
    left_out: tuple[tuple[str, str], ...] = ()

    @cached_property
    def deepest(self) -> int:
        """The innermost level of the headings that are certain; 0 where there are none."""
        return max((level for _, level in self.headings), default=0)

    def to_json(self) -> str | None:
        """As it is stored; None where there is nothing to store."""
        if self == PLAIN:
            return None
        content = {field.name: getattr(self, field.name) for field in fields(self)}
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | None) -> "Layout":
        """The layout that `to_json` stored."""
        if text is None:
            return PLAIN
        content = json.loads(text)
        places = tuple((start, name) for start, name in content["places"])
        headings = tuple((start, level) for start, level in content["headings"])
        left_out = tuple((where, words) for where, words in content.get("left_out", ()))
        return cls(places, headings, content["guess"], content["records"], content["marked"], left_out)


PLAIN = Layout()
"""A text without places, whose headings are to be found in its lines."""


def stretches(
    length: int, page_starts: tuple[int, ...], places: tuple[tuple[int, str], ...]
) -> Iterator[tuple[int, int, int | None, str | None]]:
    """Begin, end, page (from 1) and place of each stretch that no passage crosses; together they are the whole text."""
    pages = dict(zip(page_starts, range(1, len(page_starts) + 1), strict=True))
    names = dict(places)
    begins = sorted({0, *pages, *names})
    page, place = None, None
    for begin, end in zip(begins, [*begins[1:], length], strict=True):
        page, place = pages.get(begin, page), names.get(begin, place)
        yield begin, end, page, place
