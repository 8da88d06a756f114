r"""Running Python that a model wrote: in a process of its own, without files and network, within bounds.

    run("print('hello')\n6 * 7")  ->  Outcome(result="42", printed="hello\n", error="", seconds=0.03)

The interpreter is `pydantic-monty`, a subset of Python written in Rust. It has no way to the machine but what it is
given, which is nothing; the process it runs in is ended where it does not keep to its time.
"""

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic_monty import MontyError, ResourceLimits

SECONDS = 5.0
"""Longest run, in seconds of computing; asleep it may be for as long again."""

MEMORY_MB = 64
"""Most memory, in megabytes."""

MAX_CHARS = 10_000
"""Longest result and longest printed output that are returned, in characters each."""

MODULES = (
    "asyncio, base64, bisect, collections, copy, csv, dataclasses, datetime, decimal, functools, hashlib, itertools, "
    "json, math, random, re, time, typing, unicodedata"
)
"""What can be imported and is of use without files."""

_FENCE = re.compile(r"\A\s*```[\w+-]*[ \t]*\n(.*?)\n?```\s*\Z", re.DOTALL)
"""Code as models hand it over."""


@dataclass(frozen=True)
class Outcome:
    """What a run came to: the value of the last expression as Python writes it, what was printed, what went wrong.

    `result` is empty where there is no value, `error` where all went well; `seconds` is wall time.
    """

    result: str = ""
    printed: str = ""
    error: str = ""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether the run ended in an error."""
        return bool(self.error)


def run(code: str, *, seconds: float = SECONDS, memory_mb: int = MEMORY_MB, chars: int = MAX_CHARS) -> Outcome:
    """Run the code, and say what came of it; nothing that the code does is raised.

    `seconds` and `memory_mb` bound the run, `chars` both its result and what it prints.
    """
    from pydantic_monty import Monty, MontyError

    began = time.perf_counter()
    printed = _Printed(chars)
    result = error = ""
    limits: ResourceLimits = {
        "max_feed_duration_secs": seconds,
        "max_total_sleep_secs": seconds,
        "max_memory": memory_mb * 1_000_000,
    }
    try:
        with Monty(max_processes=1, request_timeout=3 * seconds) as pool, pool.checkout(limits=limits) as session:
            value = session.feed_run(_plain(code), print_callback=printed)
            result = _as_text(value, chars)
    except MontyError as failed:
        error = _error_text(failed, seconds, memory_mb)
    except (RuntimeError, OSError) as failed:
        error = f"The sandbox cannot be started: {failed}"
    return Outcome(result, printed.text, error[:chars], time.perf_counter() - began)


class _Printed:
    """Keeps what is printed, up to a bound; what a run prints beyond it is counted and thrown away."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.parts: list[str] = []
        self.room = most
        self.size = 0

    def __call__(self, _stream: str, text: str) -> None:
        self.size += len(text)
        if self.room > 0:
            self.parts.append(text[: self.room])
            self.room -= len(text)

    @property
    def text(self) -> str:
        """What was printed, with a note where that is not all."""
        more = f"\n[{self.size - self.most:,} more characters were printed.]" if self.size > self.most else ""
        return "".join(self.parts) + more


def _plain(code: str) -> str:
    fenced = _FENCE.match(code)
    return fenced[1] if fenced else code


def _as_text(value: Any, chars: int) -> str:
    if value is None:
        return ""
    try:
        text = repr(value)
    except (ValueError, RecursionError) as error:  # an integer of many thousand digits, a list nested as deep
        return f"[The result cannot be written: {error}.]"
    return text if len(text) <= chars else f"{text[:chars]}\n[The result goes on: it has {len(text):,} characters.]"


def _error_text(error: "MontyError", seconds: float, memory_mb: int) -> str:
    """The error as Python shows it, or which bound was met."""
    from pydantic_monty import MontyCrashedError, MontyRuntimeError, MontySyntaxError

    if isinstance(error, MontyCrashedError):
        return f"The run was stopped: it did not keep to {seconds:g} seconds and {memory_mb} MB."
    message = str(error)
    if "limit exceeded" in message and isinstance(error.exception(), TimeoutError):
        return f"The run was stopped after {seconds:g} seconds. Make it do less, or look for a loop that does not end."
    if "limit exceeded" in message and isinstance(error.exception(), MemoryError):
        return f"The run was stopped at {memory_mb} MB of memory. Make it keep less."
    traceback_text = error.display() if isinstance(error, MontyRuntimeError | MontySyntaxError) else message
    hints = {
        ModuleNotFoundError: f"The sandbox has only: {MODULES}.",
        PermissionError: "The sandbox has no files and no network.",
    }
    hint = next((hint_text for kind, hint_text in hints.items() if isinstance(error.exception(), kind)), "")
    return f"{traceback_text}\n{hint}".strip()
