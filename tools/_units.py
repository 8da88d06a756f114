"""Quantities with units behind the calculator: a small parser of its own over the units that `pint` knows.

Factors are fractions, as pint is told to read its definitions, so that 3 miles are 4.828032 km exactly. Nothing is
given to pint to parse but the name of one unit.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import ToolError
from vademecum.language.stop_words import FUNCTION_WORDS
from vademecum.tools._arithmetic import MAX_BITS, Value, shorten
from vademecum.tools._expressions import TokenReader, as_fraction, is_name, is_number, tokenise

if TYPE_CHECKING:
    from pint import UnitRegistry

HOW = "write it like '3 miles in km' or '5 kg + 300 g'"
"""Said where something cannot be read."""

MAX_POWER = 9
"""Highest power of a unit."""

MEASURED_BITS = 90
"""A factor with a longer numerator or denominator is no fraction in truth (pi), or was measured."""

_TARGET = re.compile(r"^(?P<what>.*\S)\s+(?:in|into|to|as)\s+(?P<unit>\D+?[\d^²³/\w]*)$", re.DOTALL)
_LEAD = (
    (r"(^|\s)an?\s+", r"\g<1>1 "),
    (
        r"^how many (?P<unit>.+?) (?:are |is |does |do |make )?(?:there )?(?:in )?(?P<what>\d.*)$",
        r"\g<what> to \g<unit>",
    ),
    (r"^(?:convert|change|express|turn|how (?:much|long|far|heavy|big) (?:is|are))\s+", ""),
)
_SPELLINGS = (
    (r"\b(?:sq\.?|square)\s+([a-zA-Z]+)", r"\1^2"),
    (r"\b(?:cu\.?|cubic)\s+([a-zA-Z]+)", r"\1^3"),
    (r"\bdegrees?\s+(celsius|centigrade|fahrenheit|kelvin|c\b|f\b)", r"\1"),
    (r"\bdegrees?\s+([CF])\b", r"°\1"),
    (r"\bcentigrade\b", "celsius"),
    (r"\bKB\b", "kB"),
    (r"\bfl\.?\s?oz\b|\bfluid ounces?\b", "fluid_ounce"),
    (r"\bnautical miles?\b", "nautical_mile"),
    (r"\bper\b", "/"),
    (r"\bplus\b", "+"),
    (r"\bminus\b", "-"),
    (r"\btimes\b|[×·]", "*"),
    (r"[−–]", "-"),
    (r"²", "^2"),
    (r"³", "^3"),
    (r"º", "°"),
)
_NO_UNITS = FUNCTION_WORDS - {"us"}
"""Never units where they follow a number; "in" may be one, and is tried where there are others."""

_MONEY = frozenset("usd eur gbp jpy chf dollar dollars euro euros pounds sterling yen".split())


@dataclass(frozen=True)
class Converted:
    """A quantity worked out: `text` with its unit, `exact` where that is not rounded."""

    text: str
    exact: bool


def has_units(text: str) -> bool:
    """Whether a number in the text is followed by the name of a unit: worth a try as a quantity."""
    # Only words in that place are looked up, so that a sentence with years in it does not load the units for nothing.
    counted = re.findall(r"(?:\d|\ban?\s)\s*(?!e[+-]?\d)(°?[^\W\d]+)", _plain(text))
    words = {word for word in counted if word.lower() not in _NO_UNITS}
    return any(word.lower() in _MONEY or _pint_name(word) for word in words)


def work_out_units(text: str) -> Converted:
    """The value of an expression with units, in the unit that is asked for, if any.

    Raises:
        ToolError: it cannot be read, or the units do not go together.
    """
    from pint import PintError

    text = _plain(text)
    target = _TARGET.match(text)
    what, unit = (target["what"], target["unit"]) if target and tokenise(target["unit"], HOW) else (text, "")
    try:
        quantity = _Parser(tokenise(what, HOW)).whole()
        if unit:
            quantity = quantity.to(_Parser(tokenise(unit, HOW)).whole().units)
    except PintError as error:
        raise ToolError(_error_text(error)) from None
    except (ZeroDivisionError, OverflowError):
        raise ToolError(f"{text!r} divides by zero, or goes beyond what is worked with") from None
    return _as_text(quantity, unit.strip())


def _plain(text: str) -> str:
    for pattern, plain in (*_LEAD, *_SPELLINGS):
        text = re.sub(pattern, plain, text, flags=re.IGNORECASE)
    return text


def _as_text(quantity: Any, unit: str) -> Converted:
    factor: Any = _units().get_root_units(quantity.units)[0]
    exact = _is_short(Fraction(factor)) and _is_short_enough(quantity.magnitude)
    number, all_of_it = shorten(Value(Fraction(quantity.magnitude), exact=exact))
    return Converted(f"{number} {unit or _unit_symbols(quantity)}".strip(), all_of_it)


def _unit_symbols(quantity: Any) -> str:
    """The unit in symbols: "kg", "m/s", "m^2". (Pint's own way does not take powers that are fractions.)"""
    over, under = [], []
    for name, power in quantity.unit_items():
        symbol = _units().get_symbol(name) or name
        (over if power > 0 else under).append(symbol if abs(power) == 1 else f"{symbol}^{abs(power)}")
    return "/".join(["*".join(over) or "1" if under else "*".join(over), *under])


def _is_short(factor: Fraction) -> bool:
    return max(factor.numerator.bit_length(), factor.denominator.bit_length()) <= MEASURED_BITS


def _is_short_enough(number: Any) -> bool:
    size = max(Fraction(number).numerator.bit_length(), Fraction(number).denominator.bit_length())
    if size > MAX_BITS:
        raise ToolError("a number grows beyond what is worked with")
    return size <= 3 * MEASURED_BITS


def _error_text(error: Exception) -> str:
    from pint import DimensionalityError, OffsetUnitCalculusError

    if isinstance(error, DimensionalityError):
        return "the units do not go together: they measure different things"
    if isinstance(error, OffsetUnitCalculusError):
        return "temperatures cannot be added or multiplied, only converted: '20 °C in °F'"
    return f"the units cannot be read; {HOW}"


class _Parser(TokenReader):
    """Recursive descent: sum > product > quantity; "5 ft 7 in" is a sum."""

    def whole(self) -> Any:
        value = self.sum()
        if self.next:
            raise ToolError(f"{self.next!r} is not expected here; {HOW}")
        return value

    def sum(self) -> Any:
        self.depth += 1
        if self.depth > 20:
            raise ToolError("the expression is nested too deep; work it out in parts")
        total = self.product()
        while self.next in ("+", "-") or is_number(self.next):
            minus = self.next == "-"
            if not is_number(self.next):
                self.take()
            right = self.product()
            total = total - right if minus else total + right
        self.depth -= 1
        return total

    def product(self) -> Any:
        total = self.quantity()
        while self.next in ("*", "/"):
            total = total / self.quantity() if self.take() == "/" else total * self.quantity()
            _is_short_enough(total.magnitude)
        return total

    def quantity(self) -> Any:
        """A number with its units, a unit alone, or what stands in parentheses."""
        registry = _units()
        if self.next == "-":
            self.take()
            return -self.quantity()
        if self.next == "(":
            self.take()
            value = self.sum()
            if self.take() != ")":
                raise ToolError("a parenthesis is not closed")
        elif is_number(self.next):
            magnitude = as_fraction(self.take())
            if self.next == "/" and is_number(self.ahead(1)) and is_name(self.ahead(2)):
                self.take()
                magnitude /= as_fraction(self.take())
            value = registry.Quantity(magnitude, self.unit() if is_name(self.next) else "dimensionless")
        else:
            value = registry.Quantity(Fraction(1), self.unit())
        while is_name(self.next):
            value = value * registry.Quantity(Fraction(1), self.unit())
        return value

    def unit(self) -> Any:
        """One unit, with its power."""
        word = self.take()
        name = _pint_name(word) if is_name(word) else None
        if name is None:
            money = word.lower() in _MONEY
            raise ToolError(
                "rates of money change by the day, and are not known here"
                if money
                else f"there is no unit called {word!r}; {HOW}"
            )
        unit = _units().Unit(name)
        if self.next != "^":
            return unit
        self.take()
        minus = self.next == "-" and bool(self.take())
        power = self.take()
        if not power.isdecimal() or int(power) > MAX_POWER:
            raise ToolError(f"a unit's power is a whole number up to {MAX_POWER}, and not {power!r}")
        return unit ** (-int(power) if minus else int(power))


_TEMPERATURES = {"°c": "°C", "°f": "°F", "c": "°C", "f": "°F", "C": "°C", "F": "°F"}
"""Alone they are degrees for most people, and coulomb and farad for pint."""


@cache
def _pint_name(word: str) -> str | None:
    """Pint's name for the unit; its own spelling first, since mW and MW differ."""
    registry = _units()
    for spelled in dict.fromkeys((word, word.lower())):
        if not spelled.isascii() and spelled not in ("°C", "°F", "°c", "°f", "Ω", "µm", "μm", "°"):
            continue
        spelled = _TEMPERATURES.get(spelled, spelled)
        names = registry.parse_unit_name(spelled)
        if names:
            return "".join(names[0][:2])
    return None


@cache
def _units() -> "UnitRegistry":
    """The registry, made at the first use, which takes about half a second."""
    from pint import UnitRegistry

    number_type: Any = Fraction  # pint declares a kind of float, and takes any kind of number
    registry = UnitRegistry(non_int_type=number_type, on_redefinition="ignore")
    # Pint's is the survey acre, which went out of use in 2022: a square mile would have 639.997 of them.
    registry.define("acre = 4840 * yard ** 2")
    return registry
