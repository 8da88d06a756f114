"""Runs as the protocol shows them, read a page at a time: rows, payloads, feedback and attachments joined once."""

import json
import math
import sqlite3
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from vademecum.core.errors import TraceError
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.operations import ancestors
from vademecum.tracing.store.values import (
    MOST_SCORE,
    identity,
    iso,
    loads,
    stored_count,
    stored_identity,
    stored_list,
    stored_number,
    stored_object,
    stored_text,
)

PAYLOAD = frozenset(("inputs", "outputs", "events", "extra", "serialized", "tags", "metadata"))
"""Fields that are not in the narrow row."""

ALWAYS = ("id", "name", "run_type", "start_time", "trace_id", "dotted_order", "session_id", "status")
"""Fields that come back whatever is selected: clients need them to make sense of a run."""

PREVIEW_CHARS = 250


def runs(database: Database, keys: Sequence[int], select: Collection[str] | None = None) -> list[dict[str, Any]]:
    """The runs of these keys, in this order; `select` names the fields wanted (None: all)."""
    key_list = json.dumps(list(keys))
    rows = {
        row["key"]: row
        for row in database.rows("SELECT * FROM runs WHERE key IN (SELECT value FROM json_each(?))", (key_list,))
    }
    present = [rows[key] for key in keys if key in rows]
    ids = [row["id"] for row in present]
    payloads: dict[int, sqlite3.Row] = {}
    if select is None or PAYLOAD & set(select) or {"inputs_preview", "outputs_preview"} & set(select):
        query = "SELECT * FROM payloads WHERE key IN (SELECT value FROM json_each(?))"
        payloads = {row["key"]: row for row in database.rows(query, (key_list,))}
    stats = feedback_stats(database, ids) if select is None or "feedback_stats" in select else {}
    files = attachments(database, ids) if select is None or {"s3_urls", "attachments"} & set(select) else {}
    shapes = [
        _shape(row, payloads.get(row["key"]), stats.get(row["id"], {}), files.get(row["id"], {})) for row in present
    ]
    if select is None:
        return shapes
    return [{name: value for name, value in shape.items() if name in select or name in ALWAYS} for shape in shapes]


def run(database: Database, run_id: str) -> dict[str, Any]:
    """One run, whole.

    Raises:
        TraceError: there is none of that id (404), or it is none (422).
    """
    row = database.row("SELECT key FROM runs WHERE id = ?", (identity(run_id, "run id"),))
    if row is None:
        raise TraceError(f"no run {run_id}", status=404)
    return runs(database, [row["key"]])[0]


def by_prefix(database: Database, prefix: str) -> str:
    """The id of the one run whose id begins so.

    Raises:
        TraceError: no run's id does (404), or several do (400).
    """
    low = prefix.lower()
    rows = database.rows("SELECT id FROM runs WHERE id >= ? AND id < ? || 'g' LIMIT 4", (low, low))
    if not low or not rows:
        raise TraceError(f"no run {prefix[:40]!r}; list them: vade trace list", status=404)
    if len(rows) > 1:
        some = ", ".join(row["id"] for row in rows[:3])
        raise TraceError(f"{prefix!r} begins the ids of several runs ({some}, ...); give more of it")
    return rows[0]["id"]


def tree(database: Database, run_id: str) -> list[dict[str, Any]]:
    """The run and all below it, in the order in which they began, parents before their children."""
    top = run(database, run_id)
    rows = database.rows(
        """SELECT key FROM runs WHERE trace_id = ? AND dotted_order >= ? AND dotted_order < ? || '/'
           ORDER BY dotted_order""",
        (top["trace_id"], top["dotted_order"], top["dotted_order"]),
    )
    return runs(database, [row["key"] for row in rows]) or [top]  # its own place in the tree may be damaged


def attachments(database: Database, owners: Iterable[str]) -> dict[str, dict[str, dict[str, str]]]:
    """By owner (a run or an example) and name: where an attachment is to be had, and its type."""
    rows = database.rows(
        "SELECT id, owner, name, mime_type FROM attachments WHERE owner IN (SELECT value FROM json_each(?))",
        (json.dumps(list(owners)),),
    )
    by_owner: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for row in rows:
        by_owner[row["owner"]][row["name"]] = {
            "presigned_url": f"/attachments/{row['id']}",
            "mime_type": row["mime_type"],
        }
    return dict(by_owner)


def feedback_stats(database: Database, owners: Sequence[str], *, by: str = "run_id") -> dict[str, dict[str, Any]]:
    """Of each run (`by` "run_id") or project ("session_id"): what its feedback says, by key."""
    rows = database.rows(
        f"SELECT {by} AS owner, key, score, value, comment, error FROM feedback "
        f"WHERE {by} IN (SELECT value FROM json_each(?)) ORDER BY created_at",
        (json.dumps(list(owners)),),
    )
    grouped: dict[str, dict[str, list[sqlite3.Row]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        grouped[row["owner"]][row["key"]].append(row)
    return {owner: {key: _stats(group) for key, group in keys.items()} for owner, keys in grouped.items()}


def _stats(rows: Sequence[sqlite3.Row]) -> dict[str, Any]:
    # Larger scores than can be kept now would overflow their own mean.
    numbers = [stored_number(row["score"]) for row in rows]
    scores = [score for score in numbers if score is not None and abs(score) <= MOST_SCORE]
    mean = sum(scores) / len(scores) if scores else None
    spread = None
    if mean is not None and len(scores) > 1:
        spread = math.sqrt(sum((score - mean) ** 2 for score in scores) / (len(scores) - 1))
    values: dict[str, int] = defaultdict(int)
    for value in (loads(row["value"]) for row in rows):
        if isinstance(value, str):
            values[value] += 1
    return {
        "n": len(rows),
        "avg": mean,
        "stdev": spread,
        "min": min(scores, default=None),
        "max": max(scores, default=None),
        "errors": sum(bool(row["error"]) for row in rows),
        "values": dict(values),
        "comments": [stored_text(row["comment"]) for row in rows if row["comment"]][:10],
    }


def _shape(
    row: sqlite3.Row, payload: sqlite3.Row | None, stats: dict[str, Any], files: dict[str, dict[str, str]]
) -> dict[str, Any]:
    shape: dict[str, Any] = {
        **{name: row[name] for name in ("id", "session_id", "trace_id")},
        **{name: stored_identity(row[name]) for name in ("parent_run_id", "reference_example_id")},
        **{name: stored_text(row[name]) for name in ("dotted_order", "error", "thread_id", "model")},
        **{name: stored_count(row[name]) for name in ("prompt_tokens", "completion_tokens", "total_tokens")},
        **{name: stored_number(row[name]) for name in ("latency", "prompt_cost", "completion_cost", "total_cost")},
        **{name: iso(row[name]) for name in ("start_time", "end_time", "first_token_time")},
        "name": stored_text(row["name"]) or "(started elsewhere)",
        "run_type": stored_text(row["run_type"]) or "chain",
        "status": row["status"] if row["status"] in ("success", "error") else "pending",
        "parent_run_ids": ancestors(stored_text(row["dotted_order"]) or ""),
        "child_run_ids": None,
        "is_root": row["parent_run_id"] is None,
        "app_path": f"/runs/{row['id']}",
        "manifest_id": None,
        "in_dataset": None,
        "feedback_stats": stats,
        "s3_urls": {f"attachment.{name}": file for name, file in files.items()},
    }
    if payload is not None:
        extra = stored_object(payload["extra"])
        metadata, outputs = extra.get("metadata"), payload["outputs"]
        shape |= {
            "inputs": stored_object(payload["inputs"]),
            "outputs": None if outputs is None else stored_object(outputs),
            "events": [event for event in stored_list(payload["events"]) if isinstance(event, dict)],
            "extra": extra,
            "metadata": metadata if isinstance(metadata, dict) else {},
            "serialized": stored_object(payload["serialized"]) or None,
            "tags": [str(tag) for tag in stored_list(payload["tags"])],
            "inputs_preview": (stored_text(payload["inputs"]) or "")[:PREVIEW_CHARS],
            "outputs_preview": (stored_text(outputs) or "")[:PREVIEW_CHARS],
        }
    return shape
