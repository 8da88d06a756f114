"""Projects, which the protocol calls sessions; an experiment is a project with a data set it was run on."""

import json
import sqlite3
from typing import Any

from vademecum.core.errors import TraceError
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.values import (
    dumps,
    identity,
    iso,
    microseconds,
    new_id,
    now,
    optional_identity,
    optional_text,
    sent_name,
    sent_object,
    sound,
    stored_identity,
    stored_object,
    stored_text,
)

DEFAULT = "default"
"""The project of runs that name none."""

TENANT = "00000000-0000-4000-8000-000000000000"
"""The one tenant of a local server; clients need an id."""


def id_of_name(connection: sqlite3.Connection, name: str, start_time: int | None = None) -> str:
    """The id of the project of that name, made where there is none."""
    row = connection.execute("SELECT id FROM sessions WHERE name = ?", (name,)).fetchone()
    if row:
        return row[0]
    session_id = new_id()
    connection.execute(
        "INSERT INTO sessions (id, name, start_time) VALUES (?, ?, ?)", (session_id, name, start_time or now())
    )
    return session_id


def require(connection: sqlite3.Connection, session_id: str, start_time: int | None) -> None:
    """Make the project of that id where there is none: its runs may come before it, and are not lost."""
    connection.execute(
        "INSERT OR IGNORE INTO sessions (id, name, start_time) VALUES (?, ?, ?)",
        (session_id, session_id, start_time or now()),
    )


def create(database: Database, body: dict[str, Any], *, upsert: bool = False) -> dict[str, Any]:
    """Make a project.

    Raises:
        TraceError: the name is taken (409) and `upsert` is not wanted.
    """
    name = sent_name(body.get("name") or "", "name of a project")
    session_id = identity(body.get("id") or new_id())

    def job(connection: sqlite3.Connection) -> str:
        row = connection.execute("SELECT id FROM sessions WHERE name = ?", (name,)).fetchone()
        if row and not upsert:
            raise TraceError(f"a project named {name!r} exists already", status=409)
        if row:
            _update(connection, row[0], body)
            return row[0]
        began = body.get("start_time")
        connection.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                session_id,
                name,
                optional_text(body.get("description"), "description"),
                dumps(sent_object(body.get("extra"), "extra")),
                now() if began is None else microseconds(began),
                None if body.get("end_time") is None else microseconds(body["end_time"]),
                optional_identity(body.get("reference_dataset_id"), "reference_dataset_id"),
            ),
        )
        return session_id

    return read(database, database.write(job))


def update(database: Database, session_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Change a project; what is None stays."""
    read(database, session_id)
    database.write(lambda connection: _update(connection, session_id, body))
    return read(database, session_id)


def _update(connection: sqlite3.Connection, session_id: str, body: dict[str, Any]) -> None:
    ended = body.get("end_time")
    connection.execute(
        """UPDATE sessions SET name = coalesce(?, name), description = coalesce(?, description),
           extra = coalesce(?, extra), end_time = coalesce(?, end_time) WHERE id = ?""",
        (
            sent_name(body["name"], "name of a project") if body.get("name") is not None else None,
            optional_text(body.get("description"), "description"),
            dumps(sent_object(body["extra"], "extra")) if body.get("extra") is not None else None,
            None if ended is None else microseconds(ended),
            session_id,
        ),
    )


def delete(database: Database, session_id: str) -> None:
    """Delete a project with its runs, their feedback and attachments."""
    read(database, session_id)

    def job(connection: sqlite3.Connection) -> None:
        of_runs = "(SELECT id FROM runs WHERE session_id = :session)"
        parameters = {"session": session_id}
        connection.execute(f"DELETE FROM attachments WHERE owner IN {of_runs}", parameters)
        connection.execute(f"DELETE FROM feedback WHERE run_id IN {of_runs} OR session_id = :session", parameters)
        connection.execute("DELETE FROM runs WHERE session_id = :session", parameters)
        connection.execute("DELETE FROM sessions WHERE id = :session", parameters)

    database.write(job)


def read(database: Database, session_id: str) -> dict[str, Any]:
    """One project.

    Raises:
        TraceError: there is none of that id (404).
    """
    row = database.row("SELECT * FROM sessions WHERE id = ?", (session_id,))
    if row is None:
        raise TraceError(f"no project {session_id}", status=404)
    return shape(row)


def by_name(database: Database, name: str) -> str:
    """The id of the project of that name.

    Raises:
        TraceError: there is none (404); the message lists some there are.
    """
    row = database.row("SELECT id FROM sessions WHERE name = ?", (name,))
    if row is None:
        names = [row["name"] for row in database.rows("SELECT name FROM sessions ORDER BY start_time DESC LIMIT 8")]
        raise TraceError(f"no project named {name!r}; there are: {', '.join(names) or 'none yet'}", status=404)
    return row["id"]


def search(database: Database, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """Projects, the latest first. `given`: name, name_contains, ids, reference_dataset, reference_free, metadata,
    limit, offset.
    """
    conditions: list[str] = ["1"]
    arguments: dict[str, Any] = {"limit": filters.get("limit", 100), "offset": filters.get("offset", 0)}
    for name, condition in (
        ("name", "name = :name"),
        ("name_contains", "instr(lower(name), lower(:name_contains))"),
        ("reference_dataset", "reference_dataset_id IN (SELECT value FROM json_each(:reference_dataset))"),
        ("ids", "id IN (SELECT value FROM json_each(:ids))"),
    ):
        if (value := filters.get(name)) not in (None, []):
            conditions.append(condition)
            arguments[name] = json.dumps(value) if isinstance(value, list) else value
    if filters.get("reference_free") is not None:
        conditions.append(f"reference_dataset_id IS {'' if filters['reference_free'] else 'NOT '}NULL")
    for number, (name, value) in enumerate((filters.get("metadata") or {}).items()):
        conditions.append(f"json_extract({sound('extra')}, '$.metadata.' || :key{number}) = :value{number}")
        arguments |= {f"key{number}": json.dumps(name), f"value{number}": value}
    query = f"""SELECT * FROM sessions WHERE {" AND ".join(conditions)}
                ORDER BY start_time DESC, name LIMIT :limit OFFSET :offset"""
    return [shape(row) for row in database.rows(query, arguments)]


def shape(row: sqlite3.Row) -> dict[str, Any]:
    """A project as the protocol has it."""
    return {
        "id": row["id"],
        **{name: stored_text(row[name]) for name in ("name", "description")},
        "extra": stored_object(row["extra"]),
        "start_time": iso(row["start_time"]),
        "end_time": iso(row["end_time"]),
        "tenant_id": TENANT,
        "reference_dataset_id": stored_identity(row["reference_dataset_id"]),
        "default_dataset_id": None,
        "trace_tier": "longlived",
    }
