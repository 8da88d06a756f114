"""What a cell says: a number with its unit and scale, a date, a duration, yes or no, or text; read from its characters.

    read("1,250.50 kr")       # Value("number", number=1250.5, unit="kr", decimals=2)
    read("September 6, 1998") # Value("date", number=19980906, year=1998, month=9, day=6)

A column decides what its cells leave open: whether "1,250" has a decimal comma, and whether "3/4/2024" begins with the
day (`vademecum.retrieval.tabular.table.typed`).
"""

import re
from typing import Literal, NamedTuple

from vademecum.language.dates import MONTH, month_number
from vademecum.language.numbers import SCALES

Kind = Literal["number", "date", "duration", "boolean", "text", "empty"]

EMPTY = frozenset(
    ["", "-", "–", "—", "−", "--", "---", "n/a", "na", "none", "null", "nil", ".", "..", "...", "?", "#n/a"]
)
"""What stands in a cell that says nothing."""

LONGEST = 60
"""Characters of a cell that may be a number or a date; a longer one is text, and costs no match."""

CURRENCIES = {"$": "$", "€": "€", "£": "£", "¥": "¥", "₹": "₹", "us$": "$", "usd": "$", "eur": "€", "gbp": "£"}


class Value(NamedTuple):
    """What one cell says. `number` orders it: a date is 10000 year + 100 month + day, a duration is seconds.

    `unit` is as written ("kr", "%", "m²"), currencies by their sign. `year`, `month`, `day`: of a date, as far as it
    says them; `end` is the last year of a span of years ("1970-75"). `decimals` are written behind the point.
    """

    kind: Kind
    number: float | None = None
    unit: str = ""
    decimals: int = 0
    year: int | None = None
    month: int | None = None
    day: int | None = None
    end: int | None = None


NOTHING = Value("empty")
TEXT = Value("text")

_SCALE = "|".join([*SCALES, "bn", "mn", "tn"])
_AMOUNT = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[-+−–]\s?)?(?P<before>[$€£¥₹#]|us\$|usd|eur|gbp|kr\.?|nok|sek|dkk|chf)?\s*"
    r"(?P<sign2>[-+−])?"
    rf"(?P<digits>\d[\d.,'’   ]*|\.\d+)\s*(?:(?P<scale>{_SCALE})\b)?\s*"
    r"(?P<unit>%|[^\W\d_][^\s\d;,:()]{0,11}|[$€£¥₹°])?\.?\s*(?P<close>\))?",
    re.IGNORECASE,
)
_SCALES = {**SCALES, "bn": 1e9, "mn": 1e6, "tn": 1e12}
_ORDINAL = re.compile(r"(?P<digits>\d{1,4})(?:st|nd|rd|th|\.|ª|º)", re.IGNORECASE)
_FRACTION = re.compile(r"(?:(?P<whole>\d{1,6})[-\s])?(?P<above>\d{1,3})/(?P<below>\d{1,3})")
_CLOCK = re.compile(
    r"(?:(?P<days>\d{1,3}):)?(?:(?P<hours>\d{1,3}):)?(?P<minutes>\d{1,2}):(?P<seconds>\d{2}(?:\.\d{1,6})?)"
)
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_DATES = (
    re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?:[T ]\d{1,2}:\d{2}.*)?"),
    re.compile(r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.\s?(?P<year>\d{4})"),
    re.compile(
        rf"(?:\w+,? )?(?P<name>{MONTH})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}})", re.IGNORECASE
    ),
    re.compile(
        rf"(?:\w+,? )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\.?[ -](?P<name>{MONTH})\.?,?[ -](?P<year>\d{{4}})",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<year>\d{4})[-/](?P<month>0[1-9]|1[0-2])"),
    re.compile(rf"(?P<name>{MONTH})\.?,?[ -](?:(?P<year>\d{{4}})|['’]?(?P<short>\d{{2}}))", re.IGNORECASE),
    re.compile(rf"(?P<name>{MONTH})\.?", re.IGNORECASE),
)
_SLASHED = re.compile(r"(?P<first>\d{1,2})[/](?P<second>\d{1,2})[/](?P<year>\d{4}|\d{2})(?: \d{1,2}:\d{2}.*)?")
_YEARS = re.compile(r"(?P<year>1[0-9]\d\d|20\d\d)\s?[-–—/]\s?(?P<end>\d{4}|\d{2}|present|now)?", re.IGNORECASE)
_TRUE, _FALSE = frozenset(["yes", "true", "✓", "✔", "☑", "x"]), frozenset(["no", "false", "✗", "✘", "☐"])


def read(text: str, *, comma: bool = False, day_first: bool | None = None) -> Value:
    """What the cell says by itself. `comma`: the comma is decimal. `day_first`: of "3/4/2024"; None where not known."""
    plain = " ".join(text.split()).strip("*")
    if plain.casefold() in EMPTY:
        return NOTHING
    if len(plain) > LONGEST:
        return TEXT
    if plain.casefold() in _TRUE | _FALSE:
        return Value("boolean", float(plain.casefold() in _TRUE))
    return (
        _date(plain, day_first)
        or _clock(plain)
        or _number(plain, comma=comma)
        or _date(_ASIDE.sub("", plain), day_first)
        or TEXT
    )


def has_decimal_comma(text: str) -> bool | None:
    """Whether the commas of this number must be decimal (True), or cannot be (False); None where it does not show."""
    digits = re.sub(r"[^\d.,]", "", text)
    if re.search(r"\.\d{3},\d", digits) or re.fullmatch(r"\d+,(?:\d|\d\d|\d{4,})", digits):
        return True
    if re.search(r",\d{3}\.\d|,\d{3},\d{3}", digits) or re.fullmatch(r"\d+\.(?:\d|\d\d|\d{4,})", digits):
        return False
    return None


def is_day_first(text: str) -> bool | None:
    """Whether a date with slashes must begin with the day (True), or with the month (False); None: either, or none."""
    match = _SLASHED.fullmatch(" ".join(text.split()))
    if not match or (int(match["first"]) > 12) == (int(match["second"]) > 12):
        return None
    return int(match["first"]) > 12


def years(text: str) -> Value | None:
    """A year, or years from and to ("1970-71", "2008-"), as a date; None where it is neither."""
    if re.fullmatch(r"1[0-9]\d\d|20\d\d", text):
        return Value("date", int(text) * 10000.0, year=int(text))
    match = _YEARS.fullmatch(text)
    if not match:
        return None
    year, end = int(match["year"]), match["end"] or ""
    last = None if not end.isdigit() else int(end) if len(end) == 4 else year // 100 * 100 + int(end)
    if last is not None and last < year:
        last = last + 100 if len(end) == 2 else None
    return Value("date", year * 10000.0, year=year, end=last)


def _date(text: str, day_first: bool | None) -> Value | None:
    if slashed := _SLASHED.fullmatch(text):
        first, second, year = int(slashed["first"]), int(slashed["second"]), _full_year(slashed["year"])
        clear = day_first if day_first is not None else is_day_first(text)
        if clear is None and first != second:
            return Value("date", year * 10000.0, year=year)
        return _day(year, *((second, first) if clear else (first, second)))
    for pattern in _DATES:
        if match := pattern.fullmatch(text):
            parts = match.groupdict()
            month = month_number(parts["name"]) if parts.get("name") else int(parts["month"])
            short = parts.get("short")
            year = int(parts["year"]) if parts.get("year") else _full_year(short) if short else 0
            return _day(year, month, int(parts.get("day") or 0))
    matches = years(text)
    return matches if matches and not text.isdigit() else None  # a number of four digits may be anything


def _day(year: int, month: int, day: int) -> Value | None:
    if not 1 <= month <= 12 or day > 31:
        return None
    return Value("date", year * 10000.0 + month * 100 + day, year=year or None, month=month, day=day or None)


def _full_year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text) if int(text) < 50 else 1900 + int(text)


def _clock(text: str) -> Value | None:
    sign = -1 if text[:1] in "-−" else 1
    match = _CLOCK.fullmatch(text.lstrip("+-− "))
    if not match:
        return None
    parts = match.groupdict()
    if parts["days"] and not parts["hours"]:  # the pattern takes the first of three for days
        parts["days"], parts["hours"] = None, parts["days"]
    seconds = float(parts["seconds"]) + 60 * int(parts["minutes"])
    seconds += 3600 * int(parts["hours"] or 0) + 86400 * int(parts["days"] or 0)
    return Value("duration", sign * seconds, decimals=len(parts["seconds"].partition(".")[2]))


def _number(text: str, *, comma: bool) -> Value | None:
    if ordinal := _ORDINAL.fullmatch(text):
        return Value("number", float(ordinal["digits"]))
    if (fraction := _FRACTION.fullmatch(text)) and int(fraction["below"]):
        whole = float(fraction["whole"] or 0) + int(fraction["above"]) / int(fraction["below"])
        return Value("number", whole, decimals=3)
    match = _AMOUNT.fullmatch(text)
    if not match or (match["open"] is None) != (match["close"] is None):
        return None
    number, decimals = _digits(match["digits"].strip(), comma)
    if number is None:
        return None
    negative = any((match[name] or "").strip() in ("-", "−", "–") for name in ("sign", "sign2")) or bool(match["open"])
    scale = _SCALES.get((match["scale"] or "").lower(), 1.0)
    unit = _unit(match["before"]) or _unit(match["unit"])
    return Value("number", (-number if negative else number) * scale, unit, decimals)


def _unit(text: str | None) -> str:
    plain = (text or "").rstrip(".")
    return "" if plain == "#" else CURRENCIES.get(plain.lower(), plain)


def _digits(text: str, comma: bool) -> tuple[float | None, int]:
    """The number that digits with their marks make, and how many are decimal; None where they make none."""
    plain = re.sub(r"(?<=\d)['’   ](?=\d{3}(?!\d))", "", text)
    if has_decimal_comma(plain) or (comma and has_decimal_comma(plain) is None and "," in plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif comma and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", plain):
        plain = plain.replace(".", "")
    elif re.fullmatch(r"\d{1,3}(?:,\d{3})*(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+", plain):
        plain = plain.replace(",", "")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", plain):
        plain = plain.replace(".", "")
    else:
        return None, 0
    return float(plain), len(plain.partition(".")[2])
