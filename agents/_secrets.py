"""Secrets in what people, documents and tools say: found, so that neither a model nor a checkpoint gets to see them.

The rules are LangSmith's (keys of some twenty providers, tokens, private keys, passwords in assignments and addresses),
so that what is hidden from a model and what is hidden from a trace are the same; and passwords said in plain words.
"""

import re
from collections.abc import Iterator

from langchain.agents.middleware import PIIMatch
from langsmith.anonymizer import DEFAULT_SECRET_RULES, SECRET_PLACEHOLDER

KIND = "secret"
REDACTED = "[REDACTED_SECRET]"
"""What stands in the place of a secret: LangChain's own form."""

_SAID = re.compile(
    r"""\b(?:password|passcode|passphrase|pin|api\ key|secret\ key|access\ token)\s+(?:is|was|=|:)\s+
    ["'“‘]? (\S{4,}?) (?=["'”’.,;!?]* (?:\s|$))""",
    re.IGNORECASE | re.VERBOSE,
)


def find(text: str) -> list[PIIMatch]:
    """The secrets of a text, each where it stands, in order; none overlaps another."""
    kept: list[PIIMatch] = []
    for start, end in sorted(_places(text)):
        if kept and start < kept[-1]["end"]:
            start, kept_start = kept[-1]["start"], kept[-1]["start"]
            end = max(end, kept[-1]["end"])
            kept[-1] = PIIMatch(type=KIND, value=text[kept_start:end], start=kept_start, end=end)
            continue
        kept.append(PIIMatch(type=KIND, value=text[start:end], start=start, end=end))
    return kept


def redacted(text: str) -> str:
    """The text with `REDACTED` in the place of each secret."""
    for match in reversed(find(text)):
        text = text[: match["start"]] + REDACTED + text[match["end"] :]
    return text


def _places(text: str) -> Iterator[tuple[int, int]]:
    for rule in DEFAULT_SECRET_RULES:
        for match in rule["pattern"].finditer(text):
            # A rule keeps what stands around a secret ("password=") as groups: before and after the placeholder.
            before, _, after = (rule.get("replace") or "").partition(SECRET_PLACEHOLDER)
            yield match.start() + len(match.expand(before)), match.end() - len(match.expand(after))
    for match in _SAID.finditer(text):
        yield match.span(1)
