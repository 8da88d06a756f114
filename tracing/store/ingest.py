"""Operations of clients become rows: read what is known of each run, fold in what is said, write it back.

`apply` is one job of the database's writer: all of a frame, or nothing of it.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from vademecum.tracing.store import feedback, sessions
from vademecum.tracing.store.operations import Operation, RunRecord, ancestors, complete, fold
from vademecum.tracing.store.usage import Usage, first_token_time, model_name, usage
from vademecum.tracing.store.values import dumps, loads, microseconds, new_id

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


def apply(connection: sqlite3.Connection, operations: Sequence[Operation]) -> None:
    """Bring the runs to what the operations say, and the totals of the runs above them.

    Raises:
        TraceError: a field cannot be read (422); nothing has been changed then, if the transaction is undone.
    """
    records = _stored_runs(connection, {operation.id for operation in operations})
    for operation in operations:
        fold(records.setdefault(operation.id, RunRecord(operation.id)), operation)
    for record in records.values():
        complete(record)
    _place(connection, records)
    names: dict[str, str] = {}
    for record in records.values():
        _write(connection, record, names)
    for operation in operations:
        attach(connection, operation.id, operation.attachments)
    feedback.settle(connection, list(records))
    _add_up(connection, records.values())


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
    parts = {name: loads(row[name]) for name in ("inputs", "outputs", "extra", "serialized", "tags")}
    return RunRecord(**simple, **parts, events=loads(row["events"]) or [], patched=bool(row["patched"]))


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
    return f"{datetime.fromtimestamp(moment / 1_000_000, UTC):%Y%m%dT%H%M%S%f}Z"


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
    first = first_token_time(record)
    return {
        **{name: getattr(record, name) for name in _COLUMNS if hasattr(record, name)},
        "session_id": session,
        "patched": int(record.patched),
        "latency": None if ended is None else max(0, ended - began) / 1_000_000,
        "first_token_time": None if first is None else microseconds(first),
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
            return str(value)
    return None


def _labels(record: RunRecord) -> Iterator[tuple[str, str]]:
    """Tags, under no name, and metadata."""
    yield from (("", tag) for tag in record.tags)
    yield from ((name, label(value)) for name, value in record.metadata.items() if name)


def label(value: Any) -> str:
    """A value of metadata as filters compare it."""
    return (value if isinstance(value, str) else dumps(value))[:LABEL_CHARS]


def _text(record: RunRecord) -> str:
    parts = [record.name, record.error or "", *_strings(record.inputs), *_strings(record.outputs)]
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


_TOTALS = """UPDATE runs SET
    (prompt_tokens, completion_tokens, total_tokens, prompt_cost, completion_cost, total_cost) = (
        SELECT sum(own_prompt_tokens), sum(own_completion_tokens), sum(own_prompt_tokens + own_completion_tokens),
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
        identity
        for record in records
        if record.trace_id in using
        for identity in (record.id, *ancestors(record.dotted_order))
    }
    if touched:
        connection.execute(_TOTALS, (json.dumps(list(touched)),))
