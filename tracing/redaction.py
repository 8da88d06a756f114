"""What traces must not hold is left out before it is written anywhere: secrets and, where wanted, personal data.

`redactor(level)` is a function that takes any value that JSON can hold and returns it redacted: the `anonymizer` of the
SDK's client. Secrets are found in texts as everywhere (`core/secret_spans.py`), and by the name they are stored under.
"""

import functools
import re
from collections.abc import Callable
from typing import Any, Literal

from vademecum.core.secret_spans import is_word, without_secrets

Level = Literal["secrets", "personal", "off"]

SECRET = "[secret]"
PERSONAL = "[personal]"

_STORED_UNDER = re.compile(
    r"(?:^|[^A-Za-z0-9]|(?<=[a-z])(?-i:(?=[A-Z])))"
    r"(?:password|passwd|passphrase|passcode|pwd|pass|secret|api[_ -]?key|apikey|"
    r"(?:access|account|private|secret|signing|encryption|license)[_ -]?key|"
    r"(?:access|refresh|auth|id|bearer)[_ -]?token|"
    r"authorization|credentials?|(?:set-)?cookies?|passwort|kennwort|contraseña|senha|mot[_ -]de[_ -]passe|wachtwoord|"
    r"пароль|密码|パスワード)$",
    re.IGNORECASE,
)
"""Names of values that are secrets, whatever they are."""

_MAY_BE_UNDER = re.compile(r"(?:^|[^A-Za-z0-9])(?:token|auth|pin|jwt|schlüssel)$", re.IGNORECASE)
"""Names of values that are secrets unless they are words."""

LONGEST_NAME = 200
"""Characters of a name beyond which it is taken for a text."""

DEEPEST = 200
"""Levels of nested values that are looked into; what lies deeper is left out."""

_EMAIL = re.compile(r"@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_LOCAL_PART = re.compile(r"[\w.+-]{1,64}$")
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


def _walk(value: Any, of_text: Callable[[str], str], depth: int = 0) -> Any:
    """The value with all its texts redacted, those of names and of bytes too."""
    if isinstance(value, str):
        return of_text(value)
    if isinstance(value, bytes | bytearray):
        return of_text(value.decode("latin-1")).encode("latin-1")
    if isinstance(value, dict | list | tuple | set | frozenset) and depth > DEEPEST:
        return SECRET
    if isinstance(value, dict):
        named = next((value[key] for key in ("name", "key", "header") if isinstance(value.get(key), str)), "")
        return {
            _walk(key, of_text): _hidden(named if key == "value" else "", inner)
            or _hidden(key, inner)
            or _walk(inner, of_text, depth + 1)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        if isinstance(value, list | tuple) and len(value) == 2 and not is_word(str(value[1])[:LONGEST_NAME]):
            return [_walk(value[0], of_text, depth + 1), _hidden(*value) or _walk(value[1], of_text, depth + 1)]
        return [_walk(inner, of_text, depth + 1) for inner in value]
    return value


def _hidden(name: Any, value: Any) -> Any:
    """What stands in the place of a secret that is stored under this name; None where it is none."""
    if not isinstance(name, str) or not name or len(name) > LONGEST_NAME or not value:
        return None
    kind = _kind(name)
    if kind == "secret" and isinstance(value, list | tuple) and all(isinstance(inner, str) for inner in value):
        return [SECRET] * len(value)
    if kind == "secret" and isinstance(value, str | bytes | int) and not isinstance(value, bool):
        return SECRET
    if kind == "perhaps" and isinstance(value, str) and len(value) >= 6 and " " not in value and not is_word(value):
        return SECRET
    return None


@functools.lru_cache(maxsize=2048)
def _kind(name: str) -> Literal["secret", "perhaps", ""]:
    if _STORED_UNDER.search(name):
        return "secret"
    return "perhaps" if _MAY_BE_UNDER.search(name) else ""


def _personal(text: str) -> str:
    text = _secrets(text)
    if "@" in text:
        text = _without_mail(text)
    if not any(digit in text for digit in "0123456789"):
        return text
    text = _CARD.sub(lambda digits: PERSONAL if _is_card(digits[0]) else digits[0], text)
    for pattern in (_IBAN, _SOCIAL, _PHONE):
        text = pattern.sub(PERSONAL, text)
    return text


def _without_mail(text: str) -> str:
    """The text without addresses of mail, each found at its @."""
    stretches, place = [], 0
    for match in _EMAIL.finditer(text):
        if local := _LOCAL_PART.search(text[max(place, match.start() - 64) : match.start()]):
            stretches += [text[place : match.start() - len(local[0])], PERSONAL]
            place = match.end()
    return "".join([*stretches, text[place:]])


def _is_card(text: str) -> bool:
    """Whether the digits pass Luhn's check, as the numbers of payment cards do."""
    digits = [int(digit) for digit in reversed(text) if digit.isdigit()]
    return sum(sum(divmod(digit * (1 + place % 2), 10)) for place, digit in enumerate(digits)) % 10 == 0


def _secrets(text: str) -> str:
    # The same passages and names go through every node of a run; what is longer than those is not kept.
    return _kept_secrets(text) if len(text) < 10_000 else without_secrets(text, SECRET)


@functools.lru_cache(maxsize=2048)
def _kept_secrets(text: str) -> str:
    return without_secrets(text, SECRET)
