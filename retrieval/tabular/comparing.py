"""Rules for questions that hold two rows, two groups of rows, or two years beside each other."""

import re

from vademecum.retrieval.tabular import roles
from vademecum.retrieval.tabular.linking import Named, Word
from vademecum.retrieval.tabular.plan import Filter, Plan
from vademecum.retrieval.tabular.question_filters import where
from vademecum.retrieval.tabular.question_reading import Reading

YES_OR_NO = re.compile(r"\W*(?:and )?(?:did|does|do|is|are|was|were|has|have|had|can|could)\b")
_UP = "more|above|over|higher|longer|larger|bigger|greater"
_DOWN = "less|fewer|below|under|lower|shorter|smaller"
_CHOICE = rf"(?:({_UP}) or ({_DOWN})|({_DOWN}) or ({_UP}))(?: than)?"
_DIFFERENCE = (
    r"difference|differential|how (?:many|much) (?:more|fewer|less|longer|higher|older)|how much \w+er(?= than)"
)
_SOONER = frozenset("sooner earlier first better before higher".split())


def compared(reading: Reading) -> Plan | None:
    """Which of two is larger, whether A is more than B, how much more, the difference of A and B."""
    pair = _pair(reading)
    if pair is None:
        return None
    sides = tuple((mention,) for value in pair if (mention := reading.value_filter(value)))
    between = reading.text[reading.words[pair[0].last - 1].end : reading.words[pair[1].first].start]
    rest = where(reading, leave=pair)
    return _comparison(reading, sides, rest, either=bool(re.search(r"(?<!\w)or(?!\w)", between)))


def years_compared(reading: Reading) -> Plan | None:
    """Two times of one column: "Did I spend more this year than last year?"."""
    periods = [mention for mention in reading.periods if mention.op == "in"]
    if len(periods) == 1 and reading.find("than last (?:year|month)"):
        now = reading.this(reading.text[periods[0].start : periods[0].end])
        periods = [now, *periods] if now else periods
    if len(periods) != 2 or len(reading.periods) > 2 or not reading.find("than|or|and|difference"):
        return None
    sides = tuple((mention,) for period in periods if (mention := reading.period_filter(period)))
    reading.periods = []
    rest = where(reading)
    return _comparison(reading, sides, rest, either=bool(reading.find("or")), limit=MOST_REST)


MOST_REST = 3


def _comparison(
    reading: Reading,
    sides: tuple[tuple[Filter, ...], ...],
    rest: tuple[Filter, ...] | None,
    *,
    either: bool,
    limit: int = 1,
) -> Plan | None:
    """The plan for two sides and the conditions on both, if the question compares them."""
    difference, choice = reading.find(_DIFFERENCE), reading.find(_CHOICE)
    adjective = next((word for word in reading.words if word.text in roles.ADJECTIVES or word.text in _SOONER), None)
    asks = difference or (adjective and (either or choice or YES_OR_NO.match(reading.text)))
    if not asks or rest is None or len(rest) > limit or len(sides) != 2:
        return None
    column = _measured_column(reading, adjective)
    if column is None:
        return None
    much = roles.ADJECTIVES.get(adjective.text, ("", True))[1] if adjective else True
    much = much != (column == roles.rank_column(reading.table))
    for match in (difference, choice):
        if match:
            reading.use_span(*match.span())
    if adjective:
        reading.use_span(adjective.start, adjective.end)
    plan = Plan(column=column, where=rest, sides=sides, group=sides[0][0].column)
    if choice:
        return plan.model_copy(update=_verdicts(choice))
    action = "difference" if difference else f"{'which ' if either else ''}is {'higher' if much else 'lower'}"
    return plan.model_copy(update={"action": action})


def _verdicts(choice: "re.Match[str]") -> dict[str, object]:
    """What is compared, and what is answered, of "more or less"."""
    first, second = (word for word in choice.groups() if word)
    action = "is higher" if re.fullmatch(_UP, first) else "is lower"
    return {"action": action, "verdicts": (first.capitalize(), second.capitalize())}


def _pair(reading: Reading) -> tuple[Named, Named] | None:
    """The two cells of one column that a question names beside each other."""
    for first_value, second_value in zip(reading.values, reading.values[1:], strict=False):
        between = reading.text[reading.words[first_value.last - 1].end : reading.words[second_value.first].start]
        beside = re.search(r"(?<!\w)(?:or|and|than|vs\.?|versus|from|to)(?!\w)|,|--", between)
        if beside and set(first_value.columns) & set(second_value.columns):
            return first_value, second_value
    return None


def _measured_column(reading: Reading, adjective: Word | None) -> int | None:
    """The column of numbers that a comparison is about."""
    measures = roles.measures(reading.table)
    mentions = [mention for mention in reading.asked.columns if mention.column in measures]
    if mentions:
        best = max(mentions, key=lambda mention: (mention.share, mention.last - mention.first))
        reading.use_names_of(best.column)
        return best.column
    dimension = roles.ADJECTIVES.get(adjective.text if adjective else "", ("", True))[0]
    if dimension:
        return roles.of_dimension(reading.table, dimension)
    if reading.use_spending():
        return roles.of_dimension(reading.table, "price")
    if adjective and adjective.text in _SOONER:
        return roles.rank_column(reading.table)
    return measures[0] if len(measures) == 1 else None


def above_or_below(reading: Reading) -> Plan | None:
    """One row's number against one of the question's: "Does A have at least 10,000?"."""
    if not YES_OR_NO.match(reading.text) or len(reading.comparisons) != 1 or len(reading.values) != 1:
        return None
    choice = reading.find(_CHOICE)
    condition, side = reading.number_filter(reading.comparisons[0]), reading.value_filter(reading.values[0])
    if condition is None or side is None or condition.op in ("between", "="):
        return None
    higher = condition.op in (">", ">=")
    nudge = 0.0 if choice or condition.op in (">", "<") else 1e-9
    plan = Plan(
        action="is higher" if higher else "is lower",
        column=condition.column,
        sides=((side,),),
        limit_value=condition.low - nudge if higher else condition.low + nudge,
    )
    if choice:
        reading.use_span(*choice.span())
        return plan.model_copy(update=_verdicts(choice))
    return plan
