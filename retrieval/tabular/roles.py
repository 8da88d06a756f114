"""What columns are for: which names the rows, which holds dates, prices, ranks; which one an adjective speaks of."""

import re

from vademecum.language.stems import fold
from vademecum.retrieval.tabular.table import TypedTable

_DIMENSIONS = {
    "price": r"price|cost|amount|fee|paid|pay|spent|total|sum|value|premium|salary|wage|budget|revenue|sales|kr|"
    r"eur|usd|betrag|preis|pris|belop",
    "length": r"length|long|duration|pages?|distance|km|miles|time|runtime|minutes",
    "height": r"height|elevation|altitude|tall",
    "age": r"age|born|birth",
    "weight": r"weight|mass|kg",
    "speed": r"speed|time|pace|km/h|mph",
    "size": r"size|area|capacity|population|m2|sq|volume",
}
"""What a column that an adjective speaks of may be called: "most expensive" speaks of a price."""

ADJECTIVES = {
    "expensive": ("price", True), "priciest": ("price", True), "dearest": ("price", True), "costliest": ("price", True),
    "cheap": ("price", False), "cheapest": ("price", False),
    "long": ("length", True), "longest": ("length", True), "shortest": ("length", False), "short": ("length", False),
    "tallest": ("height", True), "highest": ("", True), "lowest": ("", False),
    "oldest": ("age", True), "youngest": ("age", False), "heaviest": ("weight", True), "lightest": ("weight", False),
    "fastest": ("speed", True), "slowest": ("speed", False), "quickest": ("speed", True),
    "largest": ("size", True), "biggest": ("size", True), "smallest": ("size", False), "greatest": ("", True),
    "most": ("", True), "least": ("", False), "fewest": ("", False), "maximum": ("", True), "minimum": ("", False),
    "max": ("", True), "min": ("", False), "longer": ("length", True), "shorter": ("length", False),
    "bigger": ("size", True), "larger": ("size", True), "smaller": ("size", False), "older": ("age", True),
    "younger": ("age", False), "heavier": ("weight", True), "lighter": ("weight", False), "faster": ("speed", True),
    "slower": ("speed", False), "cheaper": ("price", False), "more": ("", True), "less": ("", False),
    "fewer": ("", False), "higher": ("", True), "lower": ("", False), "greater": ("", True), "taller": ("height", True),
}  # fmt: skip
"""The dimension that an adjective speaks of ("": whichever is named), and whether it asks for much of it."""

SPENDING = frozenset("spend spent pay paid pays cost costs costed spending expenses expense".split())
"""Verbs whose "how much" is a price."""

_RANK = re.compile(
    r"^(?:#|no\.?|nr\.?|num|pos|position|rank(?:ing)?|place|finish|standing|seed|number|id|code|index)\b", re.IGNORECASE
)
_STANDING = re.compile(r"^(?:pos|position|rank|ranking|place|finish|standing)\b", re.IGNORECASE)
_PERSON = re.compile(
    r"name|player|driver|winner|actor|author|director|artist|singer|member|candidate|representative|owner|coach|host|team|"
    r"person|people|who|employee|customer|client|teacher|student|patient|contact|manager|paid"
)
_PLACE = re.compile(
    r"venue|place|location|city|country|state|town|stadium|room|where|region|county|address|site|nation|shop"
)
_TITLE = re.compile(r"title|name|item|product|article|book|film|song|player|team|driver|what|event")


def rank_column(table: TypedTable) -> int | None:
    """The column that numbers places ("Pos", "Rank"); None where there is none."""
    return next((c for c, column in enumerate(table.columns) if _STANDING.match(column.name)), None)


def is_rank(table: TypedTable, column: int) -> bool:
    """Whether the numbers of a column are places or codes, which are not added up."""
    return bool(_RANK.match(table.columns[column].name))


def date_columns(table: TypedTable) -> list[int]:
    """The columns of dates or years, in order."""
    return [c for c, column in enumerate(table.columns) if column.kind == "date"]


def measures(table: TypedTable) -> list[int]:
    """The columns of numbers that can be added up or compared: no ranks, no years."""
    return [
        c for c, column in enumerate(table.columns) if column.kind in ("number", "duration") and not is_rank(table, c)
    ]


def of_dimension(table: TypedTable, dimension: str) -> int | None:
    """The column of numbers that an adjective of this dimension speaks of, the first of several; None where none is."""
    pattern = re.compile(rf"(?<![a-z])(?:{_DIMENSIONS[dimension]})(?![a-z])")
    fitting = [c for c in measures(table) if pattern.search(fold(table.columns[c].name.replace("_", " ")))]
    if dimension == "price":
        fitting = fitting or [c for c in measures(table) if table.columns[c].unit in ("$", "€", "£", "kr", "¥")]
        whole = [c for c in fitting if not re.search(r"\bper\b|/", table.columns[c].name)]
        fitting = whole or fitting
    return fitting[0] if fitting else None


def key_column(table: TypedTable) -> int:
    """The column that names the rows: of the first ones of text the first with hardly a repeat, else the first."""
    texts = [c for c, column in enumerate(table.columns) if column.kind == "text"]
    for column in texts:
        cells = [cell.text for row in range(len(table.rows)) if (cell := table.cell(row, column))]
        if len(cells) >= 0.6 * len(table.rows) and len(set(cells)) >= 0.9 * len(cells):
            return column
    for column in texts:
        if _TITLE.search(fold(table.columns[column].name)):
            return column
    return texts[0] if texts else 0


def column_for(table: TypedTable, word: str) -> int | None:
    """The column that a question word asks for: "when" a date, "where" a place, "who" a person; None where not one."""
    if word == "when":
        dates = date_columns(table)
        return dates[0] if dates else None
    pattern = _PLACE if word == "where" else _PERSON
    key = key_column(table)
    fitting = [
        c for c, column in enumerate(table.columns) if column.kind == "text" and pattern.search(fold(column.name))
    ]
    if word == "who" and (key in fitting or not fitting):
        return key
    return fitting[0] if len(fitting) == 1 else None
