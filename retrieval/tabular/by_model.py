"""From a question to a plan by a language model, under a grammar of the same plan that the rules make.

    proposal = propose_by_model(model, "Which player had the most points in 2012?", table)

The model chooses among the table's columns and names cells; what it names and no cell has, makes no plan.
"""

import re
from datetime import date
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from pydantic import BaseModel, Field, create_model

from vademecum import prompts
from vademecum.core.errors import UsageError
from vademecum.models import model_calls
from vademecum.retrieval.tabular import values
from vademecum.retrieval.tabular.conditions import periods
from vademecum.retrieval.tabular.engine import parts_of, tokens, words_of
from vademecum.retrieval.tabular.plan import Filter, Plan, require_fits
from vademecum.retrieval.tabular.planning import Proposal
from vademecum.retrieval.tabular.table import TypedTable

ROWS_SHOWN = 3
MOST_COLUMNS_SHOWN = 20
CELL_CHARS = 30
COST = 1.25
"""What a model's plan counts as leaving unread: it does not say what it did not understand."""

_Actions = Literal[
    "show", "count", "count different", "sum", "mean", "highest", "lowest", "most in a group", "least in a group"
]


def propose_by_model(model: BaseChatModel, question: str, table: TypedTable) -> Proposal | None:
    """The plan that the model makes for the question; None where it makes none that fits the table.

    Raises:
        ModelError: it did not answer.
    """
    if len(table.columns) > MOST_COLUMNS_SHOWN:
        return None
    names = [column.name for column in table.columns]
    prompt = prompts.load("retrieval/table-plan")
    rows = "\n".join(_line([_cell(table, row, column) for column in range(len(names))]) for row in _rows_shown(table))
    kinds = _line([f"{column.name} ({column.kind})" for column in table.columns])
    messages = prompt.render(columns=kinds, rows=rows, question=question)
    reply: Any = model_calls.fill(model, _form(names), messages, silent=True)
    if reply is None:
        return None
    plan = _plan(reply, names, table)
    try:
        if plan is not None:
            require_fits(plan, table)
    except UsageError:
        return None
    return None if plan is None else Proposal(plan, COST)


def _form(names: list[str]) -> type[BaseModel]:
    """The form of the reply, which becomes a grammar: columns are those of the table."""
    column: Any = Literal[tuple(names)]  # ty: ignore[invalid-type-form]
    condition: Any = create_model(
        "Condition",
        column=(column, ...),
        op=(Literal["is", "is not", ">", "<", ">=", "<="], ...),
        text=(str, Field(min_length=1, max_length=60)),
    )
    fields: dict[str, Any] = {
        "where": (list[condition], Field(max_length=3)),
        "action": (_Actions, ...),
        "column": (column, ...),
        "order": (Literal["none", "highest", "lowest", "first", "last"], ...),
        "order_column": (column, ...),
        "limit": (int, Field(ge=1, le=20)),
    }
    return create_model("TablePlan", **fields)


def _plan(reply: Any, names: list[str], table: TypedTable) -> Plan | None:
    filters = [_filter(condition, names.index(condition.column), table) for condition in reply.where]
    if any(condition is None for condition in filters):
        return None
    column, grouped = names.index(reply.column), reply.action.endswith("in a group")
    plan = Plan(
        action=reply.action,
        column=None if grouped or reply.action == "count" else column,
        group=column if grouped else None,
        where=tuple(condition for condition in filters if condition),
    )
    if reply.action != "show" or reply.order == "none":
        return plan
    by_place = reply.order in ("first", "last")
    order = {"order": -1 if by_place else names.index(reply.order_column), "limit": reply.limit}
    return plan.model_copy(update={**order, "descending": reply.order in ("highest", "last")})


def _filter(condition: Any, column: int, table: TypedTable) -> Filter | None:
    """The condition as a filter; None where no cell has what it names."""
    text = condition.text.strip()
    if table.columns[column].kind == "date" and (days := periods(f"in {text.casefold()}", date.today())):
        low, high = days[0].low, days[0].high
        bounds = {"is": (low, high), ">": (high + 1, 1e8), "<": (0.0, low - 1), ">=": (low, 1e8), "<=": (0.0, high)}
        if condition.op in bounds and not days[0].month:
            low, high = bounds[condition.op]
            words = {"is": "in", ">": "after", "<": "before", ">=": "since", "<=": "until"}[condition.op]
            return Filter(column=column, op="between", low=low, high=high, said=f"{words} {text}")
    if condition.op in (">", "<", ">=", "<="):
        number = values.read(re.sub(r"^[^\d+-]*", "", text)).number
        return None if number is None else Filter(column=column, op=condition.op, low=number)
    words = " ".join(tokens(text))
    cells = [row.cells[column] for row in table.rows]
    if not words:
        return None
    if any(cell and f"|{words}|" in parts_of(cell.text) for cell in cells):
        return Filter(column=column, op=condition.op, text=text)
    if any(cell and f" {words} " in words_of(cell.text) for cell in cells):
        return Filter(column=column, op="has" if condition.op == "is" else "has not", text=text)
    return None


def _rows_shown(table: TypedTable) -> range:
    return range(min(ROWS_SHOWN, len(table.rows)))


def _cell(table: TypedTable, row: int, column: int) -> str:
    cell = table.cell(row, column)
    return " ".join(cell.text.split())[:CELL_CHARS] if cell else ""


def _line(cells: list[str]) -> str:
    """One row, unable to end the fence around it."""
    return " | ".join(cell.replace("<", "‹").replace("|", "/") for cell in cells)
