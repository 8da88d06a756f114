"""What a client says of a run, in whatever order it comes: a start (`post`), a later word (`patch`), or both.

A patch outweighs a post, whichever comes first, and what is empty outweighs nothing. So a start that arrives after its
end adds what the end did not know, and wipes nothing.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from vademecum.core.errors import TraceError
from vademecum.tracing.store.values import (
    EMPTY,
    identity,
    microseconds,
    optional_identity,
    sent_list,
    sent_name,
    sent_object,
    sent_text,
    shortened,
)

Kind = Literal["post", "patch"]

PARTS = ("inputs", "outputs", "events", "extra", "error", "serialized")
"""Parts of a run that come apart from it."""

_SEGMENT = re.compile(r"(\d{8}T\d{6}\d{0,9}Z?)([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})", re.ASCII)

MAX_LEVELS = 1000
"""Runs within each other, at most."""


@dataclass
class Operation:
    """One thing said of one run: parsed JSON by field name; attachments as (type, bytes) by name."""

    kind: Kind
    id: str
    fields: dict[str, Any]
    attachments: dict[str, tuple[str, bytes]] = field(default_factory=dict)


@dataclass
class RunRecord:
    """All that is known of a run. `patched`: a patch has been seen, so a post only fills gaps."""

    id: str
    key: int | None = None
    session_id: str | None = None
    session_name: str | None = None
    trace_id: str | None = None
    parent_run_id: str | None = None
    dotted_order: str = ""
    name: str = ""
    run_type: str = ""
    start_time: int | None = None
    end_time: int | None = None
    error: str | None = None
    reference_example_id: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] | None = None
    events: list[Any] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)
    serialized: Any = None
    tags: list[str] = field(default_factory=list)
    patched: bool = False

    @property
    def metadata(self) -> dict[str, Any]:
        """The run's metadata."""
        metadata = self.extra.get("metadata")
        return metadata if isinstance(metadata, dict) else {}

    @property
    def status(self) -> str:
        """pending, success or error."""
        return "error" if self.error else "success" if self.end_time is not None else "pending"


def _placed(raw: Any) -> str:
    """A dotted order: a segment for each run from the first to this one."""
    segments = sent_text(raw, "dotted_order", max_chars=MAX_LEVELS * 64).split(".")
    for segment in segments:
        if not _SEGMENT.fullmatch(segment):
            raise TraceError(f"dotted_order has a part {shortened(segment)}, which is no time and id", status=422)
        _segment_time(segment)
    return ".".join(segments)


def _segment_time(segment: str) -> int:
    stamp = segment[:-36].rstrip("Z")
    return microseconds(f"{stamp[:15]}.{stamp[15:21] or 0}+00:00")


def _check_place(operation: Operation) -> None:
    """Whether the order that comes with a run is its own, in the trace that it names."""
    placed = operation.fields.get("dotted_order")
    if placed in EMPTY:
        return
    segments = _placed(placed).split(".")
    if identity(segments[-1][-36:]) != operation.id:
        raise TraceError("dotted_order ends in another run", status=422)
    trace = optional_identity(operation.fields.get("trace_id"), "trace_id")
    if trace not in (None, identity(segments[0][-36:])):
        raise TraceError("dotted_order does not begin with the run that trace_id names", status=422)


_CHECKS: dict[str, Any] = {
    "session_id": lambda raw: optional_identity(raw, "session_id"),
    "session_name": lambda raw: sent_name(raw, "session_name"),
    "trace_id": lambda raw: optional_identity(raw, "trace_id"),
    "parent_run_id": lambda raw: optional_identity(raw, "parent_run_id"),
    "reference_example_id": lambda raw: optional_identity(raw, "reference_example_id"),
    "dotted_order": _placed,
    "name": lambda raw: sent_text(raw, "name"),
    "run_type": lambda raw: sent_text(raw, "run_type", max_chars=100),
    "error": str,
    "start_time": microseconds,
    "end_time": microseconds,
    "inputs": lambda raw: raw if isinstance(raw, dict) else {"input": raw},
    "outputs": lambda raw: raw if isinstance(raw, dict) else {"output": raw},
    "events": lambda raw: raw if isinstance(raw, list) else [raw],
    "extra": lambda raw: sent_object(raw, "extra"),
    "serialized": lambda raw: sent_object(raw, "serialized"),
    "tags": lambda raw: [_tag(tag) for tag in sent_list(raw, "tags")],
}


def fold(record: RunRecord, operation: Operation) -> None:
    """Add to a run what was said of it.

    Raises:
        TraceError: a field cannot be read (422).
    """
    _check_place(operation)
    fills_only = operation.kind == "post" and record.patched
    for name, check in _CHECKS.items():
        raw = operation.fields.get(name)
        if raw in EMPTY:
            continue
        value, current = check(raw), getattr(record, name)
        if name == "extra":
            value = _joined(value, current) if fills_only else _joined(current, value)
        elif name == "tags":
            value = list(dict.fromkeys([*current, *value]))
        elif fills_only and current not in EMPTY and name != "start_time":
            continue  # but of the start's own time a late start knows best: until then it was guessed
        setattr(record, name, value)
    record.patched = record.patched or operation.kind == "patch"


def complete(record: RunRecord) -> None:
    """Fill in what nobody has said: a run that was only ended, or one sent without its place in the tree."""
    segments = record.dotted_order.split(".") if record.dotted_order else []
    if record.start_time is None and segments:
        record.start_time = _segment_time(segments[-1])
    if record.start_time is None:
        record.start_time = record.end_time if record.end_time is not None else microseconds(0)
    first = segments[0][-36:] if segments else None
    record.trace_id = record.trace_id or identity(first or record.parent_run_id or record.id)


def ancestors(dotted_order: str) -> list[str]:
    """Ids of the runs above, outermost first, as the order of a run spells them."""
    segments = dotted_order.split(".")[:-1]
    return [match[2].lower() for match in map(_SEGMENT.fullmatch, segments) if match]


def _joined(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Two `extra`s as one; where both have metadata, those are joined too."""
    joined = {**below, **above}
    if isinstance(below.get("metadata"), dict) and isinstance(above.get("metadata"), dict):
        joined["metadata"] = {**below["metadata"], **above["metadata"]}
    return joined


def _tag(value: Any) -> str:
    return sent_text(str(value) if isinstance(value, int | float) else value, "a tag")
