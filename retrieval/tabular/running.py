"""Runs a plan on its table: the answer in words, the cells and rows it rests on, and what was left out.

result = run(plan, table)
result.text         # "4,353.40 kr"
result.cells        # [(4, 3), (18, 3), ...]: row and column, from 0
"""

from collections.abc import Sequence
from typing import NamedTuple

from vademecum.language.dates import MONTHS
from vademecum.retrieval.tabular.engine import Engine, tokens
from vademecum.retrieval.tabular.plan import Filter, Plan, require_fits
from vademecum.retrieval.tabular.sql import sql_of
from vademecum.retrieval.tabular.table import Column, TypedTable
from vademecum.retrieval.tabular.wording import counted_in_words, listed, shown_number

SHOWN = 20
"""Values that an answer lists."""


class Result(NamedTuple):
    """What a plan gave.

    `text`: the answer; `rows`: those it rests on; `cells`: row and column of each cell it rests on; `used`: how many
    cells or rows, in words; `left_out`: what was passed over, in words; `number`: of a calculation.
    """

    text: str
    rows: tuple[int, ...]
    cells: tuple[tuple[int, int], ...] = ()
    used: str = ""
    left_out: str = ""
    number: float | None = None


def run(plan: Plan, table: TypedTable) -> Result | None:
    """What the plan gives; None where it gives nothing.

    Raises:
        UsageError: it does not fit the table, or takes too long.
    """
    require_fits(plan, table)
    engine = Engine(table)
    try:
        return _ACTIONS[plan.action](plan, table, engine)
    finally:
        engine.close()


def _chosen(plan: Plan, engine: Engine, filters: Sequence[Filter]) -> list[int]:
    """The rows that meet the conditions, in order, cut as the plan says."""
    where, values = sql_of(filters)
    order = f"n{plan.order}" if plan.order is not None and plan.order >= 0 else "row"
    if order != "row":
        where += f" AND {order} IS NOT NULL"
    sql = f"SELECT row, {order} FROM t WHERE {where} ORDER BY {order} {'DESC' if plan.descending else 'ASC'}, row"
    matches = engine.rows(sql, values)
    if plan.limit is None or plan.step:
        return [row for row, _ in matches]
    cut = matches[plan.offset : plan.offset + plan.limit]
    if cut and order != "row" and not plan.offset:  # who shares the last place has it too
        cut += [more for more in matches[plan.limit :] if more[1] == cut[-1][1]]
    return [row for row, _ in cut]


def _stepped(plan: Plan, engine: Engine, rows: list[int]) -> list[int]:
    """The row before or after those, which must stand together."""
    order = f"n{plan.order}" if plan.order is not None and plan.order >= 0 else "row"
    sequence = [row for (row,) in engine.rows(f"SELECT row FROM t ORDER BY {order}, row")]
    places = sorted(sequence.index(row) for row in rows)
    if not places or places[-1] - places[0] != len(places) - 1:
        return []
    place = places[0] - 1 if plan.step < 0 else places[-1] + 1
    return [sequence[place]] if 0 <= place < len(sequence) else []


def _show(plan: Plan, table: TypedTable, engine: Engine) -> Result | None:
    rows = _chosen(plan, engine, plan.where)
    if plan.step:
        matches = _stepped(plan, engine, rows)
        rows = matches
    column = plan.column or 0
    filled = [row for row in rows if table.cell(row, column)]
    texts_shown: dict[str, int] = {}
    for row in filled:
        texts_shown.setdefault(" ".join(tokens(_with_also(plan, table, row))), row)
    if not texts_shown or len(texts_shown) > SHOWN:
        return None
    texts = [_with_also(plan, table, row) for row in texts_shown.values()]
    cells = tuple((row, c) for row in filled for c in (column, *plan.also))
    missing = len(rows) - len(filled)
    return Result(listed(texts), tuple(filled), cells, "", f"{missing} empty" if missing else "")


def _with_also(plan: Plan, table: TypedTable, row: int) -> str:
    text = cell_text(table, row, plan.column or 0)
    more = [_described(table, row, c) for c in plan.also if table.cell(row, c)]
    return f"{text} ({'; '.join(more)})" if more else text


def _described(table: TypedTable, row: int, column: int) -> str:
    """The cell with its column's name, where neither its unit nor its kind says what it is."""
    of_column, text = table.columns[column], cell_text(table, row, column)
    return f"{of_column.name}: {text}" if of_column.kind == "number" and not of_column.unit else text


def cell_text(table: TypedTable, row: int, column: int) -> str:
    """The cell as it is written, in one line; with the unit of its column where it is a bare number."""
    cell = table.cell(row, column)
    if cell is None:
        return ""
    unit = table.columns[column].unit
    text = " ".join(cell.text.split())
    return f"{text} {unit}" if cell.value.kind == "number" and unit and not cell.value.unit and len(unit) < 12 else text


def _count(plan: Plan, _: TypedTable, engine: Engine) -> Result | None:
    rows = _chosen(plan, engine, plan.where)
    if not rows and not plan.where:
        return None
    return Result(str(len(rows)), tuple(rows), (), counted_in_words(len(rows), "row"), number=float(len(rows)))


def _count_different(plan: Plan, table: TypedTable, engine: Engine) -> Result | None:
    column = plan.column or 0
    rows = [row for row in _chosen(plan, engine, plan.where) if table.cell(row, column)]
    texts = {" ".join(tokens(cell_text(table, row, column))) for row in rows}
    cells = tuple((row, column) for row in rows)
    return (
        Result(str(len(texts)), tuple(rows), cells, counted_in_words(len(rows), "cell"), number=float(len(texts)))
        if rows
        else None
    )


def _calculate(plan: Plan, table: TypedTable, engine: Engine) -> Result | None:
    column = plan.column or 0
    rows = _chosen(plan, engine, plan.where)
    counted = [row for row in rows if table.value(row, column).number is not None]
    if not counted:
        return None
    units = list(dict.fromkeys(unit for row in counted if (unit := table.value(row, column).unit)))
    if len(units) > 1:
        return _by_unit(plan, table, engine, counted, _left_out(table, rows, column))
    number = measured(plan.action, engine, column, counted)
    text = shown_number(
        number, table.columns[column], table.columns[column].decimals, units[0] if units else "", plan.action == "mean"
    )
    omitted = _left_out(table, rows, column)
    cells = tuple((row, column) for row in counted)
    if plan.action in ("highest", "lowest"):
        cells = tuple((row, column) for row in counted if table.value(row, column).number == number)
    return Result(text, tuple(row for row, _ in cells), cells, counted_in_words(len(counted), "cell"), omitted, number)


def _by_unit(plan: Plan, table: TypedTable, engine: Engine, rows: Sequence[int], omitted: str) -> Result:
    """A result for each unit (currency, ...) of the cells: what is in two of them is neither added up nor compared."""
    column, of_unit = plan.column or 0, {}
    for row in rows:
        of_unit.setdefault(table.value(row, column).unit, []).append(row)
    texts_shown, of_column = [], table.columns[column]._replace(unit="")
    for unit, group in of_unit.items():
        number = measured(plan.action, engine, column, group)
        text = shown_number(number, of_column, of_column.decimals, unit, rounds=plan.action == "mean")
        texts_shown.append(text if unit else f"{text} without a unit")
    cells = tuple((row, column) for row in rows)
    return Result(listed(texts_shown), tuple(rows), cells, counted_in_words(len(rows), "cell"), omitted)


def measured(action: str, engine: Engine, column: int, rows: Sequence[int]) -> float:
    """The sum, mean, highest or lowest number of these rows."""
    function = {"sum": "sum", "mean": "avg", "highest": "max", "lowest": "min"}[action]
    within = ", ".join(map(str, rows))
    return float(engine.rows(f"SELECT {function}(n{column}) FROM t WHERE row IN ({within})")[0][0])


def _left_out(table: TypedTable, rows: Sequence[int], column: int) -> str:
    """What of the rows has no number: empty, or text."""
    empty = sum(table.cell(row, column) is None for row in rows)
    odd = sum((cell := table.cell(row, column)) is not None and cell.value.number is None for row in rows)
    parts = [f"{empty} empty" if empty else "", f"{odd} not a number" if odd else ""]
    return ", ".join(part for part in parts if part)


def _side(plan: Plan, table: TypedTable, engine: Engine, side: Sequence[Filter]) -> tuple[float, list[int]] | None:
    """The sum of one side of a comparison, and the rows it rests on."""
    column = plan.column or 0
    rows = [row for row in _chosen(plan, engine, (*plan.where, *side)) if table.value(row, column).number is not None]
    return (measured("sum", engine, column, rows), rows) if rows else None


def _compare(plan: Plan, table: TypedTable, engine: Engine) -> Result | None:
    column = plan.column or 0
    sides = [_side(plan, table, engine, side) for side in plan.sides]
    if any(side is None for side in sides):
        return None
    first = sides[0] or (0.0, [])
    second = (plan.limit_value, []) if plan.limit_value is not None else sides[1] or (0.0, [])
    rows = (*first[1], *second[1])
    cells = tuple((row, column) for row in rows)
    a, b = first[0], float(second[0] or 0)
    of_column = table.columns[column]
    numbers = [shown_number(number, of_column, of_column.decimals, "") for number in (a, b)]
    used = f"{numbers[0]} and {numbers[1]}"
    if plan.action == "difference":
        return Result(shown_number(abs(a - b), of_column, of_column.decimals, ""), rows, cells, used, number=abs(a - b))
    higher = plan.action.endswith("higher")
    if plan.action.startswith("which"):
        if a == b:
            return Result("neither: they are equal", rows, cells, used)
        winner = sides[0] if (a > b) == higher else sides[1]
        label = plan.group or 0
        names = listed(list(dict.fromkeys(cell_text(table, row, label) for row in (winner or first)[1])))
        return Result(names, rows, (*cells, *((row, label) for row in rows)), used)
    is_so = a > b if higher else a < b
    verdict = "Equal" if a == b and plan.verdicts[0] != "Yes" else plan.verdicts[0] if is_so else plan.verdicts[1]
    return Result(verdict, rows, cells, used)


def _longest_run(plan: Plan, table: TypedTable, engine: Engine) -> Result | None:
    rows = set(_chosen(plan, engine, plan.where))
    best: list[int] = []
    run_now: list[int] = []
    for row in range(len(table.rows)):
        run_now = [*run_now, row] if row in rows else []
        best = run_now if len(run_now) > len(best) else best
    return (
        Result(str(len(best)), tuple(best), (), counted_in_words(len(best), "row"), number=float(len(best)))
        if best
        else None
    )


_KEYS = {"cell": "t{0}", "month": "100 * y{0} + m{0}", "year": "y{0}"}


def _group(plan: Plan, table: TypedTable, engine: Engine) -> Result | None:
    group, column = plan.group or 0, plan.column
    counted = column is None or column == group
    where, values = sql_of(plan.where)
    key, measure = _KEYS[plan.grain].format(group), "count(*)" if counted else f"sum(n{column})"
    way = "DESC" if plan.action == "most in a group" else "ASC"
    sql = f"""SELECT {key}, {measure} AS size FROM t WHERE {where} AND {key} IS NOT NULL
              GROUP BY 1 HAVING size IS NOT NULL ORDER BY 2 {way}"""
    matches = engine.rows(sql, values)
    winners = [name for name, size in matches if size == matches[0][1]]
    if not winners or len(winners) > SHOWN:
        return None
    rows, names = [], []
    for winner in winners:
        of_group = [row for (row,) in engine.rows(f"SELECT row FROM t WHERE {where} AND {key} = ?", [*values, winner])]
        rows += of_group
        names.append(_group_name(plan, table, of_group[0], group))
    size = (
        counted_in_words(int(matches[0][1]), "row") if counted else _number(matches[0][1], table.columns[column or 0])
    )
    cells = tuple((row, c) for row in rows for c in ([group] if counted else [group, column or 0]))
    return Result(listed(names), tuple(rows), cells, size, number=float(matches[0][1]))


def _group_name(plan: Plan, table: TypedTable, row: int, group: int) -> str:
    value = table.value(row, group)
    if plan.grain == "cell" or value.year is None:
        return cell_text(table, row, group)
    return f"{MONTHS[value.month - 1]} {value.year}" if plan.grain == "month" and value.month else str(value.year)


def _number(number: float, column: Column) -> str:
    return shown_number(number, column, column.decimals, "")


_ACTIONS = {
    "show": _show,
    "count": _count,
    "count different": _count_different,
    "sum": _calculate,
    "mean": _calculate,
    "highest": _calculate,
    "lowest": _calculate,
    "difference": _compare,
    "which is higher": _compare,
    "which is lower": _compare,
    "is higher": _compare,
    "is lower": _compare,
    "longest run": _longest_run,
    "most in a group": _group,
    "least in a group": _group,
}
