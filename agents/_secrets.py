"""Secrets in what people, documents and tools say, so that neither a model nor a checkpoint gets to see them."""

from langchain.agents.middleware import PIIMatch

from vademecum.core.secret_spans import secret_spans, without_secrets

KIND = "secret"
REDACTED = "[REDACTED_SECRET]"
"""What stands in the place of a secret: LangChain's own form."""


def find(text: str) -> list[PIIMatch]:
    """The secrets of a text, each where it stands, in order; none overlaps another."""
    return [
        PIIMatch(type=KIND, value=text[start:end], start=start, end=end)
        for start, end in secret_spans(text, spoken=True)
    ]


def redacted(text: str) -> str:
    """The text with `REDACTED` in the place of each secret."""
    return without_secrets(text, REDACTED, spoken=True)
