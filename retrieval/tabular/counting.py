"""Rules for questions that count rows, or add up a column."""

from vademecum.retrieval.tabular import roles
from vademecum.retrieval.tabular.linking import NamedColumn, name_words
from vademecum.retrieval.tabular.ordering import is_superlative
from vademecum.retrieval.tabular.plan import Filter, Plan
from vademecum.retrieval.tabular.question_filters import where
from vademecum.retrieval.tabular.question_reading import Reading

COUNTING = (
    r"how many(?: times)?|how often|(?:the |total |whole |exact |what(?: is| are|'s) |^)"
    r"(?:total )?number of(?: times)?|count of|total count|"
    r"amount of times"
)
UNHEARD = (
    r"alphabetical\w*|starts? with|start with an?|begins? with|letters?|vowels?|last names?|first names?|"
    r"per (?:month|year|week|day)|"
    r"a (?:month|year|week|day)|each (?:month|year)|every (?:month|year)|monthly|yearly|weekly|how long ago|since when"
)
"""What no plan can express yet."""


def unheard(reading: Reading) -> bool:
    """Whether the question asks for what no plan can express yet; "per day" is none where a column is called so."""
    match = reading.find(UNHEARD)
    names = {root for column in reading.table.columns for root in name_words(column.name)}
    return bool(match) and not any(
        word.root in names for word in reading.words if match.start() <= word.start < match.end()
    )


_MEAN = r"average|the mean|mean of|on average"
_TOTAL = r"total|in total|altogether|all together|combined|sum(?: of)?|add up|in all|overall"
_MUCH = r"how much|what (?:did|do|have|has) (?:i|we|you|he|she|they) (?:\w+ )?(?:spend|spent|pay|paid)"


def counted(reading: Reading) -> Plan | None:
    """How many: of a column of numbers what it holds, else how many rows there are."""
    match = reading.find(COUNTING)
    if not match or reading.find("consecutive|in a row|average|difference|how many more|how many fewer"):
        return None
    if is_superlative(reading) or unheard(reading):
        return None
    reading.use_span(*match.span())
    place = reading.word_at(match.end())
    mention_behind = _noun(reading, place)
    while (
        mention_behind is None
        and reading.words[place : place + 1]
        and reading.words[place].text in ("total", "of", "the", "all")
    ):
        place += 1
        mention_behind = _noun(reading, place)
    reading.values = [value for value in reading.values if value.first != place or value.whole]
    different = reading.has("different|distinct|unique|various")
    filters = where(reading)
    if filters is None:
        return None
    if mention_behind is not None:
        return _of_column(reading, mention_behind, filters, different)
    if not filters and not reading.find("listed|table|chart|list|there|in total|altogether|rows|entries"):
        return None
    if place < len(reading.words) and place not in reading.used and reading.words[place].is_content:
        reading.use(place, place + 1)  # what the rows are, which no column need say
        reading.doubts += 0.0 if filters else 0.5
    return Plan(action="count", where=filters)


def _noun(reading: Reading, place: int) -> NamedColumn | None:
    """The column that is named behind "how many"."""
    return next((mention for mention in reading.asked.columns if place <= mention.first <= place + 2), None)


def _of_column(
    reading: Reading, mention_behind: NamedColumn, filters: tuple[Filter, ...], different: bool
) -> Plan | None:
    column = mention_behind.column
    reading.use_names_of(column)
    kind = reading.table.columns[column].kind
    if column in roles.measures(reading.table) and all(mention.column != column for mention in filters):
        return Plan(action="sum", column=column, where=filters)
    if kind == "date" and not reading.find("different|distinct|listed"):
        reading.doubts += 1.0  # "how many years": how long, which is not computed
    if different:
        return Plan(action="count different", column=column, where=filters)
    if not filters and kind == "text":
        filters = (Filter(column=column, op="filled"),)
    return Plan(action="count", where=filters)


def totalled(reading: Reading) -> Plan | None:
    """Sums and means: "in total", "altogether", "combined", "on average", and how much was spent."""
    mean, total, much = reading.find(_MEAN), reading.find(_TOTAL), reading.find(_MUCH)
    if total and any(
        mention.first <= reading.word_at(total.start()) < mention.last for mention in reading.asked.columns
    ):
        total = None  # it is part of a column's name
    spends = reading.spends()
    if (
        not (mean or total or (much and spends))
        or reading.find("difference")
        or unheard(reading)
        or is_superlative(reading)
    ):
        return None
    measures = roles.measures(reading.table)
    mention_behind = [mention for mention in reading.asked.columns if mention.column in measures]
    column = max(mention_behind, key=lambda mention: mention.share).column if mention_behind else None
    if column is None and (spends or much):
        column = roles.of_dimension(reading.table, "price")
    if column is None:
        return None
    reading.use_names_of(column)
    reading.use_spending()
    for match in (mean, total, much):
        if match:
            reading.use_span(*match.span())
    filters = where(reading)
    if filters is None:
        return None
    if not filters and not (mean or total):
        return None  # "how much does it cost" of nothing named is no sum of all
    return Plan(action="mean" if mean else "sum", column=column, where=filters)


def longest_run(reading: Reading) -> Plan | None:
    """The longest run of rows: "How many consecutive years was A ...?"."""
    if not reading.has("consecutive(?:ly)?|in a row"):
        return None
    reading.has(COUNTING)
    reading.has("longest|most|largest")
    filters = where(reading)
    for mention in reading.asked.columns:
        reading.use(mention.first, mention.last)
    return Plan(action="longest run", where=filters) if filters else None
