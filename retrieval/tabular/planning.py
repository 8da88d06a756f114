"""From a question to a plan by rules, without a model.

    proposal = propose("How much did I spend on electricity in total?", table)
    in_words(proposal.plan, table)      # "sum of amount_kr where category is electricity"
    proposal.cost                       # 0.0: every word of the question is accounted for

A rule for each kind of question, tried in order; the first that fits makes the plan.
"""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from vademecum.retrieval.tabular import roles
from vademecum.retrieval.tabular.comparing import YES_OR_NO, above_or_below, compared, years_compared
from vademecum.retrieval.tabular.counting import COUNTING, counted, longest_run, totalled, unheard
from vademecum.retrieval.tabular.ordering import neighbour, placed, superlative
from vademecum.retrieval.tabular.plan import Plan
from vademecum.retrieval.tabular.question_filters import where
from vademecum.retrieval.tabular.question_reading import Reading
from vademecum.retrieval.tabular.table import TypedTable
from vademecum.retrieval.tabular.targets import target_of


class Proposal(NamedTuple):
    """A plan, and how much of the question it leaves unread: 0 nothing, 1 a word of weight."""

    plan: Plan
    cost: float
    unread: tuple[str, ...] = ()


def propose(question: str, table: TypedTable, *, today: date | None = None, topic: str = "") -> Proposal | None:
    """The plan for the question; None where no rule fits. `topic`: further words that the table speaks of."""
    for rule in RULES:
        reading = Reading(question, table, today or date.today(), topic)
        plan = rule(reading)
        if plan is not None:
            return Proposal(plan, reading.cost(), tuple(word.text for word in reading.unread()))
    return None


_HOW = {
    "long": "length", "tall": "height", "high": "height", "old": "age", "heavy": "weight", "much": "price",
    "far": "length", "big": "size", "large": "size", "fast": "speed",
}  # fmt: skip


def looked_up(reading: Reading) -> Plan | None:
    """Which cell of a column stands in the rows that the question describes."""
    if (
        YES_OR_NO.match(reading.text)
        or reading.find(f"{COUNTING}|average|difference|in total|total years")
        or unheard(reading)
    ):
        return None
    target = _how(reading) if reading.find(f"how ({'|'.join(_HOW)})") else target_of(reading)
    filters = where(reading)
    if not filters:
        return None
    conditions = {condition.column for condition in filters}
    if target in {condition.column for condition in filters if condition.op == "empty"}:
        target = next(iter(roles.date_columns(reading.table)), roles.key_column(reading.table))
    if target is None:
        target = next(
            (condition.column for condition in reading.asked.columns if condition.column not in conditions), None
        )
    if target is None and reading.find("which|who|list|name|what"):
        target = roles.key_column(reading.table)
        reading.doubts += 0.25
    if target is None:
        return None
    if target in conditions:
        reading.doubts += 1.0
    reading.use_names_of(target)
    reading.use_spending()
    return Plan(column=target, where=filters)


def _how(reading: Reading) -> int | None:
    """The column of the measure that "how long" or "how old" asks for."""
    how = reading.find(f"how ({'|'.join(_HOW)})")
    if how is None:
        return None
    reading.use_span(*how.span())
    measures = roles.measures(reading.table)
    durations = [column for column in measures if reading.table.columns[column].kind == "duration"]
    if how[1] == "long":
        reading.has(r"(?:did|does|do) it take|(?:to )?(?:complete|finish|run)(?: the \w+)?")
    return durations[0] if how[1] == "long" and durations else roles.of_dimension(reading.table, _HOW[how[1]])


RULES: tuple[Callable[[Reading], Plan | None], ...] = (
    longest_run, compared, years_compared, above_or_below, totalled, counted, neighbour, superlative, placed, looked_up,
)  # fmt: skip
"""In the order in which they are tried."""
