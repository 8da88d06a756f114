"""The parser and the number behind the calculator: a recursive descent over exact fractions.

Kept from eval by construction: the only things it knows are the tables at the end of this file.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, DecimalException, localcontext
from fractions import Fraction
from typing import NoReturn

from vademecum.core.errors import ToolError
from vademecum.tools._expressions import TokenReader, as_fraction, is_number, tokenise

MAX_CHARS = 500
"""Longest expression; a person's sums are far below."""

MAX_DEPTH = 40
"""Deepest nesting of parentheses, signs and powers: keeps the parser far from Python's recursion limit."""

MAX_BITS = 8_192
"""Largest numerator or denominator, in bits (about 2,466 digits): 9^9^9 would not fit into memory."""

SIGNIFICANT = 15
"""Significant digits of a rounded result."""

_WORDS = (
    (r"^(?:add|sum up)\s+(.+)\s+(?:and|to)\s+(.+)$", r"(\1) + (\2)"),
    (r"^subtract\s+(.+)\s+from\s+(.+)$", r"(\2) - (\1)"),
    (r"^multiply\s+(.+)\s+(?:by|and|with)\s+(.+)$", r"(\1) * (\2)"),
    (r"^divide\s+(.+)\s+by\s+(.+)$", r"(\1) / (\2)"),
    (r"^(?:the\s+)?sum of\s+(.+)\s+and\s+(.+)$", r"(\1) + (\2)"),
    (r"^(?:the\s+)?product of\s+(.+)\s+and\s+(.+)$", r"(\1) * (\2)"),
    (r"^an?\s+(?=\d)", ""),
    (r"(?<=%)\s*(?:tip|tax|vat|interest)?\s*on\b", " of "),
    (r"\bhalf of\b", "1/2 of"),
    (r"\b(?:to the power of|raised to)\b", "^"),
    (r"\bsquare root of\b", "sqrt"),
    (r"\bmultiplied by\b|\btimes\b|(?<=[\d)\s])x(?=[\d(\s])", "*"),
    (r"\bdivided by\b|\bover\b", "/"),
    (r"\bplus\b", "+"),
    (r"\bminus\b", "-"),
    (r"\bmod(?:ulo)?\b", " mod "),
    (r"\bpercent\b|\bper cent\b", "%"),
    (r"\bsquared\b", "^2"),
    (r"\bcubed\b", "^3"),
    (r"[×·]", "*"),
    (r"[÷:]", "/"),
    (r"[−–]", "-"),
    (r"\*\*", "^"),
    (r"[$€£¥]", ""),
)
"""How people, and small models, write the same thing."""

_ADVICE = "write numbers (2,340 or 0.5), + - * / ^ %, sqrt and ( )"


@dataclass(frozen=True)
class Value:
    """A number on its way: `exact` is False once a root was rounded; `percent` marks 20% in `50 + 20%`."""

    number: Fraction
    exact: bool = True
    percent: bool = False


def calculate(expression: str) -> Value:
    """The value of an expression. Raises ToolError as `work_out` does."""
    if len(expression) > MAX_CHARS:
        raise ToolError(f"the expression has {len(expression)} characters; at most {MAX_CHARS} are taken")
    text = expression
    for pattern, plain in _WORDS:
        text = re.sub(pattern, plain, text)
    try:
        return _Parser(tokenise(text, _ADVICE)).whole()
    except ZeroDivisionError:
        raise ToolError(f"{expression!r} divides by zero, which has no value") from None


def shorten(value: Value) -> tuple[str, bool]:
    """The number in decimal, and whether that is exact."""
    number, places = value.number, 0
    rest = number.denominator
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest, count = rest // prime, count + 1
        places = max(places, count)
    with localcontext() as context:
        if value.exact and rest == 1 and places <= 30:
            context.prec = len(str(abs(number.numerator))) + places + 1
            text = f"{Decimal(number.numerator) / Decimal(number.denominator):f}"
            return (text.rstrip("0").rstrip(".") if "." in text else text), True
        context.prec = SIGNIFICANT
        rounded = Decimal(number.numerator) / Decimal(number.denominator)
        return f"{rounded.normalize():f}" if -20 < rounded.adjusted() < 40 else str(rounded), False


class _Parser(TokenReader):
    """Recursive descent: sum > product > sign > power > percent > number."""

    def refuse(self) -> NoReturn:
        seen = f"{self.next!r} is not expected here" if self.next else "the expression ends too early"
        raise ToolError(f"{seen}; write it like '17.5% of 2,340' or '(3 + 4) * 2^5'")

    def whole(self) -> Value:
        value = self.sum()
        if self.next:
            self.refuse()
        return value

    def sum(self) -> Value:
        total = self.product()
        while self.next in ("+", "-"):
            sign = 1 if self.take() == "+" else -1
            right = self.product()
            added = right.number * total.number if right.percent and not total.percent else right.number
            percent = total.percent and right.percent
            total = _checked(total.number + sign * added, total.exact and right.exact, percent=percent)
        return total

    def product(self) -> Value:
        total = self.signed()
        while self.next in _PRODUCTS:
            operation = _PRODUCTS[self.take()]
            right = self.signed()
            total = _checked(operation(total.number, right.number), total.exact and right.exact)
        return total

    def signed(self) -> Value:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ToolError(f"the expression is nested more than {MAX_DEPTH} deep; work it out in parts")
        if self.next in ("+", "-"):
            sign = -1 if self.take() == "-" else 1
            value = self.signed()
            value = Value(sign * value.number, value.exact, value.percent)
        else:
            value = self.power()
        self.depth -= 1
        return value

    def power(self) -> Value:
        base = self.percent()
        if self.next != "^":
            return base
        self.take()
        return _power(base, self.signed())

    def percent(self) -> Value:
        value = self.atom()
        while self.next == "%" and not self._operand(self.ahead(1)):
            self.take()
            value = Value(value.number / 100, value.exact, percent=True)
        return value

    def _operand(self, token: str) -> bool:
        return token == "(" or is_number(token) or token in _FUNCTIONS or token in _CONSTANTS

    def atom(self) -> Value:
        token = self.take()
        if token == "(":
            value = self.sum()
            if self.take() != ")":
                self.place -= 1
                self.refuse()
            return value
        if token in _FUNCTIONS:
            return _FUNCTIONS[token](self.atom())
        if token in _CONSTANTS:
            return _CONSTANTS[token]
        if is_number(token):
            return _checked(as_fraction(token), exact=True)
        self.place -= 1
        self.refuse()


def _checked(number: Fraction, exact: bool, *, percent: bool = False) -> Value:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > MAX_BITS:
        if exact:
            raise ToolError(f"a number grows beyond {MAX_BITS * 3 // 10:,} digits, which is more than is worked with")
        number = _rounded(number)
    return Value(number, exact, percent)


def _rounded(number: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = 60
        return Fraction(Decimal(number.numerator) / Decimal(number.denominator))


def _power(base: Value, exponent: Value) -> Value:
    if base.number < 0 and exponent.number.denominator != 1:
        raise ToolError("a negative number has no real root")
    size = max(base.number.numerator.bit_length(), base.number.denominator.bit_length())
    if abs(exponent.number) * size > MAX_BITS:
        raise ToolError(f"the power is too large: more than {MAX_BITS * 3 // 10:,} digits")
    exact = base.exact and exponent.exact
    if exponent.number.denominator == 1:
        return _checked(base.number ** int(exponent.number), exact)
    if exponent.number == Fraction(1, 2):
        return _root(base)
    return Value(_decimal(lambda: _as_decimal(base.number) ** _as_decimal(exponent.number)), exact=False)


def _root(value: Value) -> Value:
    if value.number < 0:
        raise ToolError("a negative number has no real square root")
    top, bottom = math.isqrt(value.number.numerator), math.isqrt(value.number.denominator)
    if Fraction(top * top, bottom * bottom) == value.number:
        return Value(Fraction(top, bottom), value.exact)
    return Value(_decimal(lambda: _as_decimal(value.number).sqrt()), exact=False)


def _as_decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _decimal(compute: Callable[[], Decimal]) -> Fraction:
    with localcontext() as context:
        context.prec = 60
        try:
            return Fraction(compute())
        except DecimalException as error:
            raise ToolError("the result is too large or too small to be worked with") from error


def _whole(round_to: Callable[[Fraction], int]) -> Callable[[Value], Value]:
    return lambda value: Value(Fraction(round_to(value.number)), value.exact)


def _half_up(number: Fraction) -> int:
    """Halves away from zero, as at school; Python's `round` goes to the even neighbour."""
    nearest = math.floor(abs(number) + Fraction(1, 2))
    return -nearest if number < 0 else nearest


_PRODUCTS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: Fraction(a // b),
    "%": lambda a, b: a % b,
    "mod": lambda a, b: a % b,
    "of": lambda a, b: a * b,
    "off": lambda a, b: b - a * b,
}
_FUNCTIONS: dict[str, Callable[[Value], Value]] = {
    "sqrt": _root,
    "abs": lambda value: Value(abs(value.number), value.exact),
    "round": _whole(_half_up),
    "floor": _whole(math.floor),
    "ceil": _whole(math.ceil),
}
_CONSTANTS = {"pi": Value(Fraction("3.14159265358979323846264338327950288419716939937510582097494"), exact=False)}
