"""What traces must not hold is left out before it is written anywhere: secrets and, where wanted, personal data.

`redactor(level)` is a function that takes any value that JSON can hold and returns it redacted: the `anonymizer` of the
SDK's client. Secrets are found by the shapes that their issuers give them (the rules are the SDK's,
`DEFAULT_SECRET_RULES`), by the word before them ("password: ..."), and by the name they are stored under.
Most of what is traced is documents, whole, several times a run: so every rule begins with a fixed text, which is found
at a gigabyte a second.
"""

import functools
import re
from collections.abc import Callable
from typing import Any, Literal

Level = Literal["secrets", "personal", "off"]

SECRET = "[secret]"
PERSONAL = "[personal]"

_NAMES = ("api_key", "api-key", "apikey", "api key", "secret", "token", "password", "passwd", "passphrase", "pwd")
_NAMES += ("private_key", "private-key", "access_key", "access-key", "authorization", "x-auth")
"""Words that announce a secret, in small letters."""

_ASSIGNED = re.compile(
    r"""(?![A-Za-z0-9])((?:[_.-][A-Za-z0-9]+)*\\?["']?\s*[:=]\s*\\?["']?(?:(?:bearer|token|basic)\s+)?)"""
    r"""(?!\[secret\])[^\s"']{4,}""",
    re.IGNORECASE,
)
"""Behind such a word: a colon or an equals sign, and the value."""

_TOLD = re.compile(r"""( (?:is|was) ["']?)(?=\S*(?:[\d_]|[^\w\s])\S)[^\s"']{4,}""", re.IGNORECASE)
"""Behind such a word in a sentence: a value that looks like none of the language's words."""

_SLOW = {
    r"\b(?:AKIA": ("akia", "asia", "abia", "acca", "a3t"),
    r"\b(?:sk|rk)": ("k_live_", "k_test_"),
    r"\b(Bearer": ("bearer ",),
}
"""Of the SDK's rules, those that begin with no fixed text take fifty times as long: run only where one of these is."""

_REPLACED = (r"\b([A-Za-z0-9_.-]*(?:API", r"\b(authorization", r"\b([a-z][a-z0-9+.-]*://")
"""Of the SDK's rules, those that take a time that grows faster than the text; `_NAMES` and `_IN_URL` stand for them."""

_IN_URL = re.compile(r"(://[^:@/\s]*:)[^@/\s]+(?=@)")

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
    text = _CARD.sub(lambda found: PERSONAL if _is_card(found[0]) else found[0], text)
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
    if len(text) < 8:
        return text
    low = text.lower()
    if any(name in low for name in _NAMES):
        text = _announced(text)
    for rule, clues in _rules():
        if any(clue in low for clue in clues):
            text = rule.sub(_keeping_its_beginning, text)
    return _IN_URL.sub(rf"\g<1>{SECRET}", text) if "://" in text else text


def _announced(text: str) -> str:
    """The text without the values that a word such as "password" announces."""
    low = text.lower()
    if len(low) != len(text):  # a few letters have a longer small form, and places would not agree
        low = "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)
    for name in _NAMES:
        at = low.find(name)
        while at >= 0:
            end = at + len(name)
            if found := _ASSIGNED.match(text, end) or _TOLD.match(text, end):
                text = text[: found.end(1)] + SECRET + text[found.end() :]
                low = low[: found.end(1)] + SECRET + low[found.end() :]
                end = found.end(1) + len(SECRET)
            at = low.find(name, end)
    return text


@functools.cache
def _rules() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """The SDK's rules, each with clues of which one must be there."""
    from langsmith.anonymizer import DEFAULT_SECRET_RULES

    patterns = [rule["pattern"] for rule in DEFAULT_SECRET_RULES]
    return tuple((one, _clues(one.pattern)) for one in patterns if not one.pattern.startswith(_REPLACED))


def _clues(pattern: str) -> tuple[str, ...]:
    """What must be in a text, in small letters, for a rule to find anything: mostly what the rule begins with."""
    for begin, clues in _SLOW.items():
        if pattern.startswith(begin):
            return clues
    fixed = re.match(r"(?:[\w:/-]|\\\.)*", pattern)
    return (fixed[0].replace("\\", "").lower() if fixed else "",)


def _keeping_its_beginning(found: re.Match[str]) -> str:
    """The mark, behind the first group where a rule has one ("Bearer ")."""
    return (found[1] if found.re.groups else "") + SECRET
