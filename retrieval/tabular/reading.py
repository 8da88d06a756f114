"""Finds the tables in a source's stored text: rows of CSV and workbooks as the loaders write them, and Markdown's.

Nothing is stored of a table but the text that is stored anyway: so what a workspace of before holds has its tables too,
and forgetting, backup and restore need know nothing of them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from vademecum.retrieval.layout import Layout
from vademecum.retrieval.tabular.table import RawRow, TypedTable, typed

MOST_CELLS = 500_000
"""Cells of one table with which is computed: some seconds, once."""

MOST_COLUMNS = 200

_NAME = re.compile(r"(?:^|; )([^;:\n]{1,80}(?::[^\s;:][^;:\n]{0,40}){0,3}): ")
"""What may be the name of a column, at the beginning of a value."""

_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?")
_LOOKED_AT = 5000
"""Rows from the top in which the names of columns are looked for."""

_NAMED = 0.6
"""Share of the rows that carry names, from which they are a table; the others are what stands above or below it."""

_HEADING_BEFORE = 300


def tables_in(text: str, layout: Layout, title: str = "") -> list[TypedTable]:
    """The tables of a text, in order."""
    if layout.records:
        return list(_records(text, layout, title))
    return list(_piped(text, layout, title))


def _records(text: str, layout: Layout, title: str) -> Iterator[TypedTable]:
    """Tables of a text in which each place is a row: one for each sheet."""
    headings = dict(layout.headings)
    sheets: dict[str, list[tuple[int, int, str]]] = {}
    starts = [start for start, _ in layout.places] + [len(text)]
    for (start, place), end in zip(layout.places, starts[1:], strict=True):
        sheet = place.rpartition(", row ")[0].removeprefix("sheet ")
        if start in headings:  # the sheet's name stands above its first row
            start = text.find("\n", start, end) + 1 or end
        while start < end and text[start].isspace():
            start += 1
        stop = min(end, next((h for h in headings if start < h < end), end))
        line = text[start:stop].rstrip()
        if line:
            sheets.setdefault(sheet, []).append((start, start + len(line), place))
    for sheet, rows in sheets.items():
        if table := _of_rows(text, rows, sheet or title):
            yield table


def _of_rows(text: str, rows: Sequence[tuple[int, int, str]], name: str) -> TypedTable | None:
    names = _column_names([text[start:end] for start, end, _ in rows[:_LOOKED_AT]])
    if len(rows) * len(names) > MOST_CELLS or len(names) > MOST_COLUMNS:
        return None
    if names:
        raw = [RawRow(start, end, _named_cells(text, start, end, names), place) for start, end, place in rows]
        return typed(name, _distinct(names), [row for row in raw if any(row.cells)])
    return _headless(text, rows, name)


def _column_names(lines: Sequence[str]) -> list[str]:
    """The names that the values of the rows stand behind, in their order; empty where they stand behind none."""
    counts: Counter[str] = Counter()
    orders: list[list[str]] = []
    for line in lines:
        order = [match[1] for match in _NAME.finditer(line)]
        counts.update(set(order))
        orders.append(order)
    if not lines or sum(map(bool, orders)) < _NAMED * len(lines):
        return []
    least = 1 if len(lines) < 5 else max(2, len(lines) // 200)
    often = {name for name, count in counts.items() if count >= least or any(order[:1] == [name] for order in orders)}
    names: list[str] = []
    for order in orders:
        last = -1
        for name in (name for name in order if name in often):
            if name in names[last + 1 :]:
                last = names.index(name, last + 1)
            elif name not in names or order.count(name) > names.count(name):
                last += 1
                names.insert(last, name)
    rows = [line for order, line in zip(orders, lines, strict=True) if order]
    unnamed = sum(not line.startswith(tuple(f"{name}: " for name in names)) for line in rows)
    return ["", *names] if unnamed > len(rows) / 2 else names


def _named_cells(text: str, start: int, end: int, names: Sequence[str]) -> list[tuple[int, int, str] | None]:
    """The cells of a row of "name: value; name: value", each behind the name of its column."""
    cells: list[tuple[int, int, str] | None] = [None] * len(names)
    begins: list[tuple[int, int, int]] = []  # where the name begins, where the value does, which column
    at, least = start, 0
    if not names[0] and not text.startswith(tuple(f"{name}: " for name in names[1:]), start, end):
        begins.append((start, start, 0))  # what names the row has no name itself
        least, following = 1, text.find("; ", start, end)
        if following < 0:
            return cells
        at = following + 2
    while at < end:
        column = None
        for number in range(least, len(names)):
            head = f"{names[number]}: "
            if names[number] and text.startswith(head, at):
                column = number
                begins.append((at, at + len(head), number))
                break
        least = least if column is None else column + 1
        following = text.find("; ", at, end)
        if following < 0:
            break
        at = following + 2
    for place, (_, value_start, number) in enumerate(begins):
        value_end = begins[place + 1][0] - 2 if place + 1 < len(begins) else end
        cells[number] = _trimmed(text, value_start, value_end)
    return cells


def _headless(text: str, rows: Sequence[tuple[int, int, str]], name: str) -> TypedTable | None:
    """A table whose rows carry no names: all must have as many cells, or it is not known which is whose."""
    split = [list(_split(text, start, end)) for start, end, _ in rows]
    if len(split) < 2 or len(split[0]) < 2 or len({len(cells) for cells in split}) != 1:
        return None
    raw = [RawRow(start, end, list(cells), place) for (start, end, place), cells in zip(rows, split, strict=True)]
    names = _distinct([cell[2] for cell in split[0]])
    return typed(name, names, raw[1:], (rows[0][0], rows[0][1]))


def _split(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    for match in re.finditer(r"(?:[^;]|;(?! ))+", text[start:end]):
        yield _trimmed(text, start + match.start(), start + match.end())


def _piped(text: str, layout: Layout, title: str) -> Iterator[TypedTable]:
    """Tables of lines that begin with "|", as Markdown and the loaders of Word, HTML and others write them."""
    block: list[tuple[int, int]] = []
    at = 0
    for line in [*text.splitlines(keepends=True), "\n"]:
        bare = line.strip()
        if bare.startswith("|") and bare.count("|") > 1:
            begin = at + line.index("|")
            block.append((begin, begin + len(bare)))
        elif block:
            if table := _of_block(text, block, _above(text, block[0][0], layout, title)):
                yield table
            block = []
        at += len(line)


def _of_block(text: str, block: Sequence[tuple[int, int]], name: str) -> TypedTable | None:
    lines = [span for span in block if not _RULE.fullmatch(text[span[0] : span[1]])]
    if len(lines) < 2 or len(lines) > MOST_CELLS // 2:
        return None
    split = [_pipes(text, start, end) for start, end in lines]
    width = len(split[0])
    if not 1 < width <= MOST_COLUMNS:
        return None
    raw = [
        RawRow(start, end, [*cells, *[None] * width][:width])
        for (start, end), cells in zip(lines[1:], split[1:], strict=True)
    ]
    return typed(name, _distinct([cell[2] if cell else "" for cell in split[0]]), raw, lines[0])


def _pipes(text: str, start: int, end: int) -> list[tuple[int, int, str] | None]:
    inner_end = end - 1 if text[end - 1] == "|" and text[end - 2] != "\\" else end
    bars = [match.start() for match in re.finditer(r"(?<!\\)\|", text[start + 1 : inner_end])]
    edges = [start, *(start + 1 + bar for bar in bars), inner_end]
    cells = [_trimmed(text, remaining + 1, right) for remaining, right in pairwise(edges)]
    return [cell if cell[2] else None for cell in cells]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int, str]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end, text[start:end]


def _distinct(names: Sequence[str]) -> list[str]:
    """The names, one that repeats with its number behind it, one that is missing called by its number."""
    seen: Counter[str] = Counter()
    distinct = []
    for number, name in enumerate(names, 1):
        plain = " ".join(name.split()).strip("*") or (f"column {number}" if number > 1 else "row")
        seen[plain] += 1
        distinct.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return distinct


def _above(text: str, start: int, layout: Layout, title: str) -> str:
    """The heading that the table stands under, or the line above it, or the document's title."""
    headings = [begin for begin, _ in layout.headings if begin < start]
    if headings:
        return text[headings[-1] :].partition("\n")[0].strip("# \t")
    before = text[max(0, start - 20 * _HEADING_BEFORE) : start].splitlines()
    marked = [line.strip("# \t") for line in before if line.startswith("#")]
    if marked:
        return marked[-1]
    last = next((line.strip() for line in reversed(before) if line.strip()), "")
    return last if 0 < len(last) <= 80 and not last.startswith("|") else title
