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
    if any(one is None for one in filters):
        return None
    joined = _alternatives(reading, [one for one in filters if one]) + _empty(reading) + _ticked(reading)
    others = [reading.number_filter(one) for one in reading.comparisons]
    others += [reading.period_filter(one) for one in reading.periods]
    if any(one is None for one in others):
        return None
    return tuple(dict.fromkeys([*joined, *(one for one in others if one)]))[:MOST_FILTERS]


def _alternatives(reading: Reading, filters: list[Filter]) -> list[Filter]:
    """The conditions, several cells of one column, of which no row has two, as one: either of them."""
    by_column: dict[tuple[int, bool], list[Filter]] = {}
    for one in filters:
        by_column.setdefault((one.column, one.op.endswith("not")), []).append(one)
    joined: list[Filter] = []
    for (column, is_negated), group in by_column.items():
        if len(group) == 1 or is_negated or _together(reading.table, column, group):
            joined += group
        else:
            op = "has" if any(one.op == "has" for one in group) else "is"
            joined.append(Filter(column=column, op=op, text=group[0].text, others=tuple(one.text for one in group[1:])))
    return joined


def _together(table: TypedTable, column: int, filters: list[Filter]) -> bool:
    """Whether a cell of the column has all of these."""
    needed = [f" {' '.join(tokens(one.text))} " for one in filters]
    cells = (table.cell(row, column) for row in range(len(table.rows)))
    return any(all(words in words_of(cell.text) for words in needed) for cell in cells if cell)


def _ticked(reading: Reading) -> list[Filter]:
    """Rows where a column of yes and no says yes: "have a projector"; "without" is `_empty`'s."""
    found = []
    for match in re.finditer(r"(?<!\w)(?:have|has|had|with|are|is)(?: an?| any| the)?(?!\w)", reading.text):
        place = reading.word_at(match.end())
        for one in reading.asked.columns:
            if one.first == place and reading.table.columns[one.column].kind == "boolean":
                reading.use_names_of(one.column)
                found.append(Filter(column=one.column, op="=", low=1.0, said="is yes"))
    return found


def _empty(reading: Reading) -> list[Filter]:
    """Rows where the column that is named is empty: "no shirt sponsor", "without a note"."""
    found = []
    for match in re.finditer(r"(?<!\w)(?:no|without(?: an?| any)?|not have(?: an?| any)?|lack\w*)(?!\w)", reading.text):
        place = reading.word_at(match.end())
        for one in reading.asked.columns:
            if one.first == place and one.share > 0.6:
                reading.use_span(match.start(), match.end())
                reading.use(one.first, one.last)
                is_boolean = reading.table.columns[one.column].kind == "boolean"
                no = Filter(column=one.column, op="=", low=0.0, said="is no")
                found.append(no if is_boolean else Filter(column=one.column, op="empty"))
    return found
