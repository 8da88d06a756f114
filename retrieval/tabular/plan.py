"""A plan: what is to be done with one table to answer a question. Small, checked, and said in words before it is run.

    Plan(action="sum", column=3, where=(Filter(column=1, op="is", text="electricity"),))
    in_words(plan, table)       # "sum of amount_kr where category is electricity"

Rules make it (`planning.py`), or a model under a grammar of it; whoever makes it, `require_fits` checks it against the
table, and nothing else is run. Columns are numbered from 0.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from vademecum.core.errors import UsageError
from vademecum.retrieval.tabular.table import TypedTable

Action = Literal[
    "show", "count", "count different", "sum", "mean", "highest", "lowest", "difference", "which is higher",
    "which is lower", "is higher", "is lower", "longest run", "most in a group", "least in a group",
]  # fmt: skip
Op = Literal[
    "is", "is not", "is only", "has", "has not", "=", ">", ">=", "<", "<=", "between", "month", "filled", "empty"
]

MOST_FILTERS = 6


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Filter(_Frozen):
    """Rows whose cell meets a condition.

    `is`: the cell, or one part of a list in it, is `text`; `has`: its words are in the cell; of `others` one may stand
    in its place. Numbers and dates are compared as `Value.number`; `between` includes `low` and `high`. `said`: the
    condition in words, where the numbers as they are would not be understood ("in 1998").
    """

    column: int = Field(ge=0)
    op: Op
    text: str = Field(default="", max_length=200)
    others: tuple[str, ...] = Field(default=(), max_length=20)
    low: float = 0.0
    high: float = 0.0
    said: str = Field(default="", max_length=200)


class Plan(_Frozen):
    """What is done with a table: rows are filtered (`where`, all of them; `sides` are two groups of rows to be
    compared), put in order (`order` a column, -1 the order of the table; None: not), cut (`limit` from `offset`), moved
    on from (`step`: 1 the row after, -1 the row before), and then shown, counted or calculated with.

    `column` is what is shown or calculated with; `label` names the rows of an answer that shows a number; `group` is
    what rows are counted or summed by.
    """

    action: Action = "show"
    column: int | None = None
    where: tuple[Filter, ...] = Field(default=(), max_length=MOST_FILTERS)
    sides: tuple[tuple[Filter, ...], ...] = Field(default=(), max_length=2)
    order: int | None = None
    descending: bool = False
    limit: int | None = Field(default=None, ge=1, le=1000)
    offset: int = Field(default=0, ge=0)
    step: Literal[-1, 0, 1] = 0
    group: int | None = None
    grain: Literal["cell", "month", "year"] = "cell"
    """Of a group by a column of dates: whether days of one month, or year, are one."""
    also: tuple[int, ...] = Field(default=(), max_length=3)
    verdicts: tuple[str, str] = ("Yes", "No")
    """What `is higher` and `is lower` answer."""
    limit_value: float | None = None
    """Of `is higher` and `is lower` with one side: the number that it is compared with."""


def require_fits(plan: Plan, table: TypedTable) -> None:
    """Raise where the plan asks for what the table has not.

    Raises:
        UsageError: a column that there is not, a sum of what is no number, a comparison without two sides.
    """
    filters = [*plan.where, *(condition for side in plan.sides for condition in side)]
    columns_used = [condition.column for condition in filters] + [*plan.also]
    columns_used += [number for number in (plan.column, plan.group) if number is not None]
    columns_used += [plan.order] if plan.order is not None and plan.order >= 0 else []
    if any(number >= len(table.columns) for number in columns_used):
        raise UsageError(f"the table has {len(table.columns)} columns; the plan asks for another")
    if plan.action in _NUMERIC and (plan.column is None or table.columns[plan.column].kind not in _MEASURED):
        raise UsageError(f"the {plan.action} needs a column of numbers")
    sides = 0 if plan.action not in _COMPARED else 1 if plan.limit_value is not None else 2
    if len(plan.sides) != sides:
        raise UsageError(f"the plan compares {len(plan.sides)} groups of rows, where {sides} are needed")
    if plan.action.endswith("in a group") and plan.group is None:
        raise UsageError("the plan does not say what rows are grouped by")


_MEASURED = ("number", "duration", "date")
_NUMERIC = (
    "sum",
    "mean",
    "highest",
    "lowest",
    "difference",
    "which is higher",
    "which is lower",
    "is higher",
    "is lower",
)
_COMPARED = ("difference", "which is higher", "which is lower", "is higher", "is lower")


def in_words(plan: Plan, table: TypedTable) -> str:
    """The plan as a person reads it: "sum of amount_kr where category is electricity"."""
    name = table.columns[plan.column].name if plan.column is not None else ""
    where = conditions_in_words(plan.where, table)
    parts = [_ACTIONS[plan.action].format(name=name, group=_group_in_words(plan, table))]
    if plan.sides:
        parts.append("of " + " and ".join(conditions_in_words(side, table) for side in plan.sides))
    if plan.limit_value is not None:
        parts.append(f"against {plan.limit_value:g}")
    if where:
        parts.append(
            (
                "where "
                if plan.step == 0
                else "of the row after that where "
                if plan.step > 0
                else "of the row before that where "
            )
            + where
        )
    if plan.order is not None:
        parts.append(_order_in_words(plan, table))
    return " ".join(part for part in parts if part)


def _group_in_words(plan: Plan, table: TypedTable) -> str:
    if plan.group is None:
        return ""
    name = table.columns[plan.group].name
    return name if plan.grain == "cell" else f"{plan.grain} of {name}"


def conditions_in_words(filters: tuple[Filter, ...], table: TypedTable) -> str:
    """The conditions, joined by "and"."""
    return " and ".join(_condition(condition, table) for condition in filters)


def _condition(condition: Filter, table: TypedTable) -> str:
    name = table.columns[condition.column].name
    if condition.said:
        return f"{name} {condition.said}"
    if condition.op in ("filled", "empty"):
        return f"{name} is {'not ' if condition.op == 'filled' else ''}empty"
    if condition.op == "between":
        return f"{name} is from {condition.low:g} to {condition.high:g}"
    return f"{name} {condition.op} {' or '.join([condition.text, *condition.others]) or format(condition.low, 'g')}"


def _order_in_words(plan: Plan, table: TypedTable) -> str:
    if plan.order == -1:
        place = "last" if plan.descending else "first"
        return (
            f"in the {place} {f'{plan.limit} rows' if (plan.limit or 1) > 1 else 'row'}"
            if not plan.offset
            else f"in row {plan.offset + 1}"
        )
    name = table.columns[plan.order or 0].name
    count = f"{plan.limit} " if plan.limit and plan.limit > 1 else ""
    return f"with the {count}{'highest' if plan.descending else 'lowest'} {name}"


_ACTIONS = {
    "show": "{name}",
    "count": "number of rows",
    "count different": "number of different {name}",
    "sum": "sum of {name}",
    "mean": "mean of {name}",
    "highest": "highest {name}",
    "lowest": "lowest {name}",
    "difference": "difference in {name}",
    "which is higher": "higher {name}",
    "which is lower": "lower {name}",
    "is higher": "comparison of {name}",
    "is lower": "comparison of {name}",
    "longest run": "longest run of rows",
    "most in a group": "{group} with the most {name}",
    "least in a group": "{group} with the least {name}",
}
