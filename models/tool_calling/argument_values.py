"""A mention of a request as the value that an argument wants: a percentage as a fraction, a date in its format."""

import json
import re
from collections.abc import Mapping
from typing import Any

from vademecum.models.tool_calling.argument_matching import Argument, stem, stems
from vademecum.models.tool_calling.mentions import List, Number, Span, dates

_CURRENCIES: Mapping[str, str] = {
    **{"dollar": "USD", "us dollar": "USD", "canadian dollar": "CAD", "australian dollar": "AUD", "euro": "EUR"},
    **{"pound": "GBP", "british pound": "GBP", "pound sterling": "GBP", "yen": "JPY", "japanese yen": "JPY"},
    **{"rupee": "INR", "indian rupee": "INR", "yuan": "CNY", "swiss franc": "CHF", "mexican peso": "MXN"},
}
_DAYS_IN = {"day": 1, "week": 7, "month": 30, "year": 365}
_VAGUE = frozenset(map(stem, "include is get want with return has show need allow use enable add true false".split()))
_NOT = frozenset("no not without exclude excluding except never don't doesn't".split())


def number(mention: Number, argument: Argument) -> int | float:
    """The number as the argument wants it.

    A percentage is a fraction, 0.05 for "5%", unless the argument is a whole number or its description asks for
    percent. "a week" is 7 where days are wanted.
    """
    value: float = mention.value
    whole = argument.schema.get("type") == "integer"
    if mention.kind == "%" and not whole and not _wants_percent(argument.text):
        value = round(value / 100, 10)
    if mention.kind == "time":
        unit = next((unit for unit in _DAYS_IN if re.search(rf"\b{unit}s?\b", argument.text)), None)
        value = mention.days / _DAYS_IN[unit] if unit and mention.days else value
    if whole:
        value = round(value)
    return int(value) if value == int(value) else value


def _wants_percent(text: str) -> bool:
    return bool(re.search(r"percent|%", text)) and not re.search(r"decimal|fraction|between 0 and 1|\b0\.\d", text)


def text(span: Span, argument: Argument, request: str) -> str:
    """The span as the argument wants it: dates in its format, currencies by code, examples as they are spelt."""
    for dated, day in dates(request):
        if (dated.start, dated.end) == (span.start, span.end):
            return _date(day, argument.description.lower())
    if "currency" in argument.name:
        words = span.text.lower()
        return _CURRENCIES.get(words.removesuffix("s"), span.text)
    own = stems(span.text)
    spelt = (example for example in argument.examples if own and stems(example) == own)
    return next((example for example in spelt if example.lower() != span.text.lower()), span.text)


def _date(day: tuple[int, int, int], description: str) -> str:
    """A date as its description writes it; else as ISO 8601 does."""
    year, month, date = (f"{part:02}" for part in day)
    if re.search(r"yyyy-mm-dd|\d{4}-\d\d-\d\d", description):
        return f"{year}-{month}-{date}"
    if mark := re.search(r"mm([-/])dd\1yy", description):
        return mark[1].join((month, date, year))
    if mark := re.search(r"dd([-/.])mm\1yy", description):
        return mark[1].join((date, month, year))
    return f"{year}-{month}-{date}"


def formula(span: Span) -> str:
    """A formula as programs write it: "x**2" for "x^2"."""
    return span.text.replace("^", "**")


def truth(argument: Argument, request: str, function: set[str]) -> bool | None:
    """Whether the request asks for what a yes-or-no argument is about; None where it does not say.

    `function`: stems of the function's name, which every request for it has.
    """
    about = stems(argument.name) - _VAGUE - function
    words = re.findall(r"[\w'’]+", request.lower())
    mentions = [i for i, word in enumerate(words) if stem(word) in about]
    if not mentions:
        return None
    return not any(_NOT & set(words[max(0, i - 3) : i]) for i in mentions)


def named_options(options: list[str], request: str) -> list[str]:
    """Those of an enumeration that the request names."""
    words = stems(request)
    return [option for option in options if (own := stems(option)) and own <= words]


def whole(value: float | str) -> int | float | str:
    """A number without a fraction as an integer; anything else as it is."""
    return int(value) if isinstance(value, float) and value == int(value) else value


def is_wordy(mention: List) -> bool:
    """Whether an entry of the list is a clause rather than a name."""
    return any(len(str(value).split()) > 4 for value in mention.values)


def dictionary(request: str) -> dict[str, Any] | None:
    """A dictionary as the request writes it: "{'math': 90}"."""
    match = re.search(r"\{[^{}]*\}", request)
    try:
        return json.loads(match[0].replace("'", '"')) if match else None
    except ValueError:
        return None
