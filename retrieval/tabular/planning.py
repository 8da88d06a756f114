"""From a question to a plan by rules, without a model.

    proposal = propose("How much did I spend on electricity in total?", table)
    in_words(proposal.plan, table)      # "sum of amount_kr where category is electricity"
    proposal.cost                       # 0.0: every word of the question is accounted for

A rule for each kind of question, tried in order; the first that fits makes the plan.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from vademecum.language.numbers import COUNT_WORDS
from vademecum.retrieval.tabular import roles
from vademecum.retrieval.tabular.engine import tokens, words_of
from vademecum.retrieval.tabular.linking import Named
from vademecum.retrieval.tabular.plan import Filter, Plan
from vademecum.retrieval.tabular.reading_question import Reading
from vademecum.retrieval.tabular.table import Table

COUNTING = r"how many(?: times)?|how often|number of(?: times)?|count of|total count|amount of times"


class Proposal(NamedTuple):
    """A plan, and how much of the question it leaves unread: 0 nothing, 1 a word of weight."""

    plan: Plan
    cost: float
    unread: tuple[str, ...] = ()


def propose(question: str, table: Table, *, today: date | None = None, topic: str = "") -> Proposal | None:
    """The plan for the question; None where no rule fits. `topic`: further words that the table speaks of."""
    for rule in RULES:
        reading = Reading(question, table, today or date.today(), topic)
        plan = rule(reading)
        if plan is not None:
            return Proposal(plan, reading.cost(), tuple(word.text for word in reading.unread()))
    return None


def where(reading: Reading, *, leave: "tuple[Named, ...]" = ()) -> tuple[Filter, ...] | None:
    """All conditions of the question but those `leave` names; None where one cannot be placed."""
    filters: list[Filter] = []
    for value in reading.values:
        if value in leave:
            continue
        one = reading.value_filter(value)
        if one is None:
            return None
        filters.append(one)
    filters = _alternatives(reading, filters)
    filters += _empty(reading)
    for comparison in reading.comparisons:
        one = reading.number_filter(comparison)
        if one is None:
            return None
        filters.append(one)
    for period in reading.periods:
        one = reading.period_filter(period)
        if one is None:
            return None
        filters.append(one)
    return tuple(_merged(filters))


def _alternatives(reading: Reading, filters: list[Filter]) -> list[Filter]:
    """The conditions, several cells of one column, of which no row has two, as one: either of them."""
    by_column: dict[tuple[int, str], list[Filter]] = {}
    for one in filters:
        by_column.setdefault((one.column, "not" if one.op.endswith("not") else "is"), []).append(one)
    joined: list[Filter] = []
    for (column, kind), group in by_column.items():
        if len(group) == 1 or kind == "not" or _together(reading.table, column, group):
            joined += group
        else:
            op = "has" if any(one.op == "has" for one in group) else "is"
            joined.append(Filter(column=column, op=op, text=group[0].text, others=tuple(one.text for one in group[1:])))
    return joined


def _together(table: Table, column: int, filters: list[Filter]) -> bool:
    """Whether a cell of the column has all of these."""
    needed = [f" {' '.join(tokens(one.text))} " for one in filters]
    cells = (table.cell(row, column) for row in range(len(table.rows)))
    return any(all(words in words_of(cell.text) for words in needed) for cell in cells if cell)


def _empty(reading: Reading) -> list[Filter]:
    """ "no shirt sponsor", "without a note": rows where the column named behind it is empty."""
    found = []
    for match in re.finditer(r"(?<!\w)(?:no|without(?: an?| any)?|not have(?: an?| any)?|lack\w*)(?!\w)", reading.text):
        place = reading.word_at(match.end())
        for one in reading.asked.columns:
            if one.first == place and one.share > 0.6:
                reading.use_span(match.start(), match.end())
                reading.use(one.first, one.last)
                found.append(Filter(column=one.column, op="empty"))
    return found


def _merged(filters: list[Filter]) -> list[Filter]:
    """Each condition once; of one column, two cells that it cannot both be are not asked for together."""
    merged: dict[tuple[Any, ...], Filter] = {}
    for one in filters:
        merged.setdefault((one.column, one.op, one.text, one.low, one.high), one)
    return list(merged.values())[:6]


# Two rows, or two groups of rows, beside each other

_YES_OR_NO = re.compile(r"\W*(?:did|does|do|is|are|was|were|has|have|had|can|could)\b")
_MORE_OR_LESS = r"(?:(more) or (less|fewer)|(less|fewer) or (more)|(above|over) or (below|under)|(higher|longer|larger|bigger) or (lower|shorter|smaller))(?: than)?"
_SOONER = frozenset("sooner earlier first better before higher".split())


def compared(reading: Reading) -> Plan | None:
    """ "Which is larger, A or B?", "did A score more than B?", "how many more has A than B?", "the difference of A and B"."""
    pair = _pair(reading)
    if pair is None:
        return None
    left, right = pair
    difference = reading.find(r"difference|differential|how (?:many|much) (?:more|fewer|less|longer|higher|older)|how much (?:\w+er)")
    either = re.search(r"(?<!\w)or(?!\w)", reading.text[reading.words[left.last - 1].end : reading.words[right.first].start + 3])
    choice = reading.find(_MORE_OR_LESS)
    adjective = next((word for word in reading.words if word.text in roles.ADJECTIVES or word.text in _SOONER), None)
    if not difference and not (adjective and (either or choice or _YES_OR_NO.match(reading.text))):
        return None
    column = _measured_column(reading, adjective.text if adjective else "")
    sides = tuple(_side(reading, value) for value in (left, right))
    rest = where(reading, leave=pair)
    if column is None or any(side is None for side in sides) or rest is None or len(rest) > 1:
        return None
    much = roles.ADJECTIVES.get(adjective.text, ("", True))[1] if adjective else True
    if column == roles.rank_column(reading.table):
        much = not much
    for match in (difference, choice):
        if match:
            reading.use_span(*match.span())
    if adjective:
        reading.use(reading.words.index(adjective), reading.words.index(adjective) + 1)
    label = (sides[0] or (Filter(column=0, op="is"),))[0].column
    if choice:
        first, second = (word for word in choice.groups() if word)
        more = first in ("more", "above", "over", "higher", "longer", "larger", "bigger")
        verdicts = (first.capitalize(), second.capitalize())
        action = f"is {'higher' if more else 'lower'}"
        return Plan(action=action, column=column, where=rest, sides=sides, verdicts=verdicts)  # ty: ignore[invalid-argument-type]
    action = "difference" if difference else f"{'which ' if either else ''}is {'higher' if much else 'lower'}"
    return Plan(action=action, column=column, where=rest, sides=sides, group=label)  # ty: ignore[invalid-argument-type]


def _pair(reading: Reading) -> tuple[Named, Named] | None:
    """The two cells of one column that a question names beside each other."""
    for left, right in zip(reading.values, reading.values[1:], strict=False):
        shared = set(left.columns) & set(right.columns)
        between = reading.text[reading.words[left.last - 1].end : reading.words[right.first].start]
        if shared and re.search(r"(?<!\w)(?:or|and|than|vs\.?|versus|from|to)(?!\w)|,|--", between):
            return left, right
    return None


def _side(reading: Reading, value: Named) -> tuple[Filter, ...] | None:
    one = reading.value_filter(value)
    return None if one is None else (one,)


def _measured_column(reading: Reading, adjective: str) -> int | None:
    """The column of numbers that a comparison is about."""
    measures = roles.measures(reading.table)
    named = [one for one in reading.asked.columns if one.column in measures]
    if named:
        best = max(named, key=lambda one: (one.share, one.last - one.first))
        reading.use(best.first, best.last)
        return best.column
    dimension = roles.ADJECTIVES.get(adjective, ("", True))[0]
    if dimension:
        return roles.of_dimension(reading.table, dimension)
    if any(word.text in roles.SPENDING for word in reading.words):
        return roles.of_dimension(reading.table, "price")
    return roles.rank_column(reading.table) if adjective in _SOONER else None


def above_or_below(reading: Reading) -> Plan | None:
    """ "Does A have at least 10,000?", "is A more or less than 8?": one row's number against one that the question gives."""
    if not _YES_OR_NO.match(reading.text):
        return None
    choice = reading.find(_MORE_OR_LESS)
    if len(reading.comparisons) != 1 or len(reading.values) != 1 or reading.comparisons[0].op == "between":
        return None
    condition, side = reading.number_filter(reading.comparisons[0]), _side(reading, reading.values[0])
    if condition is None or side is None:
        return None
    verdicts = ("Yes", "No")
    higher = condition.op in (">", ">=")
    if choice:
        first, second = (word for word in choice.groups() if word)
        higher, verdicts = first in ("more", "above", "over", "higher", "longer", "larger", "bigger"), (first.capitalize(), second.capitalize())
        reading.use_span(*choice.span())
    nudge = 1e-9 if condition.op in (">=", "<=") and not choice else 0.0
    limit = condition.low - nudge if higher else condition.low + nudge
    action = "is higher" if higher else "is lower"
    return Plan(action=action, column=condition.column, sides=(side,), limit_value=limit, verdicts=verdicts)


# Counting and calculating


_UNHEARD = r"alphabetical\w*|starts? with|start with an?|begins? with|letters?|vowels?|last names?|first names?|per (?:month|year|week|day)|a (?:month|year|week|day)|each (?:month|year)|every (?:month|year)|how long ago|since when"
"""What no plan can express yet."""


def counted(reading: Reading) -> Plan | None:
    """ "How many ...?": of a column of numbers what it holds, else how many rows there are."""
    match = reading.find(COUNTING)
    if not match or reading.find("consecutive|in a row|average|difference|how many more|how many fewer"):
        return None
    if _order_word(reading) or reading.find(_UNHEARD):
        return None
    reading.use_span(*match.span())
    place = reading.word_at(match.end())
    if reading.words[place : place + 1] and reading.words[place].text in ("total", "of", "the"):
        place += 1
    reading.values = [value for value in reading.values if value.first != place or value.whole]
    named = next((one for one in reading.asked.columns if place <= one.first <= place + 2), None)
    different = reading.has("different|distinct|unique|various")
    numeric = named is not None and named.column in roles.measures(reading.table)
    filters = where(reading)
    if filters is None:
        return None
    if named is not None:
        reading.use(named.first, named.last)
        used_as_condition = any(one.column == named.column for one in filters)
        if numeric and not used_as_condition:
            return _amount(reading, named.column, filters)
        if different and not numeric:
            return Plan(action="count different", column=named.column, where=filters)
    elif place < len(reading.words):
        noun = reading.words[place]
        if not filters and not reading.find("listed|table|chart|list|there|in total|altogether"):
            return None
        if noun.is_content and place not in reading.used:
            reading.use(place, place + 1)  # what the rows are, which no column need say
            reading.doubts += 0.0 if filters else 0.5
    if not filters and named is not None and reading.table.columns[named.column].kind == "text":
        filters = (Filter(column=named.column, op="filled"),)
    return Plan(action="count", where=filters)


def _amount(reading: Reading, column: int, filters: tuple[Filter, ...]) -> Plan:
    """What a column of numbers holds: of one row as it stands, of several their sum."""
    return Plan(action="sum", column=column, where=filters)


def totalled(reading: Reading) -> Plan | None:
    """Sums and means: "in total", "altogether", "combined", "on average", and how much was spent."""
    mean = reading.find("average|mean|on average|typical(?:ly)?")
    total = reading.find("total|in total|altogether|all together|combined|sum(?: of)?|add up|in all|overall")
    if total and _in_column_name(reading, total.start()):
        total = None
    much = reading.find("how much|what (?:did|do|have|has) (?:i|we|you|he|she|they) (?:\\w+ )?(?:spend|spent|pay|paid)")
    spending = [place for place, word in enumerate(reading.words) if word.text in roles.SPENDING]
    if not (mean or total or (much and spending)) or reading.find("difference") or _superlative(reading):
        return None
    measures = roles.measures(reading.table)
    named = [one for one in reading.asked.columns if one.column in measures]
    column = max(named, key=lambda one: one.share).column if named else None
    if column is None and spending:
        column = roles.of_dimension(reading.table, "price")
    if column is None:
        return None
    for one in named:
        if one.column == column:
            reading.use(one.first, one.last)
    for match in (mean, total, much):
        if match:
            reading.use_span(*match.span())
    for place in spending:
        reading.use(place, place + 1)
    filters = where(reading)
    if filters is None:
        return None
    return Plan(action="mean" if mean else "sum", column=column, where=filters)


def _in_column_name(reading: Reading, position: int) -> bool:
    place = reading.word_at(position)
    return any(one.first <= place < one.last for one in reading.asked.columns)


def longest_run(reading: Reading) -> Plan | None:
    """ "How many consecutive years was A ...?"."""
    if not reading.has("consecutive(?:ly)?|in a row"):
        return None
    reading.has(COUNTING)
    reading.has("longest|most|largest")
    filters = where(reading)
    for one in reading.asked.columns:
        reading.use(one.first, one.last)
    return Plan(action="longest run", where=filters) if filters else None


# Order


def _order_word(reading: Reading) -> bool:
    return bool(reading.find("the top|the (?:most|least|highest|lowest|largest|smallest|longest|shortest|best|worst|fewest)"))


_NUMBER_WORDS = "|".join(COUNT_WORDS)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "2nd": 1, "3rd": 2, "4th": 3, "5th": 4}


def superlative(reading: Reading) -> Plan | None:
    """ "Which has the most ...?", "the three cheapest": rows in the order of a column of numbers."""
    found = _superlative(reading)
    if found is None:
        return None
    place, dimension, much = found
    reading.use(place, place + 1)
    limit = _how_many(reading, place)
    column = _ordered_column(reading, place, dimension)
    target = _target(reading, besides=column)
    if column is None:
        return _most_frequent(reading, place, much)
    filters = where(reading)
    if filters is None:
        return None
    asked_for_number = target is None or target == column
    if asked_for_number and re.match(r"\W*(?:what|how)\b", reading.text) and not reading.find("which"):
        also_named = target is None and reading.text.startswith(("what", "how"))
        if also_named or target == column:
            return Plan(action="highest" if much else "lowest", column=column, where=filters)
    shown = target if target is not None and target != column else roles.key_column(reading.table)
    if _repeats(reading.table, shown) and target is not None and limit == 1 and not filters:
        return Plan(
            action="most in a group" if much else "least in a group", column=column, group=shown, where=filters
        )
    return Plan(action="show", column=shown, where=filters, order=column, descending=much, limit=limit, also=(column,))


def _superlative(reading: Reading) -> tuple[int, str, bool] | None:
    """Where the word of order stands, the dimension it speaks of, and whether much of it is asked for."""
    for place, word in enumerate(reading.words):
        following = reading.words[place + 1].text if place + 1 < len(reading.words) else ""
        if word.text in ("most", "least") and following in roles.ADJECTIVES:
            dimension, much = roles.ADJECTIVES[following]
            reading.use(place, place + 2)
            return place + 1, dimension, much == (word.text == "most")
        if word.text in ("latest", "newest") or (word.text == "most" and following == "recent"):
            return place, "time", True
        if word.text == "earliest":
            return place, "time", False
        before = reading.words[place - 1].text if place else ""
        if before == "at":
            continue
        if word.text in roles.ADJECTIVES and (word.text.endswith(("est", "most")) or word.text in ("most", "least", "maximum", "minimum", "max", "min")):
            return place, *roles.ADJECTIVES[word.text]
        if word.text in roles.ADJECTIVES and before == "the" and not reading.find("than"):
            return place, *roles.ADJECTIVES[word.text]
        if word.text == "top" and before == "the" and _named_measure(reading, place):
            return place, "", True
    return None


def _named_measure(reading: Reading, place: int) -> bool:
    measures = roles.measures(reading.table)
    return any(one.column in measures and one.first in (place + 1, place + 2) for one in reading.asked.columns)


def _ordered_column(reading: Reading, place: int, dimension: str) -> int | None:
    """The column that the order is of: the one named behind the word, or that its dimension speaks of."""
    if dimension == "time":
        dates = roles.date_columns(reading.table)
        return dates[0] if dates else None
    measures = roles.measures(reading.table)
    behind = [one for one in reading.asked.columns if one.column in measures and place <= one.first <= place + 6]
    anywhere = [one for one in reading.asked.columns if one.column in measures]
    named = min(behind, key=lambda one: one.first, default=None) or next(iter(anywhere), None)
    if named is not None:
        reading.use(named.first, named.last)
        return named.column
    for spending in (number for number, word in enumerate(reading.words) if word.text in roles.SPENDING):
        reading.use(spending, spending + 1)
        return roles.of_dimension(reading.table, "price")
    return roles.of_dimension(reading.table, dimension) if dimension else None


def _how_many(reading: Reading, place: int) -> int:
    """How many are asked for: "the three cheapest", "the 5 largest"."""
    for at in (place - 1, place + 1):
        if 0 <= at < len(reading.words):
            text = reading.words[at].text
            number = COUNT_WORDS.get(text) or (int(text) if text.isdigit() and len(text) < 3 else 0)
            if number:
                reading.use(at, at + 1)
                return number
    return 1


def _repeats(table: Table, column: int) -> bool:
    """Whether a column has the same cell in several rows, so that rows can be counted by it."""
    cells = [cell.text for row in range(len(table.rows)) if (cell := table.cell(row, column))]
    return len(set(cells)) < 0.8 * len(cells)


def _most_frequent(reading: Reading, place: int, much: bool) -> Plan | None:
    """ "Which team won the most games?": the cell of a column that most rows have."""
    target = _target(reading)
    if target is None or not _repeats(reading.table, target):
        return None
    following = reading.words[place + 1 : place + 3]
    for number, word in enumerate(following, place + 1):
        if word.is_content:
            reading.use(number, number + 1)
    named = [one for one in reading.asked.columns if one.column != target]
    filters = where(reading)
    if filters is None or len(named) > 1:
        return None
    for one in named:
        reading.use(one.first, one.last)
        reading.doubts += 0.5
    return Plan(action="most in a group" if much else "least in a group", group=target, where=filters)


def _target(reading: Reading, besides: int | None = None) -> int | None:
    """The column that is asked for: named behind "which" or "what", or by "who", "when", "where"."""
    match = reading.find(r"which|what|whose|list|name|who|when|where|whom")
    if match:
        place = reading.word_at(match.start())
        reading.use(place, place + 1)
        behind = [one for one in reading.asked.columns if place < one.first <= place + 4 and one.column != besides]
        word = reading.words[place].text
        if word in ("which", "what", "list", "name", "whose") and behind:
            best = min(behind, key=lambda one: (one.first, -one.share))
            reading.use(best.first, best.last)
            return best.column
        if word in ("who", "when", "where", "whom", "whose"):
            named = [one for one in reading.asked.columns if one.column != besides and reading.table.columns[one.column].kind != "number"]
            next_to = [one for one in named if place < one.first <= place + 2]
            named = next_to[:1] or named
            if len(named) == 1 and word in ("who", "whom"):
                reading.use(named[0].first, named[0].last)
                return named[0].column
            return roles.column_for(reading.table, word.replace("whom", "who"))
    named = [one for one in reading.asked.columns if one.column != besides]
    if len(named) == 1:
        reading.use(named[0].first, named[0].last)
        return named[0].column
    return None


def neighbour(reading: Reading) -> Plan | None:
    """ "What comes after A?", "who was it before B?": the row beside the one that is named."""
    match = reading.find(r"after|before|next(?: \w+)? (?:after|to)|following|follows|previous to|prior to|above|below|preced\w+")
    if not match:
        return None
    behind = [value for value in reading.values if reading.words[value.first].start >= match.end()]
    day = next((one for one in reading.periods if one.grain == "day" and one.op in ("before", "after")), None)
    if not behind and day is None:
        return None
    if reading.find(COUNTING):
        return None
    target = _target(reading)
    back = bool(re.match(r"before|previous|prior|above|preced", match.group()))
    if day is not None:
        reading.periods = [one._replace(op="in") if one is day else one for one in reading.periods]
        one = reading.periods[0]
        reading.periods = [one._replace(low=day.high + 1 if back else day.low - 1, high=day.high + 1 if back else day.low - 1)]
    filters = where(reading)
    reading.use_span(*match.span())
    reading.has("directly|immediately|right|just|next|listed|come|comes|came")
    if not filters:
        return None
    column = target if target is not None else filters[-1].column
    return Plan(action="show", column=column, where=filters, step=-1 if back else 1, order=_time_order(reading))


def _time_order(reading: Reading) -> int | None:
    """The column of dates, where rows stand from the latest to the earliest and the question is not of the list."""
    if reading.find("list|listed|table|chart|above|below"):
        return None
    for column in roles.date_columns(reading.table):
        numbers = [value for row in range(len(reading.table.rows)) if (value := reading.table.value(row, column).number)]
        if len(numbers) > 2 and all(a >= b for a, b in zip(numbers, numbers[1:], strict=False)) and numbers[0] > numbers[-1]:
            return column
    return None


def placed(reading: Reading) -> Plan | None:
    """ "The first episode", "the last stadium listed": rows by their place, or by their date or rank."""
    match = reading.find(r"first|last|final|top|bottom|second|third|fourth|fifth|2nd|3rd|4th|5th")
    if not match or reading.find(COUNTING) or reading.find(_UNHEARD) or _YES_OR_NO.match(reading.text):
        return None
    word = match.group()
    reading.use_span(*match.span())
    place = reading.word_at(match.start())
    ranked = reading.find(r"place|finish\w*|(?:came|come|comes|coming) in|rank\w*|won|racer|driver|rider|runner|top (?:racer|driver|rider|runner|player)")
    listed = reading.has("list(?:ed)?|table|chart|on the list|at the top")
    limit = _how_many(reading, place)
    target = _target(reading)
    filters = where(reading)
    if filters is None:
        return None
    rank, dates = roles.rank_column(reading.table), roles.date_columns(reading.table)
    last = word in ("last", "final", "bottom")
    order = -1
    if not listed and ranked and rank is not None:
        order = rank
        reading.use_span(*ranked.span())
    elif not listed and dates and word not in ("top", "bottom"):
        order = dates[0]
    column = target if target is not None else roles.key_column(reading.table)
    if order == rank and not last and rank is not None:
        number = _ORDINALS.get(word, 0) + 1
        condition = Filter(column=rank, op="=", low=number, said=f"is {number}") if limit == 1 else Filter(column=rank, op="<=", low=limit)
        return Plan(action="show", column=column, where=(*filters, condition))
    return Plan(action="show", column=column, where=filters, order=order, descending=last, limit=limit, offset=_ORDINALS.get(word, 0))


# Looking up


_HOW = {"long": "length", "tall": "height", "high": "height", "old": "age", "heavy": "weight", "much": "price", "far": "length", "big": "size", "large": "size", "fast": "speed"}


def looked_up(reading: Reading) -> Plan | None:
    """Which cell of a column stands in the rows that the question describes."""
    if _YES_OR_NO.match(reading.text) or reading.find(COUNTING) or reading.find(_UNHEARD):
        return None
    target = None
    if how := reading.find(f"how ({'|'.join(_HOW)})"):
        reading.use_span(*how.span())
        target = roles.of_dimension(reading.table, _HOW[how[1]])
        if how[1] == "long":
            durations = [c for c in roles.measures(reading.table) if reading.table.columns[c].kind == "duration"]
            target = durations[0] if durations else target
        if target is None:
            return None
    else:
        target = _target(reading)
    filters = where(reading)
    if not filters:
        return None
    if target is None:
        free = [one for one in reading.asked.columns if one.column not in {one.column for one in filters}]
        target = free[0].column if len(free) == 1 else None
        if target is None and re.match(r"\W*(?:which|who|list|name|what)\b", reading.text):
            target = roles.key_column(reading.table)
            reading.doubts += 0.25
        elif target is None:
            return None
    if any(one.column == target and one.op in ("is", "has") for one in filters):
        reading.doubts += 1.0
    for one in reading.asked.columns:
        if one.column == target or any(one.column == condition.column for condition in filters):
            reading.use(one.first, one.last)
    return Plan(action="show", column=target, where=filters)


RULES: tuple[Callable[[Reading], Plan | None], ...] = (
    longest_run, compared, above_or_below, totalled, counted, neighbour, superlative, placed, looked_up,
)  # fmt: skip
"""In the order in which they are tried."""
