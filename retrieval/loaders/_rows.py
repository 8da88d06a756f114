"""Rows of a table as sentences that carry their column names: "name: Ada; born: 1815"."""

from collections.abc import Callable, Mapping, Sequence

from vademecum.retrieval.loaders._file import TextBuilder, one_line, table_row
from vademecum.retrieval.loaders._grid import Copied, Grid, Region, find_header, names_of, regions
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


def write_table(builder: TextBuilder, grid: Grid, *, name: str = "", header: int = 0) -> None:
    """Write a table that stands in running text: its rows as items with the names of their columns, where it has any.

    `header`: how many of its rows are marked as its header; where none is, names are looked for from three columns on.
    """
    grid = [[one_line(cell) if not isinstance(cell, Copied) else cell for cell in row] for row in grid]
    grid = [row for row in grid if any(row)]
    width = max(map(len, grid), default=0)
    rows = tuple(range(header)) if header else find_header(grid, words=False) if width > 2 else ()
    if not rows or width < 2:
        for number, row in enumerate(grid):
            builder.write(_plain(_once(row)), tight=number > 0)
        return
    region = Region(
        rows[-1] + 1, len(grid), names_of([[*grid[row], *[""] * (width - len(grid[row]))] for row in rows]), rows
    )
    for row in grid[: rows[0]]:
        builder.write(_plain(_once(row)))
    writer = TableWriter(builder, name, grid, region)
    for number, row in enumerate(grid[region.first :]):
        if len(set(filter(None, row))) == 1 and len([cell for cell in row if cell]) == width > 1:
            builder.write(row[0], tight=number > 0)
        else:
            writer.write(row, mark="- ", tight=number > 0)


def _plain(row: Sequence[str]) -> str:
    """A row without names of columns, as Markdown has it; of a single cell its text."""
    filled = [cell for cell in row if cell]
    return filled[0] if len(filled) == 1 else table_row(row)


def _once(row: Sequence[str]) -> list[str]:
    """The cells without what merged ones show once more to their right."""
    return ["" if isinstance(cell, Copied) else cell for cell in row]


def _is_used(rows: Grid, column: int) -> bool:
    return any(column < len(row) and row[column] for row in rows)
