"""What traces must not hold is left out before it is written anywhere: secrets and, where wanted, personal data.

`redactor(level)` is a function that takes any value that JSON can hold and returns it redacted: the `anonymizer` of the
SDK's client. Secrets are found in texts as everywhere (`core/secret_spans.py`), and by the name they are stored under.
"""

import functools
import re
from collections.abc import Callable
from typing import Any, Literal

from vademecum.core.secret_spans import without_secrets

Level = Literal["secrets", "personal", "off"]

SECRET = "[secret]"
PERSONAL = "[personal]"

_STORED_UNDER = re.compile(
    r"(?:^|[_.-])(?:password|passwd|passphrase|pwd|secret|api[_-]?key|apikey|access[_-]?(?:key|token)|refresh[_-]?token|"
    r"auth[_-]?token|private[_-]?key|authorization|credentials?)$",
    re.IGNORECASE,
)

_EMAIL = re.compile(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_PHONE = re.compile(r"(?<![\w.-])(?:\+\d{1,3}[ .-]?|\(?0)\(?\d{2,4}\)?(?:[ .-]?\d{2,4}){2,4}(?![\w-])")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
_CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_SOCIAL = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")


def redactor(level: Level) -> Callable[[Any], Any] | None:
    """A function that redacts a value; None for "off"."""
    if level == "off":
        return None
    of_text = _personal if level == "personal" else _secrets
    return lambda value: _walk(value, of_text)


def _walk(value: Any, of_text: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return of_text(value)
    if isinstance(value, dict):
        redacted = {}
        for key, inner in value.items():
            if isinstance(inner, str) and inner and _announces(key):
                redacted[of_text(key)] = SECRET
            else:
                redacted[of_text(key)] = _walk(inner, of_text)
        return redacted
    if isinstance(value, list | tuple):
        return [_walk(inner, of_text) for inner in value]
    return value


@functools.lru_cache(maxsize=2048)
def _announces(key: str) -> bool:
    return _STORED_UNDER.search(key) is not None


def _personal(text: str) -> str:
    text = _secrets(text)
    if "@" in text:
        text = _EMAIL.sub(PERSONAL, text)
    if not any(digit in text for digit in "0123456789"):
        return text
    text = _CARD.sub(lambda digits: PERSONAL if _is_card(digits[0]) else digits[0], text)
    for pattern in (_IBAN, _SOCIAL, _PHONE):
        text = pattern.sub(PERSONAL, text)
    return text


def _is_card(text: str) -> bool:
    """Whether the digits pass Luhn's check, as the numbers of payment cards do."""
    digits = [int(digit) for digit in reversed(text) if digit.isdigit()]
    return sum(sum(divmod(digit * (1 + place % 2), 10)) for place, digit in enumerate(digits)) % 10 == 0


@functools.lru_cache(maxsize=2048)
def _secrets(text: str) -> str:
    # Cached, as the same passages and names go through every node of a run.
    return without_secrets(text, SECRET)
