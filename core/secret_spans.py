"""Where the secrets of a text stand: keys, tokens, passwords. What is hidden from a model and from a trace is the same.

    secret_spans("the password: hunter22")       [(14, 22)]

Secrets are found by the shapes that their issuers give them (the rules are LangSmith's, `DEFAULT_SECRET_RULES`: keys of
some twenty providers), by the word before them ("password: ..."), and in addresses (`https://ann:PASSWORD@host`).
Whole documents are read, several times a run: so every rule begins with a fixed text, which is found at a gigabyte a
second.
"""

import functools
import re
from collections.abc import Iterator

Span = tuple[int, int]
"""Start and end, in characters."""

_NAMES = ("api_key", "api-key", "apikey", "api key", "secret", "token", "password", "passwd", "passphrase", "pwd")
_NAMES += ("private_key", "private-key", "privatekey", "access_key", "access-key", "accesskey", "keysalt")
_NAMES += ("license_key", "license-key", "licensekey", "authorization", "x-auth")
"""Words that announce a secret, in small letters."""

_ASSIGNED = re.compile(
    r"""(?![A-Za-z0-9])((?:[_.-][A-Za-z0-9]+)*\\?["']?\s*[:=]\s*\\?["']?(?:(?:bearer|token|basic)\s+)?)[^\s"']{4,}""",
    re.IGNORECASE,
)
"""Behind such a word: a colon or an equals sign, and the value."""

_STATED = re.compile(r"""( (?:is|was) ["']?)(?=\S*(?:[\d_]|[^\w\s])\S)[^\s"']{4,}""", re.IGNORECASE)
"""Behind such a word in a sentence: a value that looks like none of the language's words."""

_SPOKEN = re.compile(
    r"""\b(?:password|passcode|passphrase|pin|api\ key|secret\ key|access\ token)\s+(?:is|was|=|:)\s+
    ["'“‘]? (\S{4,}?) (?=["'”’.,;!?]* (?:\s|$))""",
    re.IGNORECASE | re.VERBOSE,
)
"""A password in plain words, whatever it looks like."""

_IN_ADDRESS = re.compile(r"(://[^:@/\s]*:)[^@/\s]+(?=@)")

_SLOW = {
    r"\b(?:AKIA": ("akia", "asia", "abia", "acca", "a3t"),
    r"\b(?:sk|rk)": ("k_live_", "k_test_"),
    r"\b(Bearer": ("bearer",),
}
"""Of the SDK's rules, those that begin with no fixed text take fifty times as long: run only where one of these is."""

_REPLACED = (r"\b([A-Za-z0-9_.-]*(?:API", r"\b(authorization", r"\b([a-z][a-z0-9+.-]*://")
"""Of the SDK's rules, those that take a time that grows faster than the text; `_NAMES` and `_IN_ADDRESS` stand for
them, and find more."""

SHORTEST = 8
"""Texts of fewer characters hold no secret."""


def secret_spans(text: str, *, spoken: bool = False) -> list[Span]:
    """Where secrets stand, in order; none overlaps another.

    `spoken`: also what follows "my password is", whatever it looks like; in documents that may be any word.
    """
    if len(text) < SHORTEST:
        return []
    small = _small(text)
    spans = [*_announced(text, small), *_shaped(text, small)]
    if "://" in text:
        spans += [(match.end(1), match.end()) for match in _IN_ADDRESS.finditer(text)]
    if spoken:
        spans += [match.span(1) for match in _SPOKEN.finditer(text)]
    return _merged(spans)


def without_secrets(text: str, mark: str, *, spoken: bool = False) -> str:
    """The text with `mark` in the place of each secret; `spoken` as for `secret_spans`."""
    for start, end in reversed(secret_spans(text, spoken=spoken)):
        text = text[:start] + mark + text[end:]
    return text


def _announced(text: str, small: str) -> Iterator[Span]:
    """The values that a word such as "password" announces."""
    for name in _NAMES:
        start = small.find(name)
        while start >= 0:
            end = start + len(name)
            if match := _ASSIGNED.match(text, end) or _STATED.match(text, end):
                yield match.end(1), match.end()
            start = small.find(name, end)


def _shaped(text: str, small: str) -> Iterator[Span]:
    """What has the shape of an issuer's keys; behind the first group where a rule has one ("Bearer ")."""
    for rule, clues in _rules():
        if any(clue in small for clue in clues):
            yield from ((match.end(1) if rule.groups else match.start(), match.end()) for match in rule.finditer(text))


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _small(text: str) -> str:
    """The text in small letters, each in its place: a few letters have a longer small form, and stay as they are."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)


@functools.cache
def _rules() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    """The SDK's rules, each with clues of which one must be there."""
    from langsmith.anonymizer import DEFAULT_SECRET_RULES

    patterns = [rule["pattern"] for rule in DEFAULT_SECRET_RULES]
    return tuple(
        (pattern, _clues(pattern.pattern)) for pattern in patterns if not pattern.pattern.startswith(_REPLACED)
    )


def _clues(pattern: str) -> tuple[str, ...]:
    """What must be in a text, in small letters, for a rule to match: mostly what the rule begins with."""
    for begin, clues in _SLOW.items():
        if pattern.startswith(begin):
            return clues
    fixed = re.match(r"(?:[\w:/-]|\\\.)*", pattern)
    return (fixed[0].replace("\\", "").lower() if fixed else "",)
