"""Rules for questions of order: the most and the least, the first and the last, the one before and the one after."""

import re
from itertools import pairwise

from vademecum.retrieval.tabular import roles
from vademecum.retrieval.tabular.linking import name_words
from vademecum.retrieval.tabular.plan import Filter, Plan
from vademecum.retrieval.tabular.question_filters import where
from vademecum.retrieval.tabular.question_reading import Reading
from vademecum.retrieval.tabular.table import TypedTable
from vademecum.retrieval.tabular.targets import how_many, repeats, target_of

_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "2nd": 1, "3rd": 2, "4th": 3, "5th": 4}
_PLACED = f"{'|'.join(_ORDINALS)}|last|final|top|bottom"
_RANKED = r"place|finish\w*|(?:came|come|comes|coming) in|rank\w*|won|top (?!row|of|entry)\w+"
_BESIDE = r"after|before|next(?: \w+)? (?:after|to)|following|follows|previous to|prior to|above|below|preced\w+"
_EXTREMES = frozenset("most least maximum minimum max min".split())
_BLOCKED = r"alphabetical\w*|letters?|vowels?|last names?|first names?|average|difference"


def is_superlative(reading: Reading) -> bool:
    """Whether the question asks for the most or the least of something."""
    return _superlative(reading) is not None


def superlative(reading: Reading) -> Plan | None:
    """Rows in the order of a column of numbers: "Which has the most ...?", "the three cheapest"."""
    order = _superlative(reading)
    if order is None or reading.find(_BLOCKED):
        return None
    first, place, dimension, much = order
    reading.use(first, place + 1)
    limit = how_many(reading, first)
    column = _ordered_column(reading, place, dimension)
    grain = _grain(reading)
    target = roles.date_columns(reading.table)[0] if grain else target_of(reading, besides=column)
    if target is None and place + 1 < len(reading.words) and place + 1 not in reading.used and dimension:
        reading.use(place + 1, place + 2)  # what the rows are, which no column need say
        reading.doubts += 0.25
    if column is None:
        return _most_frequent(reading, target, place, much)
    filters = where(reading)
    if filters is None:
        return None
    if target is None and limit == 1 and not dimension and re.match(r"\W*(?:what|how)\b", reading.text):
        return Plan(action="highest" if much else "lowest", column=column, where=filters)
    key = roles.key_column(reading.table) if target is None else target
    if grain or (target is not None and limit == 1 and repeats(reading.table, key)):
        action = "most in a group" if much else "least in a group"
        return Plan(action=action, column=column, group=key, where=filters, grain=grain or "cell")  # ty: ignore[invalid-argument-type]
    also = (column, *(_describing(reading.table, key, column) if target is None else ()))
    return Plan(column=key, where=filters, order=column, descending=much, limit=limit, also=also)


def _describing(table: TypedTable, key: int, besides: int) -> list[int]:
    """Columns that tell rows apart where the one that is shown does not: a date, another of text."""
    if not repeats(table, key):
        return []
    texts = [c for c, column in enumerate(table.columns) if column.kind == "text" and c not in (key, besides)]
    return [*[c for c in roles.date_columns(table) if c != besides][:1], *texts[:1]]


def _superlative(reading: Reading) -> tuple[int, int, str, bool] | None:
    """First and last word of what asks for order, the dimension it speaks of, and whether much of it is asked for."""
    for place, word in enumerate(reading.words):
        following = reading.words[place + 1].text if place + 1 < len(reading.words) else ""
        before = reading.words[place - 1].text if place else ""
        if word.text in ("most", "least") and following in roles.ADJECTIVES:
            dimension, much = roles.ADJECTIVES[following]
            return place, place + 1, dimension, much == (word.text == "most")
        if word.text in ("latest", "newest") or (word.text == "most" and following == "recent"):
            return place, place + (word.text == "most"), "time", True
        if word.text == "earliest":
            return place, place, "time", False
        if before == "at" or word.text not in roles.ADJECTIVES:
            if word.text == "top" and before == "the" and _measure_behind(reading, place):
                return place, place, "", True
            continue
        is_comparative = before == "the" and not reading.find("than")
        if word.text in _EXTREMES or word.text.endswith("est") or is_comparative:
            return place, place, *roles.ADJECTIVES[word.text]
    return None


def _measure_behind(reading: Reading, place: int) -> bool:
    measures = roles.measures(reading.table)
    return any(
        mention.column in measures and mention.first in (place + 1, place + 2) for mention in reading.asked.columns
    )


def _grain(reading: Reading) -> str:
    """Whether a month or a year is asked for, where the table has days but no column of that name."""
    match = reading.find(r"(?:which|what|wich) (month|year)")
    dates = roles.date_columns(reading.table)
    if (
        not match
        or not dates
        or any(mention.first == reading.word_at(match.start(1)) for mention in reading.asked.columns)
    ):
        return ""
    if not any(reading.table.value(row, dates[0]).day for row in range(len(reading.table.rows))):
        return ""
    reading.use_span(*match.span())
    return match[1]


def _ordered_column(reading: Reading, place: int, dimension: str) -> int | None:
    """The column that the order is of: the one named behind the word, or that its dimension speaks of."""
    table = reading.table
    if dimension == "time":
        dates = roles.date_columns(table)
        return dates[0] if dates else None
    measures = roles.measures(table)
    behind = [
        mention
        for mention in reading.asked.columns
        if mention.column in measures and place <= mention.first <= place + 6
    ]
    anywhere = [mention for mention in reading.asked.columns if mention.column in measures]
    mentions = min(behind, key=lambda mention: mention.first, default=None) or next(iter(anywhere), None)
    if mentions is not None:
        reading.use_names_of(mentions.column)
        return mentions.column
    if reading.use_spending():
        return roles.of_dimension(table, "price")
    if dimension:
        return roles.of_dimension(table, dimension)
    following = reading.words[place + 1 : place + 2]
    if measures and following and following[0].root in name_words(table.name):
        reading.use(place + 1, place + 2)
        return measures[0]  # "the most electricity", of a table that is called so
    return None


def _most_frequent(reading: Reading, target: int | None, place: int, much: bool) -> Plan | None:
    """The cell of a column that most rows have: "Which team won the most games?"."""
    if target is None or not repeats(reading.table, target):
        return None
    for number, word in enumerate(reading.words[place + 1 : place + 3], place + 1):
        if word.is_content:
            reading.use(number, number + 1)
    mentions = {mention.column for mention in reading.asked.columns} - {target}
    filters = where(reading)
    if filters is None or len(mentions) > 1:
        return None
    for column in mentions:
        reading.use_names_of(column)
        reading.doubts += 0.5
    return Plan(action="most in a group" if much else "least in a group", group=target, where=filters)


def neighbour(reading: Reading) -> Plan | None:
    """The row beside the one that is named: "What comes after A?", "who was it before B?"."""
    match = reading.find(_BESIDE)
    if not match or reading.find(rf"how many|how often|number of|{_BLOCKED}"):
        return None
    behind = [value for value in reading.values if reading.words[value.first].start >= match.end()]
    day = next(
        (mention for mention in reading.periods if mention.grain == "day" and mention.op in ("before", "after")), None
    )
    if not behind and day is None:
        return None
    target = target_of(reading)
    if day is not None:  # the row of that very day
        on = day.low - 1 if day.op == "after" else day.high + 1
        reading.periods = [
            mention._replace(op="in", low=on, high=on) if mention is day else mention for mention in reading.periods
        ]
    filters = where(reading)
    if not filters:
        return None
    reading.use_span(*match.span())
    reading.has("directly|immediately|right|just|next|listed|come|comes|came")
    back = bool(re.match(r"before|previous|prior|above|preced", match.group()))
    column = target if target is not None else filters[-1].column
    return Plan(column=column, where=filters, step=-1 if back else 1, order=_time_order(reading))


def _time_order(reading: Reading) -> int | None:
    """The column of dates, where rows stand from the latest to the earliest and the question is not of the list."""
    if reading.find("list|listed|table|chart|above|below"):
        return None
    for column in roles.date_columns(reading.table):
        cells = (reading.table.value(row, column).number for row in range(len(reading.table.rows)))
        numbers = [number for number in cells if number]
        falls = all(a >= b for a, b in pairwise(numbers))
        if len(numbers) > 2 and falls and numbers[0] > numbers[-1]:
            return column
    return None


def placed(reading: Reading) -> Plan | None:
    """Rows by their place, or by their date or rank: "the first episode", "the last stadium listed"."""
    match = reading.find(_PLACED)
    if not match or reading.find(rf"how many|how often|number of|{_BLOCKED}"):
        return None
    word, place = match.group(), reading.word_at(match.start())
    reading.use_span(*match.span())
    ranked = reading.find(_RANKED)
    listed = reading.has("list(?:ed)?|table|chart|on the list|at the top")
    limit, target = how_many(reading, place), target_of(reading)
    if target is None:
        target = next((mention.column for mention in reading.asked.columns if mention.first == place + 1), None)
    filters = where(reading)
    if filters is None:
        return None
    rank, dates = roles.rank_column(reading.table), roles.date_columns(reading.table)
    last = word in ("last", "final", "bottom")
    column = roles.key_column(reading.table) if target is None else target
    if not listed and ranked and rank is not None:
        reading.use_names_of(rank)
        reading.use_span(*ranked.span())
        if not last:
            number = _ORDINALS.get(word, 0) + 1
            top = Filter(column=rank, op="=", low=number, said=f"is {number}")
            top = top if limit == 1 else Filter(column=rank, op="<=", low=limit)
            return Plan(column=column, where=(*filters, top))
        return Plan(column=column, where=filters, order=rank, descending=True, limit=limit)
    order = dates[0] if dates and not listed and word not in ("top", "bottom") else -1
    offset = _ORDINALS.get(word, 0)
    if order >= 0:
        reading.use_names_of(order)
    return Plan(column=column, where=filters, order=order, descending=last, limit=limit, offset=offset)
