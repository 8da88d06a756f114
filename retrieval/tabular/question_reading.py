"""A question taken apart, held against a table: conditions, order, and which of its words are accounted for.

`Reading` is what the rules of `planning.py` work on: each takes what it understands, and marks those words as used.
What is left in the end is what nobody understood, and a plan that leaves much is not carried out.
"""

import re
from datetime import date

from vademecum.language.numbers import CARDINALS
from vademecum.retrieval.tabular import roles
from vademecum.retrieval.tabular.conditions import Comparison, Period, comparisons, periods, seconds
from vademecum.retrieval.tabular.linking import Asked, Named, NamedColumn, Word, link, name_words
from vademecum.retrieval.tabular.plan import Filter
from vademecum.retrieval.tabular.table import TypedTable

ASKING = frozenset(
    """
    according altogether amount chart column count data different displayed distinct document each entries entry
    every file find give list listed long look many much name named names number overall please record records
    row rows sheet show shown table tell there time times total unique various which whitch wich
    """.split()
)
"""Words with which one asks of a table, whatever is in it."""

LIGHT = frozenset(
    """
    actually add all also among appear appeared are back based be been belong belongs called came can combined
    come company competition complete completed consist could crowns currently did directly do does dollar
    dollars earn earned euro euros event events ever exactly far find finish finished found gain gained game
    games get go got had happen happened has have held hold immediately include included is item items job just
    kind kroner list listed located made make man match matches next now number occur occurred one ones only
    part people per percent person pieces place placed play played player players pounds previous put race rank
    ranked reach reached receive received score scored season seasons set sort stand stands still take taken
    team teams there thing things time times together took total tournament type units up use used value was way
    went were win woman work worked would year's
    """.split()
)
"""Words that say little: a plan may leave them unread, at a small price."""


class Reading:
    """A question and a table, with the conditions found in it."""

    def __init__(self, question: str, table: TypedTable, today: date, topic: str = "") -> None:
        self.table = table
        self.asked: Asked = link(question, table)
        self.text = self.asked.text
        self.words = self.asked.words
        self.used: set[int] = set()
        self.doubts = 0.0
        self.negations = 0
        self.topic = set(name_words(f"{table.name} {topic}"))
        self.today = today
        self.comparisons: list[Comparison] = comparisons(self.text)
        self.periods: list[Period] = [
            entry for entry in periods(self.text, today) if not any(_meet(entry, other) for other in self.comparisons)
        ]
        self.values = [value for value in self.asked.values if not self._in_condition(value)]

    def use(self, first: int, last: int) -> None:
        """Mark words as accounted for."""
        self.used.update(range(first, last))

    def use_span(self, start: int, end: int) -> None:
        """Mark the words that stand in these characters."""
        self.used.update(place for place, word in enumerate(self.words) if word.start < end and start < word.end)

    def has(self, *patterns: str) -> bool:
        """Whether one of the patterns stands in the question, as words; they are accounted for then."""
        for pattern in patterns:
            if match := re.search(rf"(?<!\w)(?:{pattern})(?!\w)", self.text):
                self.use_span(*match.span())
                return True
        return False

    def spends(self) -> bool:
        """Whether the question speaks of spending or cost, by a verb."""
        return any(word.text in roles.SPENDING for word in self.words)

    def use_spending(self) -> bool:
        """Mark the verbs of spending as accounted for; whether there are any."""
        places = [place for place, word in enumerate(self.words) if word.text in roles.SPENDING]
        self.used.update(places)
        return bool(places)

    def this(self, last: str) -> Period | None:
        """The year, or month, that is now, where the question says "last year"."""
        return next(iter(periods(f"in this {'month' if 'month' in last else 'year'}", self.today)), None)

    def find(self, pattern: str) -> re.Match[str] | None:
        """Where the pattern stands, as words."""
        return re.search(rf"(?<!\w)(?:{pattern})(?!\w)", self.text)

    def word_at(self, position: int) -> int:
        """The number of the first word that ends after this character."""
        return next((place for place, word in enumerate(self.words) if word.end > position), len(self.words))

    def column_near(self, place: int, among: "list[int] | None" = None, *, reach: int = 99) -> NamedColumn | None:
        """The named column nearest to a word, those behind it first."""
        fitting = [entry for entry in self.asked.columns if among is None or entry.column in among]
        distances = [(_distance(entry, place), entry) for entry in fitting]
        near = [(distance, -entry.share, entry) for distance, entry in distances if distance <= reach]
        return min(near)[2] if near else None

    def unread(self) -> list[Word]:
        """The words that nobody understood and that say something."""
        return [
            word
            for place, word in enumerate(self.words)
            if place not in self.used and word.is_content and word.text not in ASKING and word.root not in self.topic
        ]

    def cost(self) -> float:
        """How much is not understood: 1 for each word of weight, less for a light one; and what was doubtful.

        One behind a preposition is a condition that was missed, and counts double.
        """
        rivalled = any(entry.rivals and entry.first in self.used for entry in self.asked.columns)
        negated = self.find("not|never|n't|nobody|neither") and not self.negations
        return self.doubts + 0.75 * rivalled + bool(negated) + sum(self._weight(word) for word in self.unread())

    def _weight(self, word: Word) -> float:
        if word.text in LIGHT or word.text in CARDINALS:
            return 0.25
        place = self.words.index(word)
        before = [entry.text for entry in self.words[max(0, place - 2) : place]]
        return (
            2.0
            if _CONDITIONAL & set(before[-1:] + (before if before[-1:] in (["the"], ["a"], ["an"]) else []))
            else 1.0
        )

    # Conditions

    def value_filter(self, value: Named) -> Filter | None:
        """The condition that a named cell is; None where it may be several columns' and none is named."""
        column = self.column_of(value)
        if column is None:
            return None
        self.use(value.first, value.last)
        negated = self._is_negated(value)
        op = "is" if column in value.whole else "has"
        if op == "is" and not negated and self.has("sole|solely|alone"):
            op = "is only"
        self.use_names_of(column)
        return Filter(column=column, op=f"{op} not" if negated else op, text=value.phrase)  # ty: ignore[invalid-argument-type]

    def use_names_of(self, column: int) -> None:
        """Mark the words that name a column as accounted for; of one of ranks also what they are called."""
        for entry in self.asked.columns:
            if entry.column == column:
                self.use(entry.first, entry.last)
        if column == roles.rank_column(self.table):
            self.has("places?|finish(?:es|ed)?|positions?|rank(?:s|ed)?")

    def column_of(self, value: Named) -> int | None:
        """The column that a named cell is of."""
        columns = value.whole or value.columns
        if len(columns) == 1:
            return columns[0]
        near = self.column_near(value.first, list(columns))
        if near is not None:
            return near.column
        key = roles.key_column(self.table)
        if key in columns:
            return key
        self.doubts += 0.75
        return columns[0]

    def number_filter(self, entry: Comparison) -> Filter | None:
        """The condition that a comparison with a number is; None where it is not known of which column."""
        column = self._compared_column(entry)
        if column is None:
            return None
        self.use_span(entry.start, entry.end)
        self.use_names_of(column)
        of_column = self.table.columns[column]
        low, high, op = entry.low, entry.high, entry.op
        if of_column.kind == "duration" and (unit := seconds(entry.unit)):
            low, high = low * unit, high * unit
        scale = next((size for word, size in _SCALES.items() if word in of_column.name.lower()), 1.0)
        if scale > 1 and entry.scale == scale:
            low, high = low / scale, high / scale
        if roles.is_rank(self.table, column) and op in (">=", "<=") and self.find("at lea\\w*t|at most"):
            op = "<=" if op == ">=" else ">="  # "at least fourth" is fourth or better
        said = self.text[entry.start : entry.end]
        after = self.words[self.word_at(entry.end) :][:1]
        if after and after[0].root in of_column.name.lower():
            self.use(self.word_at(entry.end), self.word_at(entry.end) + 1)  # its unit
        return Filter(column=column, op=op, low=low, high=high, said=said)  # ty: ignore[invalid-argument-type]

    def _compared_column(self, entry: Comparison) -> int | None:
        measures = roles.measures(self.table)
        if entry.unit and (durations := [c for c in measures if self.table.columns[c].kind == "duration"]):
            return durations[0]
        place = self.word_at(entry.end)
        numeric = [c for c, column in enumerate(self.table.columns) if column.kind in ("number", "duration")]
        near = self.column_near(place, numeric, reach=6) or self.column_near(place, numeric)
        if near is not None:
            self.use(near.first, near.last)
            return near.column
        if self.use_spending():
            return roles.of_dimension(self.table, "price")
        if len(measures) == 1:
            self.doubts += 0.5
            return measures[0]
        return None

    def period_filter(self, entry: Period) -> Filter | None:
        """The condition that days or years are; None where the table has no dates."""
        dates = roles.date_columns(self.table)
        if not dates:
            return None
        near = self.column_near(self.word_at(entry.start), dates)
        column = near.column if near else dates[0]
        if near:
            self.use(near.first, near.last)
        self.use_span(entry.start, entry.end)
        said = self.text[entry.start : entry.end].strip() if entry.start < len(self.text) else ""
        said = said if said.startswith((*_PREPOSITIONS, "this ", "last ")) else f"in {said}"
        if entry.month and entry.grain == "month" and entry.op == "in":
            return Filter(column=column, op="month", low=entry.month, said=said)
        if entry.month:  # a day without a year: of whichever year the table speaks
            years = {value.year for row in range(len(self.table.rows)) if (value := self.table.value(row, column)).year}
            if len(years) != 1 and entry.grain != "day":
                return None
            matching = [
                value.number
                for row in range(len(self.table.rows))
                if (value := self.table.value(row, column)).month == entry.month and value.day == int(entry.low)
            ]
            if len(set(matching)) != 1 or matching[0] is None:
                return None
            low = 0.0 if entry.op == "before" else matching[0] + (entry.op == "after")
            high = 99_999_999.0 if entry.op == "after" else matching[0] - (entry.op == "before")
            return Filter(column=column, op="between", low=low, high=high, said=said)
        return Filter(column=column, op="between", low=entry.low, high=entry.high, said=said)

    def _is_negated(self, value: Named) -> bool:
        before = " ".join(word.text for word in self.words[max(0, value.first - 4) : value.first])
        match = re.search(r"\b(?:not|never|no|without|other than|except|excluding|n't|besides)\b(?! only)", before)
        if match:
            self.use(max(0, value.first - 4), value.first)
            self.negations += 1
        return bool(match)

    def _in_condition(self, value: Named) -> bool:
        start, end = self.words[value.first].start, self.words[value.last - 1].end
        return any(entry.start <= start and end <= entry.end for entry in [*self.comparisons, *self.periods])


_PREPOSITIONS = (
    "in ",
    "on ",
    "before",
    "after",
    "since",
    "until",
    "till",
    "between",
    "from",
    "during",
    "by ",
    "prior",
    "previous",
    "up to",
    "of ",
    "for ",
)
_CONDITIONAL = frozenset("in at on from by for with without against during where of".split())
_SCALES = {"thousand": 1e3, "million": 1e6, "billion": 1e9, "(m)": 1e6, "(k)": 1e3, "(bn)": 1e9}


def _meet(entry: "Comparison | Period", other: "Comparison | Period") -> bool:
    return entry.start < other.end and other.start < entry.end


def _distance(entry: NamedColumn, place: int) -> float:
    return entry.first - place if entry.first >= place else (place - entry.last) * 1.5 + 0.5
