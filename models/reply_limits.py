"""How long a reply of a model may be, and may take: one that goes on for ever must not take the process with it."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

from vademecum.core.errors import ModelError

CHARS = 200_000
"""Characters of a reply that are read; the rest is cut off. An answer of a book's length has 20,000."""

CALLS = 64
"""Calls of tools in one reply that are read, which is four times what an agent may make in a run."""

BYTES = 32_000_000
"""What a server may send for one reply. A streamed word takes 300 bytes."""

SECONDS = 900
"""What one reply may take, from its first byte."""


def bounded_client() -> Any:
    """An HTTP client for the OpenAI SDK, as its own is, that gives a reply up at the limits."""
    from openai import DefaultHttpxClient

    def bound(response: Any) -> None:
        parts_of = response.iter_raw
        response.iter_raw = lambda *sizes, **named: within_limits(parts_of(*sizes, **named))

    return DefaultHttpxClient(event_hooks={"response": [bound]})


def within_limits(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of what a server sends.

    Raises:
        ModelError: they are too many, or take too long.
    """
    size, end = 0, time.monotonic() + SECONDS
    for part in parts:
        size += len(part)
        if size > BYTES or time.monotonic() > end:
            limit = f"{BYTES // 1_000_000} MB" if size > BYTES else f"{SECONDS // 60} minutes"
            raise ModelError(f"the model's reply did not end within {limit}; try again, or take another with --model")
        yield part
