"""Rows of a table as sentences that carry their column names: "name: Ada; born: 1815"."""

from collections.abc import Callable, Mapping, Sequence

from vademecum.retrieval.loaders._file import TextBuilder, one_line
from vademecum.retrieval.loaders._grid import Copied, Grid, Region, regions
from vademecum.retrieval.tables import MOST_CELLS, Span, Table

TOO_MANY_CELLS = f"of its tables, cells beyond {MOST_CELLS:,} are text alone, with which nothing can be computed"


def sentence(row: Sequence[str], names: Sequence[str]) -> str:
    """The row, whose cells are one line each, with each value behind its column's name; empty cells are left out."""
    return "; ".join(name + value for _, name, value in _parts(row, names))


def _parts(row: Sequence[str], names: Sequence[str]) -> list[tuple[int, str, str]]:
    """Of each cell that is not empty its number, its name with a colon, and its value."""
    return [
        (number, f"{names[number]}: " if number < len(names) and names[number] else "", value)
        for number, value in enumerate(row)
        if value
    ]


class TableWriter:
    """Writes the rows of one table, and notes where their cells are."""

    def __init__(self, builder: TextBuilder, name: str, grid: Grid, region: Region) -> None:
        self.builder = builder
        rows = grid[region.first :]
        self.used = [number for number, name in enumerate(region.columns) if name or _is_used(rows, number)]
        self.names = region.columns
        self.table = Table(one_line(name), tuple(region.columns[number] for number in self.used))
        builder.tables.append(self.table)

    def write(
        self, row: Sequence[str], *, mark: str = "", tight: bool = True, exact: Mapping[int, str] | None = None
    ) -> None:
        """Write a row; `exact` has, by column, the values that are shown otherwise, `mark` comes before the row."""
        parts = _parts(row, self.names)
        if not parts:
            return
        self.builder.write(mark + "; ".join(name + value for _, name, value in parts), tight=tight)
        if self.builder.cells + len(self.used) > MOST_CELLS:
            if TOO_MANY_CELLS not in self.builder.notes:
                self.builder.notes.append(TOO_MANY_CELLS)
            return
        self.builder.cells += len(self.used)
        self._note(parts, exact or {})

    def _note(self, parts: list[tuple[int, str, str]], exact: Mapping[int, str]) -> None:
        end = self.builder.length
        start = at = end - sum(len(name) + len(value) + 2 for _, name, value in parts) + 2
        spans = {}
        for number, name, value in parts:
            spans[number] = Span(at + len(name), at + len(name) + len(value))
            at += len(name) + len(value) + 2
        first = len(self.table) * len(self.used)
        self.table.add(Span(start, end), [spans.get(number, Span(start, start)) for number in self.used])
        self.table.exact.update(
            (first + place, exact[number]) for place, number in enumerate(self.used) if number in exact
        )


def write_grid(
    builder: TextBuilder,
    grid: Grid,
    *,
    place: Callable[[int], str],
    heading: str = "",
    exact: Mapping[int, Mapping[int, str]] | None = None,
) -> None:
    """Write all rows of a grid, those of its tables with the names of their columns.

    `place` names a row by its number, counted from 1; `exact` has what cells show otherwise, by row and column.
    The `heading` above all of it belongs to the place of the first row.
    """
    tables = {region.first: region for region in regions(grid)}
    names = {row for region in tables.values() for row in region.header}
    title, writer, last = heading, None, 0
    for number, row in enumerate(grid):
        if region := tables.get(number):
            last = region.last
            if writer is None or region.header:
                writer = TableWriter(builder, heading, grid, region)
        if number in names or not any(row):
            continue
        builder.place(place(number + 1))
        builder.write(title, level=1)
        title = ""
        if writer is not None and number < last:
            writer.write(row, exact=(exact or {}).get(number))
        else:
            builder.write(sentence(_once(row), ()), tight=True)


def _once(row: Sequence[str]) -> list[str]:
    """The cells without what merged ones show once more to their right."""
    return ["" if isinstance(cell, Copied) else cell for cell in row]


def _is_used(rows: Grid, column: int) -> bool:
    return any(column < len(row) and row[column] for row in rows)
