"""What speaks for a number of a request being a certain argument: words around it, its unit, its form, its place."""

import re

from vademecum.models.tool_calling.argument_matching import Argument, Features, Request, stem, stems
from vademecum.models.tool_calling.mentions import Number

_MONEY = re.compile(
    r"\b(?:price|prices|cost|costs|budget|amount|salary|value|income|payment|investment|principal|principle|revenue|fee|"
    r"loan|cash|money|dividends?|payout|profit|expenses?|assets?|debt|equity|spend|worth|wage|usd|dollars)\b"
)
_RATE = re.compile(
    r"\b(?:rate|percent|percentage|yield|ratio|discount|margin|tax|tip|probability|share|contribution)\b"
)
_COUNT = re.compile(r"\b(?:number|count|num|amount|limit|how many|n|results|quantity|total|maximum)\b")
_YEAR = re.compile(r"\b(?:year|date|season|since|when|from|to)\b")
_UNITS = {
    unit: dimension
    for dimension, units in {
        "length": "m meter meters metre metres km kms kilometer kilometers kilometre kilometres cm centimeter mm mile "
        "centimeters miles foot feet ft inch inches yard yards",
        "mass": "kg kgs kilogram kilograms g gram grams lb lbs pound pounds ounce ounces oz ton tons",
        "time": "s sec second seconds minute minutes min hour hours day days week weeks month months year years",
        "temperature": "degree degrees celsius fahrenheit kelvin k",
        "money": "dollar dollars usd euro euros eur pound yen cents",
        "electricity": "volt volts v amp amps ampere amperes a ohm ohms coulomb coulombs farad",
        "frequency": "hz hertz bpm khz mhz",
    }.items()
    for unit in units.split()
}
_SAME = {
    **{"m": "meter", "metre": "meter", "km": "kilometer", "kms": "kilometer", "cm": "centimeter", "ft": "foot"},
    **{"feet": "foot", "kg": "kilogram", "kgs": "kilogram", "g": "gram", "lb": "pound", "lbs": "pound"},
    **{"s": "second", "sec": "second", "min": "minute", "hz": "hertz", "k": "kelvin", "v": "volt", "a": "ampere"},
    **{"amp": "ampere", "°c": "celsius", "°f": "fahrenheit"},
}


def number_features(request: Request, number: Number, argument: Argument, places: tuple[float, float]) -> Features:
    """The features of a pair; `places`: where number and argument stand among all of theirs, each from 0 to 1."""
    unit = _unit(request, number)
    return {
        **_around(request, number, argument),
        **_of_unit(number, argument, unit),
        **_of_form(request, number, argument),
        **_of_kind(number, argument, dimension=_UNITS.get(unit, "")),
        "order": 1 - abs(places[0] - places[1]),
    }


def _around(request: Request, number: Number, argument: Argument) -> Features:
    name, description_stems = stems(argument.name), stems(argument.description)
    before = [stem(word) for word in request.before(number.start, 6)]
    after = [stem(word) for word in request.after(number.end, 4)]
    near = next((i for i, word in enumerate(before) if word in name), None)
    start, end = _clause(request.text, number)
    return {
        "named before": float(near is not None),
        "named close before": 0.0 if near is None else 1 / (1 + near),
        "named after": float(bool(name & set(after[:2]))),
        "told around": len(description_stems & {*before[:4], *after[:3]}) / 3,
        "like": request.likeness(argument, start, end),
    }


def _clause(text: str, number: Number) -> tuple[int, int]:
    """The words around a number, up to the next comma or "and"."""
    start = max(number.start - 30, 0, *(text.rfind(mark, 0, number.start) for mark in (",", ";", " and ")))
    ends = [place for mark in (",", " and ") if (place := text.find(mark, number.end)) >= 0]
    return start, min(number.end + 25, len(text), *ends)


def _unit(request: Request, number: Number) -> str:
    """The word behind the number, or what is glued to it."""
    if number.kind == "$":
        return "dollars"
    if number.kind == "time":
        return request.text[number.start : number.end].split()[-1].lower()
    glued = re.match(r"\s?(°?[A-Za-z]+)", request.text[number.end :])
    return glued[1].lower() if glued else next(iter(request.after(number.end, 1)), "")


def _of_unit(number: Number, argument: Argument, unit: str) -> Features:
    words = re.findall(r"[a-z°]+", argument.text)
    units_described = {
        _same(word) for word in words if word in _UNITS and (len(word) > 1 or "(" in argument.description)
    }
    dimensions = {_UNITS[word] for word in words if word in _UNITS and len(word) > 2}
    dimension = _UNITS.get(unit, "")
    return {
        "same unit": float(bool(unit) and _same(unit) in units_described),
        "same dimension": float(bool(dimension) and dimension in dimensions),
        "other dimension": float(bool(dimension and dimensions) and dimension not in dimensions),
        "time": float(number.kind == "time"),
    }


def _of_form(request: Request, number: Number, argument: Argument) -> Features:
    head = request.text[max(0, number.start - 12) : number.start].lower()
    letter = re.search(r"(?<![a-z])([a-z][a-z_]*\d?)\s*(?:=|:|is|of)\s*$", head)
    initial = re.search(r"initial (?:velocity|speed)", argument.text)
    return {
        "ordinal": float(number.kind == "ordinal"),
        "equation": float(bool(letter) and letter[1] in {argument.key.lower(), argument.name}) if letter else 0.0,
        "a word where digits suffice": float(number.kind == "word" and request.digits >= 2),
        "at rest": float(number.kind == "rest") * (1.0 if initial else -3.0),
    }


def _of_kind(number: Number, argument: Argument, *, dimension: str) -> Features:
    text, kind = argument.text, number.kind
    year = kind == "" and number.value == int(number.value) and 1000 <= number.value <= 2100 and not dimension
    wants_year = bool(re.search(r"\byear\b(?! of)", argument.name))
    money, rate = bool(_MONEY.search(text)), bool(_RATE.search(text))
    rate_by_name = bool(_RATE.search(argument.name))
    return {
        "year": float(year and bool(_YEAR.search(text))),
        "not a year": float(year and not _YEAR.search(text)) - float(not year and wants_year),
        "money": float(kind == "$" and money),
        "not money": float(kind == "$" and not money),
        "rate": float(kind == "%" and rate),
        "not rate": float(kind == "%" and not rate) + float(kind == "$" and rate_by_name),
        "count": float(kind in {"", "word"} and not dimension and bool(_COUNT.search(text))),
    }


def _same(unit: str) -> str:
    """One name for all names of a unit."""
    single = unit.rstrip("s") if len(unit) > 2 else unit
    return _SAME.get(unit, _SAME.get(single, single))
