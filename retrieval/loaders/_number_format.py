"""Numbers as a sheet shows them, by the format of their cell (ECMA-376 part 1, 18.8.31): "#,##0.00 €", "0.0%", "d mmm".

Two things are shown otherwise than a program on the person's machine would show them: decimals are set off by a full
stop, since that is how formats are stored, and years have four digits.
"""

import operator
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from vademecum.language.dates import MONTHS, WEEKDAYS

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)|\[\$(?P<currency>[^\]-]*)(?:-[^\]]*)?\]'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[(?P<operator><=|>=|<>|<|>|=)(?P<bound>-?[\d.]+)\]|\[[^\]]*\]"
    r"|(?P<general>General)|(?P<half>AM/PM|A/P)|(?P<when>y+|m+|d+|h+|s+(?:\.0+)?)|(?P<digit>[0#?])"
    r"|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)|(?P<exponent>E[+-])|(?P<slash>/)|(?P<text>@)|(?P<literal>.)",
    re.IGNORECASE | re.DOTALL,
)
_SECTION = re.compile(r'(?:"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|[^;])*', re.DOTALL)
_LONGEST = 200
"""Characters of a format; Excel has 255 at most, and what is longer is shown as a general number."""

_LOCAL_DATES = frozenset({"mm-dd-yy", "m/d/yy", "m/d/yy h:mm", "mm-dd-yy h:mm"})
"""Built-in formats, shown in each country's own order; here as 2025-01-31."""


class Shown(NamedTuple):
    """What a cell shows; `exact` is its value where that says less, as a decimal number or in ISO 8601."""

    text: str
    exact: str | None = None


class _Section(NamedTuple):
    tokens: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None

    def has(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.tokens)


def number(value: float, form: str, *, epoch: datetime) -> Shown:
    """A number (or a date, which is one: days since `epoch`) as the format `form` shows it."""
    sections = _sections(form)
    section, sign = _chosen(sections, value)
    if section.has("when", "elapsed"):
        return _date(value, section, form, epoch)
    if not sections or section.has("general") or (not section.tokens and len(sections) == 1):
        return Shown(_around(section, general(value)))
    if section.has("text") and not section.has("digit"):
        return Shown("".join(general(value) if kind == "text" else text for kind, text in section.tokens))
    return _amount(value, section, sign)


def general(value: float) -> str:
    """A number without a format."""
    return repr(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.15g}"


@lru_cache(256)
def _sections(form: str) -> tuple[_Section, ...]:
    if not form or len(form) > _LONGEST or form.lower() == "general":
        return ()
    texts, at = [], 0
    while at <= len(form):
        match = _SECTION.match(form, at)
        texts.append(match[0] if match else "")
        at += len(texts[-1]) + 1
    return tuple(map(_section, texts[:4]))


def _section(text: str) -> _Section:
    tokens, condition = [], None
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind == "bound":
            condition = (match["operator"], float(match["bound"]))
        elif kind in ("quoted", "escaped", "currency", "literal"):
            tokens.append(("literal", match[kind]))
        elif kind == "space":
            tokens.append(("literal", " "))
        elif kind and kind != "fill":
            tokens.append((kind, match[kind]))
    return _Section(tuple(tokens), condition)


def _chosen(sections: tuple[_Section, ...], value: float) -> tuple[_Section, str]:
    """The section for the value, and the sign to be put before it."""
    if not sections:
        return _Section((), None), "-" if value < 0 else ""
    tests = {"<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge, "=": operator.eq}
    if any(section.condition for section in sections):
        sign = "-" if value < 0 else ""
        for section in sections[:3]:
            name, bound = section.condition or ("", 0.0)
            if not name or tests.get(name, operator.ne)(value, bound):
                return section, sign
        return sections[-1], sign
    if value < 0 and len(sections) > 1:
        return sections[1], ""
    if value == 0 and len(sections) > 2:
        return sections[2], ""
    return sections[0], "-" if value < 0 else ""


def _around(section: _Section, text: str) -> str:
    """The general number with the literal text of its format around it."""
    if not section.has("general"):
        return text
    return "".join(text if kind == "general" else token for kind, token in section.tokens)


def _amount(value: float, section: _Section, sign: str) -> Shown:
    if not section.has("digit"):
        literal = "".join(text for kind, text in section.tokens if kind in ("literal", "percent"))
        return Shown((sign + literal).strip(), general(value))
    if section.has("slash"):
        return _fraction(value, section, sign)
    if section.has("exponent"):
        decimals = _places(section)[1]
        return Shown(sign + f"{abs(value):.{decimals}E}", general(value))
    _, decimals, scale = _places(section)
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    scaled = abs(exact).scaleb(scale)
    rounded = scaled.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP) if scaled < Decimal("1e25") else scaled
    if not rounded:
        sign = ""
    whole, _, part = f"{rounded:f}".partition(".")
    text = _placed(section, whole.lstrip("0"), part)
    text = (sign + text).strip()
    is_exact = rounded == scaled and scale >= 0 and (value >= 0 or text.startswith(("-", "(", "−")))
    return Shown(text, None if is_exact else general(value))


def _places(section: _Section) -> tuple[int, int, int]:
    """Digits before and behind the point, and the power of ten that the number is shown in."""
    before = behind = scale = commas = 0
    in_decimals = False
    for kind, _ in section.tokens:
        if kind == "digit":
            before, behind, commas = before + (not in_decimals), behind + in_decimals, 0
        elif kind == "exponent":
            break
        commas += kind == "comma"
        in_decimals = in_decimals or kind == "point"
        scale += 2 * (kind == "percent")
    return before, behind, scale - 3 * commas


def _placed(section: _Section, whole: str, part: str) -> str:
    """The digits in the places of the format, from the point to the left and to the right."""
    tokens = section.tokens
    point = next((number for number, (kind, _) in enumerate(tokens) if kind == "point"), len(tokens))
    decimals = "".join(_behind(tokens[point + 1 :], part))
    dot = "." if decimals[:1].isdigit() else ""
    return "".join(_before(tokens[:point], whole))[::-1] + dot + decimals


def _before(tokens: tuple[tuple[str, str], ...], whole: str) -> Iterator[str]:
    """The characters before the point, from right to left."""
    digits = [number for number, (kind, _) in enumerate(tokens) if kind == "digit"]
    grouped = any(kind == "comma" for kind, _ in tokens[digits[0] : digits[-1]]) if digits else False
    waiting, usage = whole, 0
    for number in range(len(tokens) - 1, -1, -1):
        kind, text = tokens[number]
        if kind in ("literal", "percent", "slash"):
            yield text[::-1]
        least = 1 if kind == "digit" and (waiting or text == "0") else 0
        for _ in range(max(least, len(waiting)) if least and number == digits[0] else least):
            if grouped and usage and usage % 3 == 0:
                yield ","
            yield waiting[-1:] or "0"
            waiting, usage = waiting[:-1], usage + 1
    if not digits and whole:
        yield whole[::-1]


def _behind(tokens: tuple[tuple[str, str], ...], part: str) -> Iterator[str]:
    """The characters behind the point."""
    for kind, text in tokens:
        if kind == "digit":
            yield part[:1] if text != "#" or part.strip("0") else ""
            part = part[1:]
        elif kind in ("literal", "percent"):
            yield text


def _fraction(value: float, section: _Section, sign: str) -> Shown:
    slash = next(number for number, (kind, _) in enumerate(section.tokens) if kind == "slash")
    places = sum(kind == "digit" for kind, _ in section.tokens[slash:])
    exact = Fraction(repr(abs(value)))
    nearest = exact.limit_denominator(10 ** min(max(places, 1), 4) - 1)
    whole, rest = divmod(nearest.numerator, nearest.denominator)
    parts = [str(whole)] if whole or not rest else []
    parts += [f"{rest}/{nearest.denominator}"] if rest else []
    return Shown(sign + " ".join(parts), None if nearest == exact else general(value))


def _date(value: float, section: _Section, form: str, epoch: datetime) -> Shown:
    from openpyxl.utils.datetime import from_excel

    try:
        moment = from_excel(value, epoch)
    except (OverflowError, ValueError):
        return Shown(general(value))
    if section.has("elapsed"):
        return Shown(_elapsed(value, section), None)
    if not isinstance(moment, datetime):
        moment = datetime.combine(datetime.min, moment)  # a time of day, without a day
    moment = (moment + timedelta(microseconds=500)).replace(microsecond=0)
    units = {text[0].lower() for kind, text in section.tokens if kind == "when"}
    has_time = not units.isdisjoint("hs")
    exact = (moment if has_time else moment.date()).isoformat() if not has_time or units & {"y", "d"} else None
    if form.lower().partition(";")[0] in _LOCAL_DATES:
        return Shown(moment.isoformat(" ", "minutes") if has_time else moment.date().isoformat())
    text = _written(moment, section)
    return Shown(text, None if exact == text else exact)


def _written(moment: datetime, section: _Section) -> str:
    kinds = [(kind, text.lower()) for kind, text in section.tokens if kind != "text"]
    times = [number for number, (kind, text) in enumerate(kinds) if kind == "when" and text[0] in "hs"]
    halved = section.has("half")
    parts = []
    for number, (kind, text) in enumerate(kinds):
        if kind == "when":
            parts.append(_unit(moment, text, is_minute=_is_minute(kinds, number, times), halved=halved))
        elif kind == "half":
            parts.append("AM" if moment.hour < 12 else "PM")
        else:
            parts.append(section.tokens[number][1] if kind != "digit" else "")
    return "".join(parts).strip()


def _is_minute(kinds: list[tuple[str, str]], number: int, times: list[int]) -> bool:
    """Whether an m stands for minutes: right behind hours, or right before seconds."""
    if kinds[number][1][0] != "m" or len(kinds[number][1]) > 2:
        return False
    units = [other for other, (kind, _) in enumerate(kinds) if kind == "when"]
    at = units.index(number)
    before = kinds[units[at - 1]][1][0] if at else ""
    after = kinds[units[at + 1]][1][0] if at + 1 < len(units) else ""
    return bool(times) and (before == "h" or after == "s")


def _unit(moment: datetime, text: str, *, is_minute: bool, halved: bool) -> str:
    letter, length = text[0], len(text.partition(".")[0])
    if letter == "y":
        return str(moment.year)
    if letter == "m" and not is_minute and length > 2:
        return MONTHS[moment.month - 1][: {3: 3, 5: 1}.get(length)]
    if letter == "d" and length > 2:
        return WEEKDAYS[moment.weekday()][: 3 if length == 3 else None]
    hour = (moment.hour + 11) % 12 + 1 if halved else moment.hour
    value = {"m": moment.minute if is_minute else moment.month, "d": moment.day, "h": hour, "s": moment.second}[letter]
    return f"{value:02}" if length > 1 else str(value)


def _elapsed(value: float, section: _Section) -> str:
    """A duration: the first unit counts on beyond a day."""
    seconds = round(abs(value) * 86400)
    parts = ["-" if value < 0 else ""]
    for kind, text in section.tokens:
        if kind in ("elapsed", "when"):
            size = {"h": 3600, "m": 60, "s": 1}.get(text[0].lower(), 1)
            count = seconds // size if kind == "elapsed" else seconds // size % (60 if size < 3600 else 24)
            width = len(text.partition(".")[0])
            parts.append(f"{count:0{width}}" if width > 1 else str(count))
        elif kind == "literal":
            parts.append(text)
    return "".join(parts)
