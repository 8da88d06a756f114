"""From lines on a page to text that reads on: wrapped lines joined into paragraphs, words cut at a line's end mended.

A line break is one that the author made where the next line's first word would still have fitted, where the next line
is set in, set apart, in another size or weight, or begins a list item. Where none of this holds, words just wrapped.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from vademecum.language.sentences import sentence_spans
from vademecum.retrieval.loaders._hyphens import Hyphens


class Gap(NamedTuple):
    """A wide space in a line: the offset of the word behind it, and from where to where it reaches."""

    offset: int
    left: float
    right: float


class Line(NamedTuple):
    """A line as it is set. Lengths are in points along its own direction, of letters from right to left as in a mirror.

    `y` is the baseline and grows upwards. `is_cut`: its last word goes on in the next line. `word`: width of its first
    word. `gap`: its widest space; `gaps`: all that may divide columns. `angle`: its direction, in degrees.
    """

    text: str
    left: float
    right: float
    y: float
    size: float
    word: float
    gap: float
    bold: bool
    is_cut: bool
    gaps: tuple[Gap, ...] = ()
    angle: int = 0


_ITEM = re.compile(r"(?:[-*+•‣◦▪●–—]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s+\S|[•‣◦▪●]")
_ENDS = re.compile(r"[.!?:…][\"'”’)\]]*$")
_VALUE = re.compile(r"[-+−]?[$€£]?\s?\d[\d.,\s]{0,14}\s?[%€$£]?")
_LABEL = re.compile(r"[^\W\d].{2,80}[^\W_]")
_VALUE_WITHIN = 8
"""Sizes of the type below its label in which a figure set larger belongs to it, as on a page of key figures."""

_WORD = re.compile(r"\w+(?:-\w+)*")
_JOINS_FROM = 30
"""Characters; shorter lines are entries of a table or a list of contents, or verse, rather than wrapped prose."""


_LONGEST_REST = 1000
"""Characters of a page in which a sentence of the page before it must end."""

_CELLS_FROM = 1.5
"""Sizes of the type; a wider space divides the cells of a table."""


def page_text(lines: Sequence[Line], hyphens: Hyphens) -> str:
    """The text of one page; `hyphens` knows the words of the whole document, as `words_of` gives them."""
    if not lines:
        return ""
    leading = _leading(lines)
    parts = [lines[0].text]
    begins = lines[0].text  # of the paragraph at hand, whose parts are joined at the end alone
    for i, (above, line) in enumerate(pairwise(lines)):
        if above.is_cut:
            mended = hyphens.mend(parts[-1], line.text)
            begins = mended if begins is parts[-1] else begins
            rest, space, last = mended.rpartition(" ")
            parts[-1:] = [rest + space, last]
            continue
        gap = _break(above, line, leading, _right_edge(lines, i), begins_item(begins))
        if gap != " ":
            begins = line.text
        parts += [gap, line.text]
    return "".join(parts)


def append_page(text: str, page: str, before: Sequence[Line], hyphens: Hyphens) -> tuple[str, int, int]:
    """The text with that of a page behind it, where that begins, and where the page does.

    A sentence that goes on over the page's end stays whole: it belongs to the page on which it begins. `before` are
    the lines of the page before.
    """
    last = before[-1] if before else None
    if not last or not page[:1].islower() or _ENDS.search(last.text) or last.gap > _CELLS_FROM * last.size:
        begin = len(text) + (2 if text and not text.endswith("\n\n") else 0)
        return text.ljust(begin, "\n") + page, begin, begin
    if last.is_cut:
        head, space, cut = text.rpartition(" ")
        joined = head + space + hyphens.mend(cut, page)
    else:
        joined = f"{text} {page}"
    begin = len(joined) - len(page)
    _, end = sentence_spans(page.partition("\n\n")[0][:_LONGEST_REST])[0]
    start = begin + end
    while start < len(joined) and joined[start].isspace():
        start += 1
    return joined, begin, start


def words_of(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """The words that stand whole inside a line, in lower case, with hyphens that are theirs."""
    words: set[str] = set()
    for page in pages:
        is_cut = False
        for line in page:
            whole = _WORD.findall(line.text.lower())
            words.update(whole[is_cut : len(whole) - line.is_cut])
            is_cut = line.is_cut
    return frozenset(words)


def begins_item(text: str) -> bool:
    """True where the text begins with the mark of a list item."""
    return bool(_ITEM.match(text))


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance between baselines, in sizes of the type."""
    gaps = [(a.y - b.y) / a.size for a, b in pairwise(lines) if 0.5 < (a.y - b.y) / a.size < 2.5]
    return median(gaps) if gaps else 1.2


def _right_edge(lines: Sequence[Line], i: int) -> float:
    """How far right lines like line `i` reach: those of its size that share its column, in its neighbourhood."""
    line = lines[i]
    near = lines[max(0, i - 12) : i + 13]
    alike = [o.right for o in near if abs(o.size - line.size) < 0.6 and o.left < line.right and o.right > line.left]
    return max(alike, default=line.right)


def _break(above: Line, line: Line, leading: float, edge: float, in_item: bool) -> str:
    """What separates two lines: a space, a line break, or a blank line."""
    if above.angle != line.angle:
        return "\n\n"
    gap = (above.y - line.y) / above.size
    if (
        _VALUE.fullmatch(line.text)
        and _LABEL.fullmatch(above.text)
        and 0 < gap < _VALUE_WITHIN
        and line.size > above.size
    ):
        return "\n"
    jumps = gap < -0.5 or gap > 2.5
    if abs(above.size - line.size) > 0.08 * above.size or above.bold != line.bold:
        return "\n\n"
    goes_on = line.text[:1].islower() and not _ENDS.search(above.text)
    if jumps:
        return " " if goes_on else "\n\n"
    if gap > leading * 1.25:
        return "\n\n"
    if begins_item(line.text) or max(above.gap, line.gap) > _CELLS_FROM * line.size:
        return "\n"
    if goes_on:
        return " "
    if line.left - above.left > 0.7 * above.size and not in_item and above.left < edge:
        return "\n\n" if _ENDS.search(above.text) else "\n"
    fits = above.right + line.word + 0.35 * above.size < edge
    if fits:
        return "\n\n" if _ENDS.search(above.text) else "\n"
    return " " if len(above.text) >= _JOINS_FROM else "\n"


def headline(lines: Sequence[Line]) -> str | None:
    """The page's largest lines near its top, where they are clearly larger than the rest; None otherwise."""
    if not lines:
        return None
    body = median(line.size for line in lines for _ in range(max(1, len(line.text) // 10)))
    largest = max(line.size for line in lines[:8])
    if largest < 1.15 * body:
        return None
    return " ".join(_run(lines[:8], largest)) or None


def _run(lines: Sequence[Line], size: float) -> Iterator[str]:
    in_run = False
    for line in lines:
        if abs(line.size - size) < 0.6:
            in_run = True
            yield line.text
        elif in_run:
            return
