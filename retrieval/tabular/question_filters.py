"""All conditions that a question puts to a table, as filters of a plan."""

import re

from vademecum.retrieval.tabular.engine import tokens, words_of
from vademecum.retrieval.tabular.linking import Named
from vademecum.retrieval.tabular.plan import MOST_FILTERS, Filter
from vademecum.retrieval.tabular.question_reading import Reading
from vademecum.retrieval.tabular.table import TypedTable


def where(reading: Reading, *, leave: "tuple[Named, ...]" = ()) -> tuple[Filter, ...] | None:
    """The conditions of the question but for the cells that `leave` names; None where one cannot be placed."""
    filters = [reading.value_filter(value) for value in reading.values if value not in leave]
    if any(condition is None for condition in filters):
        return None
    joined = (
        _alternatives(reading, [condition for condition in filters if condition]) + _empty(reading) + _ticked(reading)
    )
    others = [reading.number_filter(condition) for condition in reading.comparisons]
    others += [reading.period_filter(condition) for condition in reading.periods]
    if any(condition is None for condition in others):
        return None
    return tuple(dict.fromkeys([*joined, *(condition for condition in others if condition)]))[:MOST_FILTERS]


def _alternatives(reading: Reading, filters: list[Filter]) -> list[Filter]:
    """The conditions, several cells of one column, of which no row has two, as one: either of them."""
    by_column: dict[tuple[int, bool], list[Filter]] = {}
    for condition in filters:
        by_column.setdefault((condition.column, condition.op.endswith("not")), []).append(condition)
    joined: list[Filter] = []
    for (column, is_negated), group in by_column.items():
        if len(group) == 1 or is_negated or _together(reading.table, column, group):
            joined += group
        else:
            op = "has" if any(condition.op == "has" for condition in group) else "is"
            joined.append(
                Filter(
                    column=column, op=op, text=group[0].text, others=tuple(condition.text for condition in group[1:])
                )
            )
    return joined


def _together(table: TypedTable, column: int, filters: list[Filter]) -> bool:
    """Whether a cell of the column has all of these."""
    needed = [f" {' '.join(tokens(condition.text))} " for condition in filters]
    cells = (table.cell(row, column) for row in range(len(table.rows)))
    return any(all(words in words_of(cell.text) for words in needed) for cell in cells if cell)


def _ticked(reading: Reading) -> list[Filter]:
    """Rows where a column of yes and no says yes: "have a projector"; "without" is `_empty`'s."""
    conditions = []
    for match in re.finditer(r"(?<!\w)(?:have|has|had|with|are|is)(?: an?| any| the)?(?!\w)", reading.text):
        place = reading.word_at(match.end())
        for condition in reading.asked.columns:
            if condition.first == place and reading.table.columns[condition.column].kind == "boolean":
                reading.use_names_of(condition.column)
                conditions.append(Filter(column=condition.column, op="=", low=1.0, said="is yes"))
    return conditions


def _empty(reading: Reading) -> list[Filter]:
    """Rows where the column that is named is empty: "no shirt sponsor", "without a note"."""
    conditions = []
    for match in re.finditer(r"(?<!\w)(?:no|without(?: an?| any)?|not have(?: an?| any)?|lack\w*)(?!\w)", reading.text):
        place = reading.word_at(match.end())
        for condition in reading.asked.columns:
            if condition.first == place and condition.share > 0.6:
                reading.use_span(match.start(), match.end())
                reading.use(condition.first, condition.last)
                is_boolean = reading.table.columns[condition.column].kind == "boolean"
                no = Filter(column=condition.column, op="=", low=0.0, said="is no")
                conditions.append(no if is_boolean else Filter(column=condition.column, op="empty"))
    return conditions
