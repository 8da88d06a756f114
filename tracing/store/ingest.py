"""Operations of clients become rows: read what is known of each run, fold in what is said, write it back.

`apply` is one job of the database's writer. What cannot be kept of a frame is told; the rest is kept.
"""

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from vademecum.core.errors import TraceError
from vademecum.tracing.store import feedback, sessions
from vademecum.tracing.store.database import UNFIT
from vademecum.tracing.store.frames import Frame
from vademecum.tracing.store.operations import Operation, RunRecord, ancestors, complete, fold
from vademecum.tracing.store.usage import Usage, first_token_time, model_name, usage
from vademecum.tracing.store.values import believable, dumps, iso, loads, new_id, stored_list, stored_object

INDEXED_CHARS = 50_000
"""Of each run's text, as much is found by `search` (characters)."""

LABEL_CHARS = 500
"""Longer values of metadata are kept, but filters compare this much of them (characters)."""

_COLUMNS = (
    *("id", "session_id", "trace_id", "parent_run_id", "dotted_order", "name", "run_type", "start_time", "end_time"),
    *("latency", "first_token_time", "status", "error", "reference_example_id", "thread_id", "model", "patched"),
    *("own_prompt_tokens", "own_completion_tokens", "own_prompt_cost", "own_completion_cost"),
    *("prompt_tokens", "completion_tokens", "total_tokens", "prompt_cost", "completion_cost", "total_cost"),
)
_UPSERT = f"""INSERT INTO runs ({", ".join(_COLUMNS)}) VALUES ({", ".join(":" + name for name in _COLUMNS)})
    ON CONFLICT (id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])} RETURNING key"""
_STORED_RUNS = """SELECT * FROM runs JOIN payloads USING (key) WHERE id IN (SELECT value FROM json_each(?))"""


def apply_frame(connection: sqlite3.Connection, frame: Frame) -> list[str]:
    """Bring the store to what a frame says; what is refused of it, in a line each."""
    refused = [*frame.refused, *apply(connection, frame.operations)]
    for body in frame.feedback:
        if problem := _attempt(connection, lambda body=body: feedback.keep(connection, body)):
            refused.append(f"feedback {body['id']}: {problem}")
    return refused


def apply(connection: sqlite3.Connection, operations: Sequence[Operation]) -> list[str]:
    """Bring the runs to what the operations say, and the totals of the runs above them.

    Returns which runs are refused, as a field cannot be read or kept, in a line each; the others are kept.
    """
    refused: list[str] = []
    records = _stored_runs(connection, {operation.id for operation in operations})
    _fold(records, operations, refused)
    _place(connection, records)
    names: dict[str, str] = {}
    for run_id, record in list(records.items()):
        if problem := _attempt(connection, lambda record=record: _write(connection, record, names)):
            refused.append(f"run {run_id}: {problem}")
            del records[run_id]
            names.clear()  # a project that it made is not there any more
    for operation in operations:
        if operation.id in records:
            attach(connection, operation.id, operation.attachments)
    feedback.settle(connection, list(records))
    _add_up(connection, records.values())
    return refused


def _fold(records: dict[str, RunRecord], operations: Sequence[Operation], refused: list[str]) -> None:
    bad: set[str] = set()
    for operation in operations:
        try:
            fold(records.setdefault(operation.id, RunRecord(operation.id)), operation)
        except TraceError as error:
            bad.add(operation.id)
            refused.append(f"run {operation.id}: {error}")
    for run_id in bad:
        del records[run_id]
    for record in records.values():
        complete(record)


def _attempt(connection: sqlite3.Connection, write: Callable[[], object]) -> str | None:
    """Write one thing, or nothing of it; the reason where what was sent cannot be kept."""
    connection.execute("SAVEPOINT attempt")
    try:
        write()
    except (TraceError, *UNFIT) as error:
        connection.execute("ROLLBACK TO attempt")
        return str(error)
    finally:
        connection.execute("RELEASE attempt")
    return None


def attach(connection: sqlite3.Connection, owner: str, attachments: dict[str, tuple[str, bytes]]) -> None:
    """Keep the attachments of a run or an example; those of the same name are replaced."""
    for name, (mime_type, data) in attachments.items():
        connection.execute(
            "INSERT INTO attachments VALUES (?, ?, ?, ?, ?) ON CONFLICT (owner, name) DO UPDATE "
            "SET mime_type = excluded.mime_type, data = excluded.data",
            (new_id(), owner, name, mime_type, data),
        )


def _stored_runs(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, RunRecord]:
    rows = connection.execute(_STORED_RUNS, (json.dumps(list(ids)),))
    return {row["id"]: _record(row) for row in rows}


def _record(row: sqlite3.Row) -> RunRecord:
    simple = {
        name: row[name]
        for name in (
            *("id", "key", "session_id", "trace_id", "parent_run_id", "dotted_order", "name", "run_type"),
            *("start_time", "end_time", "error", "reference_example_id"),
        )
    }
    lists = {name: stored_list(row[name]) for name in ("tags", "events")}
    objects = {name: stored_object(row[name]) for name in ("inputs", "extra")}
    outputs, serialized = (loads(row[name]) for name in ("outputs", "serialized"))
    return RunRecord(
        **simple,
        **lists,
        **objects,
        outputs=outputs if isinstance(outputs, dict) else None,
        serialized=serialized,
        patched=bool(row["patched"]),
    )


def _place(connection: sqlite3.Connection, records: dict[str, RunRecord]) -> None:
    """Give a run that was sent without its order one below its parent, where that is known."""
    for record in records.values():
        if record.dotted_order:
            continue
        stamp = f"{microseconds_stamp(record.start_time or 0)}{record.id}"
        parent = record.parent_run_id
        above = records.get(parent) if parent else None
        row = (above.trace_id, above.dotted_order) if above and above.dotted_order else None
        if parent and row is None:
            row = connection.execute("SELECT trace_id, dotted_order FROM runs WHERE id = ?", (parent,)).fetchone()
        record.trace_id, record.dotted_order = (row[0], f"{row[1]}.{stamp}") if row else (record.trace_id, stamp)


def microseconds_stamp(moment: int) -> str:
    """A moment as a segment of a dotted order begins: 20260102T030405000006Z."""
    return f"{datetime.fromisoformat(iso(moment) or ''):%Y%m%dT%H%M%S%f}Z"


def _write(connection: sqlite3.Connection, record: RunRecord, names: dict[str, str]) -> None:
    session = _session(connection, record, names)
    key = connection.execute(_UPSERT, _row(record, session)).fetchone()[0]
    parts = (dumps(record.inputs), dumps(record.outputs) if record.outputs is not None else None)
    connection.execute(
        "INSERT OR REPLACE INTO payloads VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            key,
            *parts,
            dumps(record.events) if record.events else None,
            dumps(record.extra),
            dumps(record.serialized) if record.serialized is not None else None,
            dumps(record.tags),
        ),
    )
    if record.key is not None:
        connection.execute("DELETE FROM labels WHERE key = ?", (key,))
        connection.execute("DELETE FROM words WHERE rowid = ?", (key,))
    connection.executemany(
        "INSERT OR IGNORE INTO labels VALUES (?, ?, ?)", [(*name_and_value, key) for name_and_value in _labels(record)]
    )
    connection.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (key, _text(record)))


def _session(connection: sqlite3.Connection, record: RunRecord, names: dict[str, str]) -> str:
    if record.session_name or not record.session_id:
        name = record.session_name or sessions.DEFAULT
        if name not in names:
            names[name] = sessions.id_of_name(connection, name, record.start_time)
        return names[name]
    sessions.require(connection, record.session_id, record.start_time)
    return record.session_id


def _row(record: RunRecord, session: str) -> dict[str, Any]:
    own = usage(record)
    ended, began = record.end_time, record.start_time or 0
    return {
        **{name: getattr(record, name) for name in _COLUMNS if hasattr(record, name)},
        "session_id": session,
        "patched": int(record.patched),
        "latency": None if ended is None else max(0, ended - began) / 1_000_000,
        "first_token_time": first_token_time(record),
        "thread_id": _thread(record),
        "model": model_name(record),
        **_usage_columns(own),
    }


def _usage_columns(own: Usage) -> dict[str, Any]:
    has_usage = own.prompt_tokens is not None
    costs = [cost for cost in (own.prompt_cost, own.completion_cost) if cost is not None]
    return {
        **{f"own_{name}": value for name, value in own._asdict().items()},
        **own._asdict(),
        "total_tokens": (own.prompt_tokens or 0) + (own.completion_tokens or 0) if has_usage else None,
        "total_cost": sum(costs) if costs else None,
    }


def _thread(record: RunRecord) -> str | None:
    for name in ("thread_id", "session_id", "conversation_id"):
        if (value := record.metadata.get(name)) not in (None, ""):
            return str(value)[:LABEL_CHARS]
    return None


def _labels(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Tags, under no name, and metadata."""
    yield from (("", label(tag)) for tag in record.tags)
    yield from ((name[:LABEL_CHARS], label(value)) for name, value in record.metadata.items() if name)


def label(value: Any) -> str:
    """A value of metadata as filters compare it."""
    return (value if isinstance(value, str) else dumps(value))[:LABEL_CHARS]


def _text(record: RunRecord) -> str:
    parts: list[str] = []
    size = 0
    texts = itertools.chain((record.name, record.error or ""), _strings(record.inputs), _strings(record.outputs))
    while size < INDEXED_CHARS and (part := next(texts, None)) is not None:
        parts.append(part)
        size += len(part) + 1
    return "\n".join(parts)[:INDEXED_CHARS].encode("utf-8", "replace").decode("utf-8")


def _strings(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            waiting.extend(reversed(node.values()))
        elif isinstance(node, list):
            waiting.extend(reversed(node))
        elif isinstance(node, int | float) and not isinstance(node, bool):
            yield str(node)


_PROMPT, _COMPLETION = (believable(f"own_{name}_tokens") for name in ("prompt", "completion"))
_TOTALS = f"""UPDATE runs SET
    (prompt_tokens, completion_tokens, total_tokens, prompt_cost, completion_cost, total_cost) = (
        SELECT sum({_PROMPT}), sum({_COMPLETION}), sum({_PROMPT} + {_COMPLETION}),
            sum(own_prompt_cost), sum(own_completion_cost),
            CASE WHEN count(own_prompt_cost) + count(own_completion_cost) > 0
                THEN total(own_prompt_cost) + total(own_completion_cost) END
        FROM runs below WHERE below.own_completion_tokens IS NOT NULL AND below.trace_id = runs.trace_id
            AND below.dotted_order >= runs.dotted_order AND below.dotted_order < runs.dotted_order || '/')
    WHERE id IN (SELECT value FROM json_each(?))"""


def _add_up(connection: sqlite3.Connection, records: Iterable[RunRecord]) -> None:
    """Set the totals of the runs in traces that used anything: those written, and those above them."""
    records = list(records)
    traces = json.dumps(list({record.trace_id for record in records}))
    using = {
        row[0]
        for row in connection.execute(
            "SELECT DISTINCT trace_id FROM runs INDEXED BY runs_with_usage "
            "WHERE own_completion_tokens IS NOT NULL AND trace_id IN (SELECT value FROM json_each(?))",
            (traces,),
        )
    }
    touched = {
        run_id
        for record in records
        if record.trace_id in using
        for run_id in (record.id, *ancestors(record.dotted_order))
    }
    if touched:
        connection.execute(_TOTALS, (json.dumps(list(touched)),))
