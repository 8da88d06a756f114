"""A row of a Markdown table is cited with the names of its columns, which stand once above all rows."""

import re
from collections.abc import Callable, Sequence

from vademecum.core.types import Citation

_DIVIDER = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")
_MOST = 5000
"""Rows between a row and its names at most."""


def with_headers(citations: Sequence[Citation], text_of: Callable[[str], str]) -> list[Citation]:
    """The citations, behind them the line of names of each table whose rows they quote, once.

    `text_of` gives the text of a source by its id.
    """
    result = list(citations)
    for citation in citations:
        if not citation.quote.lstrip().startswith("|"):
            continue
        span = _header(text_of(citation.source_id), citation.start)
        if span is None or any(span[0] >= other.start and span[1] <= other.end for other in result):
            continue
        start, end = span
        text = text_of(citation.source_id)
        line = citation.line and citation.line - text.count("\n", start, citation.start)
        header = {"start": start, "end": end, "quote": text[start:end], "line": line}
        result.append(citation.model_copy(update=header))
    return result


def _header(text: str, start: int) -> tuple[int, int] | None:
    """Where the names are of the table that the line at `start` is a row of; None where that is none."""
    begin = text.rfind("\n", 0, start) + 1
    for _ in range(_MOST):
        above = text.rfind("\n", 0, max(begin - 1, 0)) + 1
        line = text[above : max(begin - 1, 0)].rstrip("\r")
        if "|" not in line:
            return None
        if _DIVIDER.fullmatch(line):
            first = text.rfind("\n", 0, max(above - 1, 0)) + 1
            names = text[first : max(above - 1, 0)].rstrip("\r ")
            return (first, first + len(names)) if "|" in names else None
        begin = above
    return None
