"""Reading an expression: its tokens, for the arithmetic of the calculator and for its units."""

import re
from fractions import Fraction

from vademecum.core.errors import ToolError

_SEPARATORS = ",\u00a0\u202f'"
"""Between groups of three digits: 2,340 or 2 340 or 2'340."""

_TOKEN = re.compile(
    rf"\s*(?:(?P<number>(?:\d{{1,3}}(?:[{_SEPARATORS}]\d{{3}})+(?![\d,])|\d+)(?:\.\d+)?(?:e[+-]?\d{{1,4}}(?![\d.]))?|\.\d+)"
    r"|(?P<name>°?[^\W\d]+)|(?P<sign>//|[-+*/^%()]))"
)


def tokenise(text: str, advice: str) -> list[str]:
    """The numbers, names and signs of an expression, in order.

    Raises:
        ToolError: something is none of these; ends with `advice`.
    """
    parts, place = [], 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            raise ToolError(f"cannot read {text[place:].strip()[:20]!r}; {advice}")
        parts.append(match.group().strip())
        place = match.end()
    return parts


def is_number(token: str) -> bool:
    """Whether a token is a number."""
    return token[:1].isdecimal() or token[:1] == "."


def is_name(token: str) -> bool:
    """Whether a token is a name: of a function, a constant, a unit."""
    return token[:1] == "°" or token[:1].isalpha()


def as_fraction(token: str) -> Fraction:
    """The value of a number, exactly."""
    return Fraction(re.sub(f"[{_SEPARATORS}]", "", token))


class TokenReader:
    """The tokens of an expression, one after the other; "" behind the last."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [*tokens, ""]
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> str:
        """The token to come."""
        return self.tokens[self.place]

    def ahead(self, count: int) -> str:
        """The token `count` behind the one to come."""
        return self.tokens[min(self.place + count, len(self.tokens) - 1)]

    def take(self) -> str:
        """The token to come, which is then behind."""
        self.place += 1
        return self.tokens[self.place - 1]
