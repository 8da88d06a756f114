"""Messages between a process and its child: lengths, JSON, data. None of them is an object that could run code."""

import json
import struct
from typing import Any, Literal, NamedTuple

Problem = Literal["crashed", "killed", "ended", "slow", "endless", "memory", "too large", "garbled", "not started"]

FRAME = struct.Struct(">4sIQ")
"""How a message begins: `SIGN`, then the bytes of its JSON and of its data. Without JSON it is a sign of progress."""

SIGN = b"vade"

MOST_HEAD, MOST_ITEMS = 64_000_000, 2_000_000
"""Bytes of an answer's JSON, and what is listed in it: each takes some ten times as much memory here."""


class Limits(NamedTuple):
    """Of one call: seconds without a sign of progress, megabytes of memory, bytes of data in the answer."""

    seconds: float
    megabytes: int
    answer_bytes: int


class ChildError(Exception):
    """Why a call has no answer; `detail` is the signal or exit status, or what the child said when it did not start."""

    def __init__(self, problem: Problem, detail: str = "") -> None:
        super().__init__(f"{problem}: {detail}")
        self.problem: Problem = problem
        self.detail = detail


class Answer:
    """What has come of an answer."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bytes = bytearray()
        self.lengths: tuple[int, int] | None = None

    def add(self, received: bytes) -> bool:
        """Add what has been received; whether a sign of progress is in it, or the answer has begun.

        Raises:
            ChildError: it is no answer, or a larger one than allowed.
        """
        self.bytes += received
        has_signed = False
        while self.lengths is None and len(self.bytes) >= FRAME.size:
            magic, head, data = FRAME.unpack_from(self.bytes)
            del self.bytes[: FRAME.size]
            has_signed = True
            if magic != SIGN:
                raise ChildError("garbled")
            if head > MOST_HEAD or data > self.limits.answer_bytes:
                raise ChildError("too large")
            self.lengths = (head, data) if head else None
        if self.lengths and len(self.bytes) > sum(self.lengths):
            raise ChildError("garbled")
        return has_signed

    @property
    def is_complete(self) -> bool:
        """Whether all of it is there."""
        return self.lengths is not None and len(self.bytes) == sum(self.lengths)

    def content(self) -> tuple[Any, bytes]:
        """Its JSON and its data; an error of the child's is raised as ChildError."""
        length = self.lengths[0] if self.lengths else 0
        content = self.bytes[:length]
        if sum(map(content.count, (b",", b"[", b"{"))) > MOST_ITEMS:
            raise ChildError("too large")
        try:
            head = json.loads(content.decode())
        except (ValueError, RecursionError) as error:
            raise ChildError("garbled") from error
        if isinstance(head, dict) and head.get("problem") == "memory":
            raise ChildError("memory")
        return head, bytes(self.bytes[length:])


def packed(head: dict[str, Any], data: bytes, halves: str = "surrogatepass") -> bytes:
    """A message as it is sent, either way: lengths, JSON, data. `halves`: what becomes of halves of characters."""
    content = json.dumps(head, ensure_ascii=False).encode("utf-8", halves)
    return b"".join((FRAME.pack(SIGN, len(content), len(data)), content, data))
