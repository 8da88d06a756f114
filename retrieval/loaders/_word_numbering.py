"""The numbers that Word gives to clauses and items of lists by itself: "2.2", "(a)", "iv."."""

from collections.abc import Callable
from typing import Any, NamedTuple

from vademecum.retrieval.loaders._word_text import W, roman

_DEEPEST = 9


class _Level(NamedTuple):
    start: int
    form: str
    text: str
    legal: bool
    style: str


class Numbering:
    """The numbering of one document; asked for its paragraphs in their order."""

    def __init__(self, root: Any) -> None:
        self._abstract: dict[str, list[_Level]] = {}
        self._lists: dict[str, tuple[str, dict[int, int]]] = {}
        self._counts: dict[str, list[int]] = {}
        self._begun: set[str] = set()
        for element in root.iterchildren(f"{W}abstractNum") if root is not None else ():
            self._abstract[element.get(f"{W}abstractNumId", "")] = _levels(element)
        for element in root.iterchildren(f"{W}num") if root is not None else ():
            of = element.find(f"{W}abstractNumId")
            starts = {
                int(override.get(f"{W}ilvl", "0")): int(start.get(f"{W}val", "1"))
                for override in element.iterchildren(f"{W}lvlOverride")
                if (start := override.find(f"{W}startOverride")) is not None
            }
            self._lists[element.get(f"{W}numId", "")] = ("" if of is None else of.get(f"{W}val", ""), starts)

    def level_of_style(self, number: str, style: str) -> int:
        """The level of a list that belongs to a style of paragraphs."""
        levels = self._abstract.get(self._lists.get(number, ("", {}))[0], [])
        return next((at for at, level in enumerate(levels) if level.style and level.style == style), 0)

    def mark(self, number: str, depth: int) -> str | None:
        """The mark of the next paragraph of a list at a level: "2.2"; "-" for a bullet, None where it has none."""
        name, starts = self._lists.get(number, ("", {}))
        levels = self._abstract.get(name)
        if not levels or not 0 <= depth < len(levels):
            return None
        counts = self._counts.setdefault(name, [0] * len(levels))
        if number not in self._begun:
            self._begun.add(number)
            for level, start in starts.items():
                if level < len(counts):
                    counts[level] = 0 if start == levels[level].start else start - 1
        counts[depth] = (counts[depth] or levels[depth].start - 1) + 1
        for above in range(depth):
            counts[above] = counts[above] or levels[above].start
        counts[depth + 1 :] = [0] * (len(levels) - depth - 1)
        return _mark(levels, counts, depth)


def _mark(levels: list[_Level], counts: list[int], depth: int) -> str | None:
    level = levels[depth]
    if level.form == "bullet":
        return "-"
    text = level.text
    for at in range(_DEEPEST):
        if f"%{at + 1}" in text and at < len(levels):
            form = "decimal" if level.legal else levels[at].form
            text = text.replace(f"%{at + 1}", _FORMS.get(form, str)(counts[at]))
    return text.strip() or None


def _levels(element: Any) -> list[_Level]:
    levels = []
    for level in element.iterchildren(f"{W}lvl"):
        values = {child.tag: child.get(f"{W}val", "") for child in level}
        start = values.get(f"{W}start", "1")
        levels.append(
            _Level(
                start=int(start) if start.isdigit() else 1,
                form=values.get(f"{W}numFmt", "decimal"),
                text=values.get(f"{W}lvlText", ""),
                legal=f"{W}isLgl" in values and values[f"{W}isLgl"] not in ("0", "false"),
                style=values.get(f"{W}pStyle", ""),
            )
        )
    return levels[:_DEEPEST]


def _letters(number: int) -> str:
    """Letters from a to z, then from aa to zz: Word repeats the letter."""
    return chr(ord("a") + (number - 1) % 26) * min((number - 1) // 26 + 1, 20) if number > 0 else ""


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


_FORMS: dict[str, Callable[[int], str]] = {
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
    "ordinal": _ordinal,
    "none": lambda _: "",
}
