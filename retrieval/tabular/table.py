"""A table as it stands in a source's text: typed columns, and cells that know their characters.

    table = tables_in(text, layout)[0]
    table.columns[3].name, table.columns[3].kind, table.columns[3].unit     # "amount_kr", "number", "kr"
    cell = table.rows[0].cells[3]
    text[cell.start:cell.end] == cell.text

Offsets count characters of the source's text, as everywhere, so that a cell is cited like any other quote.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from vademecum.retrieval.tabular import values
from vademecum.retrieval.tabular.values import NOTHING, Kind, Value

MOSTLY = 0.6
"""Share of a column's filled cells that must be of a kind for the column to be of it; the others are reported."""

_UNIT_IN_NAME = re.compile(
    r"[(\[]\s*([^()\[\]]{1,15}?)\s*[)\]]\s*$|[_\s](kr|nok|sek|dkk|eur|usd|gbp|kwh|kg|km|cm|mm|ml|min|percent)$",
    re.IGNORECASE,
)
_UNIT = re.compile(
    r"^(?:kr|nok|sek|dkk|eur|euros?|usd|gbp|chf|dollars?|[$€£¥₹]|%|percent|kwh|wh|kw|w|kg|g|mg|t|tons?|tonnes?|lbs?|oz|km|m|cm|mm|"
    r"ft|feet|in|miles?|mi|metres?|meters?|m2|m²|km2|km²|ha|l|ml|dl|litres?|liters?|c|°c|°f|f|h|hours?|min|minutes?|s|sec|"
    r"seconds?|days?|weeks?|months?|years?|mb|gb|hz|v|a|pcs|pieces|"
    r"(?:[$€£]\s?|in )?(?:thousands?|millions?|billions?|mn|bn|k|m))\b|^[$€£¥%]",
    re.IGNORECASE,
)
_YEAR_NAME = re.compile(r"\b(?:years?|seasons?|since|from|founded|born|period)\b", re.IGNORECASE)


class Cell(NamedTuple):
    """One cell: its characters in the source's text, and what they say."""

    start: int
    end: int
    text: str
    value: Value


class Row(NamedTuple):
    """One row, of `start` to `end` in the source's text; a cell that is not there is None. `place`: "row 12"."""

    start: int
    end: int
    cells: tuple[Cell | None, ...]
    place: str | None = None


class Column(NamedTuple):
    """A column. `unit` is that of its name or of all its cells; `units` are those of its cells, commonest first.

    `decimals`: most that a cell has. `odd`: how many filled cells are not of its kind.
    """

    name: str
    kind: Kind
    unit: str = ""
    units: tuple[str, ...] = ()
    decimals: int = 0
    odd: int = 0


class TypedTable(NamedTuple):
    """A table of one source.

    `name` is what stands above it: a sheet, a heading. `header`: where its column names stand; None where each row
    carries them.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    header: tuple[int, int] | None = None

    def cell(self, row: int, column: int) -> Cell | None:
        """The cell, if it is there and says anything."""
        cell = self.rows[row].cells[column]
        return cell if cell and cell.value.kind != "empty" else None

    def value(self, row: int, column: int) -> Value:
        """What the cell says."""
        cell = self.rows[row].cells[column]
        return cell.value if cell else NOTHING


class RawRow(NamedTuple):
    """A row before its cells are typed: offsets and texts; None where a cell is not there."""

    start: int
    end: int
    cells: list[tuple[int, int, str] | None]
    place: str | None = None


def typed(name: str, names: Sequence[str], rows: Sequence[RawRow], header: tuple[int, int] | None = None) -> TypedTable:
    """The table of these rows, its cells read as their columns have it."""
    columns: list[Column] = []
    cell_values: list[list[Value]] = []
    for number, column_name in enumerate(names):
        texts = [cell[2] if (cell := row.cells[number]) else "" for row in rows]
        column, of_column = _column(column_name, texts)
        columns.append(column)
        cell_values.append(of_column)
    typed_rows = tuple(
        Row(
            row.start,
            row.end,
            tuple(Cell(*cell, cell_values[c][r]) if cell else None for c, cell in enumerate(row.cells)),
            row.place,
        )
        for r, row in enumerate(rows)
    )
    return TypedTable(name, tuple(columns), typed_rows, header)


def _column(name: str, texts: Sequence[str]) -> tuple[Column, list[Value]]:
    comma = _agreed(values.has_decimal_comma(text) for text in texts if len(text) <= values.LONGEST)
    day_first = _agreed(values.is_day_first(text) for text in texts if len(text) <= values.LONGEST)
    cell_values = [values.read(text, comma=bool(comma), day_first=day_first) for text in texts]
    if _are_years(name, texts, cell_values):
        cell_values = [
            values.years(" ".join(text.split())) or value for text, value in zip(texts, cell_values, strict=True)
        ]
    kinds: Counter[Kind] = Counter(value.kind for value in cell_values if value.kind != "empty")
    filled = sum(kinds.values())
    kind: Kind = kinds.most_common(1)[0][0] if kinds else "empty"
    if kinds and kinds[kind] < MOSTLY * filled:
        kind = "text"
    if (
        kind == "text"
        and kinds["number"] + kinds["duration"] > 0
        and kinds["number"] + kinds["duration"] >= MOSTLY * filled
    ):
        kind = "number"
    units = Counter(value.unit for value in cell_values if value.kind == "number" and value.unit)
    in_name = _UNIT_IN_NAME.search(name) if kind == "number" else None
    in_name = in_name if in_name and _UNIT.search(in_name[1] or in_name[2] or "") else None
    unit = next(iter(units)) if len(units) == 1 else (in_name[1] or in_name[2]) if in_name and not units else ""
    decimals = max((value.decimals for value in cell_values), default=0)
    odd = sum(count for other, count in kinds.items() if other != kind) if kind != "text" else 0
    return Column(name, kind, unit, tuple(unit for unit, _ in units.most_common()), decimals, odd), cell_values


def _are_years(name: str, texts: Sequence[str], cell_values: Sequence[Value]) -> bool:
    """Whether numbers of four digits are years: the column is named so, or all are and none repeats a great deal."""
    filled = [" ".join(text.split()) for text, value in zip(texts, cell_values, strict=True) if value.kind != "empty"]
    if not filled:
        return False
    share = sum(values.years(text) is not None for text in filled) / len(filled)
    return share >= (0.5 if _YEAR_NAME.search(name) else 1.0 if re.search(r"\bdate\b", name, re.IGNORECASE) else 2.0)


def _agreed(votes: "Sequence[bool | None] | object") -> bool | None:
    """What the votes say where they agree; None where none is given, or both are."""
    statement = {vote for vote in votes if vote is not None}  # ty: ignore[not-iterable]
    return statement.pop() if len(statement) == 1 else None
