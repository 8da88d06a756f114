"""Runs Python that nobody vouches for: pydantic-monty, an interpreter without files, network, environment or packages.

    run("6 * 7").value          "42"

It is another interpreter (written in Rust) in a process of its own, so that what brings it down stops nothing of ours.
Of the standard library there is little: math, re, json, datetime, itertools and a few more; nothing of third parties.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_monty import MontyError

SECONDS = 5.0
MEMORY_BYTES = 64 * 1024 * 1024
OUTPUT_CHARS = 10_000
"""What a model can still read, and a person will."""

GRACE_SECONDS = 2.0
"""How much longer than its time the process may live, where the interpreter does not stop by itself."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to: what it printed, the last expression's value as Python shows it, and what went wrong.

    `value` and `error` are empty where there are none; `output` holds what was printed up to an error, too.
    """

    output: str = ""
    value: str = ""
    error: str = ""


def run(
    code: str,
    *,
    seconds: float = SECONDS,
    memory_bytes: int = MEMORY_BYTES,
    output_chars: int = OUTPUT_CHARS,
) -> Outcome:
    """Run `code`; raises nothing for what the code does. Output and value are cut after `output_chars` characters."""
    from pydantic_monty import Monty, MontyError, ResourceLimits

    limits = ResourceLimits(max_feed_duration_secs=seconds, max_memory=memory_bytes, max_total_sleep_secs=seconds)
    printed = _Printed(output_chars)
    with Monty(max_processes=1, request_timeout=2 * seconds + GRACE_SECONDS) as pool:
        try:
            with pool.checkout(limits=limits) as session:
                value = session.feed_run(code, print_callback=printed)
        except MontyError as error:
            return Outcome(printed.text, error=_told(error, seconds, memory_bytes))
    return Outcome(printed.text, value="" if value is None else _cut(repr(value), output_chars))


class _Printed:
    """Keeps the first characters that are printed, and drops the rest as it comes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.parts: list[str] = []
        self.length = 0

    def __call__(self, stream: str, text: str) -> None:  # noqa: ARG002 (pydantic-monty's signature)
        if self.length <= self.limit:
            self.parts.append(text[: self.limit + 1 - self.length])
            self.length += len(text)

    @property
    def text(self) -> str:
        return _cut("".join(self.parts), self.limit)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit] + f"\n[cut after {limit} characters]"


def _told(error: "MontyError", seconds: float, memory_bytes: int) -> str:
    """The error in one line, with the line of the code it came from."""
    from pydantic_monty import MontyCrashedError, MontyRuntimeError, MontySyntaxError

    if isinstance(error, MontyCrashedError):
        return f"stopped after {seconds:g} s" if error.timed_out else "the interpreter gave up on it"
    if not isinstance(error, MontyRuntimeError | MontySyntaxError):
        return " ".join(str(error).split())
    said = error.display("type-msg")
    if said.startswith("TimeoutError") and "limit exceeded" in said:
        return f"stopped after {seconds:g} s: it did not come to an end"
    if said.startswith("MemoryError") and "limit exceeded" in said:
        return f"stopped: it needs more than {memory_bytes / 1024**2:.0f} MB of memory"
    frames = error.traceback()
    source = (frames[-1].source_line or "").strip().partition("\n")[0] if frames else ""
    return " ".join(said.split()) + (f" (line {frames[-1].line}: {source})" if frames else "")
