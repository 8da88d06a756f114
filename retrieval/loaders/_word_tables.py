"""Tables of Word: merged cells fill what they span, and inner tables belong to the cell that they are in."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from vademecum.retrieval.loaders._file import one_line
from vademecum.retrieval.loaders._grid import Copied
from vademecum.retrieval.loaders._word_text import W

_BANDED = frozenset({"", "tablegrid", "tablenormal", "tableauNormal"})
"""Styles of tables that set off no first row."""

_MOST_CELLS = 200_000
"""Of a table, with those that merged ones fill."""


class WordTable(NamedTuple):
    """The cells of a table, and how many of its first rows are said to be its header."""

    grid: list[list[str]]
    header: int


def read_table(table: Any, text: Callable[[Any], str]) -> WordTable:
    """The table; `text` gives what a paragraph shows."""
    grid: list[list[str]] = []
    above: dict[int, str] = {}
    header, counting, cells = 0, True, 0
    for row in _children(table, "tr"):
        if _flag(row, "trPr", "hidden") or _flag(row, "trPr", "del"):
            continue
        line: list[str] = []
        grid_before = row.find(f"{W}trPr/{W}gridBefore")
        line += [""] * min(int(grid_before.get(f"{W}val", "0")), 100) if grid_before is not None else []
        for cell in _children(row, "tc"):
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            width = min(max(int(span.get(f"{W}val", "1")), 1), 1000) if span is not None else 1
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            content = one_line(_content(cell, text))
            if merge is not None and merge.get(f"{W}val", "continue") == "continue":
                content = above.get(len(line), content)
            above[len(line)] = content
            line += [content, *[Copied(content)] * (width - 1)]
        cells += len(line)
        if cells > _MOST_CELLS:
            break
        counting = counting and _flag(row, "trPr", "tblHeader")
        header += counting
        grid.append(line)
    if not header and grid and _sets_off_first_row(table):
        header = 1
    return WordTable(grid, header if header < len(grid) else 0)


def _children(element: Any, name: str) -> Iterator[Any]:
    """The rows or cells of an element, those in content controls and insertions too."""
    for child in element:
        if child.tag == f"{W}{name}":
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins"):
            yield from _children(child, name)


def _content(cell: Any, text: Callable[[Any], str]) -> str:
    """What a cell shows; of a table in it the rows one after another, a name and its value with a colon."""
    parts = []
    for child in cell:
        if child.tag == f"{W}p":
            parts.append(text(child))
        elif child.tag == f"{W}tbl":
            rows = [
                [one_line(_content(inner, text)) for inner in _children(row, "tc")] for row in _children(child, "tr")
            ]
            lines = [(": " if len(row) == 2 else ", ").join(filter(None, row)) for row in rows]
            parts.append("; ".join(filter(None, lines)))
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins"):
            parts.append(_content(child, text))
    return "\n".join(filter(None, parts))


def _flag(element: Any, properties: str, name: str) -> bool:
    flag = element.find(f"{W}{properties}/{W}{name}")
    return flag is not None and flag.get(f"{W}val", "1") not in ("0", "false", "off")


def _sets_off_first_row(table: Any) -> bool:
    """Whether the first row looks different: bold throughout, or by a style of tables that says so."""
    rows = list(_children(table, "tr"))
    if len(rows) < 2:
        return False
    if _is_bold(rows[0]) and not _is_bold(rows[1]):
        return True
    look, style = table.find(f"{W}tblPr/{W}tblLook"), table.find(f"{W}tblPr/{W}tblStyle")
    name = "" if style is None else style.get(f"{W}val", "").replace(" ", "").lower()
    return look is not None and look.get(f"{W}firstRow") == "1" and name not in _BANDED


def _is_bold(row: Any) -> bool:
    runs = [run for run in row.iter(f"{W}r") if any((text.text or "").strip() for text in run.iter(f"{W}t"))]
    return bool(runs) and all(_flag(run, "rPr", "b") for run in runs)
