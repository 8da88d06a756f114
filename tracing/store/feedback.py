"""Feedback: what people and evaluators say of a run, or of a whole project."""

import json
import sqlite3
from typing import Any

from vademecum.core.errors import TraceError
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.values import (
    MOST_SCORE,
    dumps,
    identity,
    iso,
    loads,
    microseconds,
    new_id,
    now,
    optional_identity,
    sent_name,
    sent_object,
    shortened,
    sound,
    stored_identity,
    stored_number,
    stored_object,
    stored_text,
)

_COLUMNS = (
    *("id", "run_id", "trace_id", "session_id", "key", "score", "value", "comment", "correction", "source", "extra"),
    *("error", "comparative_experiment_id", "feedback_group_id", "created_at", "modified_at"),
)
_IDS = ("run_id", "trace_id", "session_id", "comparative_experiment_id", "feedback_group_id")


def keep(connection: sqlite3.Connection, body: dict[str, Any]) -> str:
    """Add a feedback, or replace the one of its id; its id.

    Raises:
        TraceError: it has no key, or an id that is none (422).
    """
    row = _row(body)
    if row["session_id"] is None and row["run_id"]:
        row_of_run = connection.execute(
            "SELECT session_id, trace_id FROM runs WHERE id = ?", (row["run_id"],)
        ).fetchone()
        if row_of_run:
            row["session_id"], row["trace_id"] = row_of_run["session_id"], row["trace_id"] or row_of_run["trace_id"]
    names, marks = ", ".join(_COLUMNS), ", ".join(f":{name}" for name in _COLUMNS)
    connection.execute(f"INSERT OR REPLACE INTO feedback ({names}) VALUES ({marks})", row)
    return row["id"]


def settle(connection: sqlite3.Connection, run_ids: list[str]) -> None:
    """Tell the feedback that came before its run which project it belongs to."""
    connection.execute(
        """UPDATE feedback SET session_id = (SELECT session_id FROM runs WHERE runs.id = feedback.run_id)
           WHERE session_id IS NULL AND run_id IN (SELECT value FROM json_each(?))""",
        (json.dumps(run_ids),),
    )


def create(database: Database, body: dict[str, Any]) -> dict[str, Any]:
    """Add a feedback."""
    return read(database, database.write(lambda connection: keep(connection, body)))


def update(database: Database, feedback_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Change the fields that `body` names."""
    read(database, feedback_id)
    changes: dict[str, Any] = {"modified_at": now()}
    for name in ("score", "value", "comment", "correction"):
        if name in body:
            changes[name] = _column(name, body[name])
    sets = ", ".join(f"{name} = :{name}" for name in changes)
    database.write(
        lambda connection: connection.execute(
            f"UPDATE feedback SET {sets} WHERE id = :id", {**changes, "id": feedback_id}
        )
    )
    return read(database, feedback_id)


def delete(database: Database, feedback_id: str) -> None:
    """Remove a feedback."""
    read(database, feedback_id)
    database.write(lambda connection: connection.execute("DELETE FROM feedback WHERE id = ?", (feedback_id,)))


def read(database: Database, feedback_id: str) -> dict[str, Any]:
    """One feedback.

    Raises:
        TraceError: there is none of that id (404).
    """
    row = database.row("SELECT * FROM feedback WHERE id = ?", (feedback_id,))
    if row is None:
        raise TraceError(f"no feedback {feedback_id}", status=404)
    return shape(row)


def search(database: Database, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """Feedback, the oldest first. `given`: run, session, key, source (lists each), limit, offset."""
    conditions, arguments = ["1"], {"limit": filters.get("limit", 100), "offset": filters.get("offset", 0)}
    for name, column in (("run", "run_id"), ("session", "session_id"), ("key", "key")):
        if names := filters.get(name):
            conditions.append(f"{column} IN (SELECT value FROM json_each(:{name}))")
            arguments[name] = json.dumps(names)
    if names := filters.get("source"):
        conditions.append(f"json_extract({sound('source')}, '$.type') IN (SELECT value FROM json_each(:source))")
        arguments["source"] = json.dumps(names)
    query = f"""SELECT * FROM feedback WHERE {" AND ".join(conditions)}
                ORDER BY created_at, id LIMIT :limit OFFSET :offset"""
    return [shape(row) for row in database.rows(query, arguments)]


def shape(row: sqlite3.Row) -> dict[str, Any]:
    """A feedback as the protocol has it."""
    return {
        "id": row["id"],
        **{name: stored_identity(row[name]) for name in _IDS},
        **{name: stored_text(row[name]) for name in ("key", "comment")},
        "score": stored_number(row["score"]),
        "value": None if isinstance(value := loads(row["value"]), list) else value,
        "correction": said if isinstance(said := loads(row["correction"]), dict | str) else None,
        "extra": stored_object(row["extra"]) or None,
        "feedback_source": _source(stored_object(row["source"])),
        "created_at": iso(row["created_at"]),
        "modified_at": iso(row["modified_at"]),
    }


def _source(stored: dict[str, Any]) -> dict[str, Any] | None:
    """Who said it, in the kinds that the SDK knows."""
    texts = {name: stored_text(stored[name]) for name in ("type", "user_id", "user_name") if name in stored}
    metadata = stored.get("metadata")
    return {**stored, "type": "api", **texts, "metadata": metadata if isinstance(metadata, dict) else None}


def _row(body: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": identity(body.get("id") or new_id(), "feedback id"),
        **{name: optional_identity(body.get(name), name) for name in _IDS},
        **{name: _column(name, body.get(name)) for name in ("score", "value", "comment", "correction", "extra")},
        "key": sent_name(body.get("key") or "", "key of a feedback"),
        "source": dumps(sent_object(body.get("feedback_source"), "feedback_source") or {"type": "api"}),
        "error": int(bool(body.get("error"))),
        "created_at": microseconds(body["created_at"]) if body.get("created_at") else now(),
        "modified_at": microseconds(body["modified_at"]) if body.get("modified_at") else now(),
    }


def _column(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "score":
        if not isinstance(value, int | float) or not abs(value) <= MOST_SCORE:
            raise TraceError(f"the score of a feedback must be a number, not {shortened(value)}", status=422)
        return float(value)
    if isinstance(value, list) or (name == "correction" and not isinstance(value, dict | str)):
        raise TraceError(f"{name} of a feedback must be a text or an object, not {shortened(value)}", status=422)
    return str(value) if name == "comment" else dumps(sent_object(value, name) if name == "extra" else value)
