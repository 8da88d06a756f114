"""Data sets: what runs are tried on. Their examples are in `vademecum.tracing.store.examples`."""

import json
import sqlite3
from typing import Any

from vademecum.core.errors import TraceError
from vademecum.tracing.store import sessions
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.values import (
    dumps,
    identity,
    iso,
    microseconds,
    nearest_time,
    new_id,
    now,
    optional_text,
    sent_name,
    sent_object,
    shortened,
    sound,
    stored_object,
    stored_text,
)

DATA_TYPES = ("kv", "llm", "chat")
"""What the SDK knows of data sets' kinds."""


def create(database: Database, body: dict[str, Any]) -> dict[str, Any]:
    """Make a data set.

    Raises:
        TraceError: the name is taken (409).
    """
    name = sent_name(body.get("name") or "", "name of a data set")
    dataset_id, extra = identity(body.get("id") or new_id()), sent_object(body.get("extra"), "extra")
    metadata = sent_object(body.get("metadata") or extra.get("metadata"), "metadata")
    data_type = body.get("data_type") or "kv"
    if data_type not in DATA_TYPES:
        raise TraceError(f"data_type is one of {', '.join(DATA_TYPES)}, not {shortened(data_type)}", status=422)
    description = optional_text(body.get("description"), "description")
    moment = microseconds(body["created_at"]) if body.get("created_at") else now()

    def job(connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT 1 FROM datasets WHERE name = ?", (name,)).fetchone():
            raise TraceError(f"a data set named {name!r} exists already", status=409)
        connection.execute(
            "INSERT INTO datasets VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(dataset_id, name, description, data_type),
                *(_schema(body, "inputs_schema"), _schema(body, "outputs_schema"), dumps(metadata), moment, moment),
            ),
        )

    database.write(job)
    return read(database, dataset_id)


def update(database: Database, dataset_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Change a data set; what is None stays."""
    read(database, dataset_id)
    name = sent_name(body["name"], "name of a data set") if body.get("name") is not None else None
    metadata = sent_object(body.get("metadata"), "metadata")
    description = optional_text(body.get("description"), "description")
    database.write(
        lambda connection: connection.execute(
            """UPDATE datasets SET name = coalesce(?, name), description = coalesce(?, description),
               metadata = coalesce(?, metadata), modified_at = ? WHERE id = ?""",
            (name, description, dumps(metadata) if metadata else None, now(), dataset_id),
        )
    )
    return read(database, dataset_id)


def delete(database: Database, dataset_id: str) -> None:
    """Delete a data set with its examples. Experiments on it stay."""
    read(database, dataset_id)

    def job(connection: sqlite3.Connection) -> None:
        connection.execute(
            "DELETE FROM attachments WHERE owner IN (SELECT id FROM examples WHERE dataset_id = ?)", (dataset_id,)
        )
        connection.execute("DELETE FROM datasets WHERE id = ?", (dataset_id,))

    database.write(job)


def read(database: Database, dataset_id: str) -> dict[str, Any]:
    """One data set.

    Raises:
        TraceError: there is none of that id (404).
    """
    rows = search(database, {"ids": [dataset_id]})
    if not rows:
        raise TraceError(f"no data set {dataset_id}", status=404)
    return rows[0]


def search(database: Database, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """Data sets, the latest first. `given`: name, name_contains, ids, data_type, metadata, limit, offset."""
    conditions, arguments = ["1"], {"limit": filters.get("limit", 100), "offset": filters.get("offset", 0)}
    for name, condition in (
        ("name", "name = :name"),
        ("name_contains", "instr(lower(name), lower(:name_contains))"),
        ("data_type", "data_type = :data_type"),
        ("ids", "id IN (SELECT value FROM json_each(:ids))"),
    ):
        if (value := filters.get(name)) not in (None, []):
            conditions.append(condition)
            arguments[name] = json.dumps(value) if isinstance(value, list) else value
    for number, (name, value) in enumerate((filters.get("metadata") or {}).items()):
        conditions.append(f"json_extract({sound('metadata')}, '$.' || :key{number}) = :value{number}")
        arguments |= {f"key{number}": json.dumps(name), f"value{number}": value}
    query = f"""SELECT *,
        (SELECT count(*) FROM examples WHERE dataset_id = datasets.id AND until IS NULL) AS examples,
        (SELECT count(*) FROM sessions WHERE reference_dataset_id = datasets.id) AS sessions,
        (SELECT max(start_time) FROM sessions WHERE reference_dataset_id = datasets.id) AS last_session
        FROM datasets WHERE {" AND ".join(conditions)} ORDER BY created_at DESC, name LIMIT :limit OFFSET :offset"""
    return [_shape(row) for row in database.rows(query, arguments)]


def versions(database: Database, dataset_id: str) -> list[dict[str, Any]]:
    """The moments at which a data set changed, the latest first, with the tags given to them."""
    read(database, dataset_id)
    moments = database.rows(
        """SELECT modified_at AS moment FROM examples WHERE dataset_id = :id
           UNION SELECT until FROM examples WHERE dataset_id = :id AND until IS NOT NULL
           UNION SELECT created_at FROM datasets WHERE id = :id ORDER BY 1 DESC""",
        {"id": dataset_id},
    )
    tags: dict[int, list[str]] = {}
    for row in database.rows("SELECT tag, as_of FROM dataset_tags WHERE dataset_id = ?", (dataset_id,)):
        tags.setdefault(row["as_of"], []).append(row["tag"])
    if moments:
        tags.setdefault(moments[0]["moment"], []).append("latest")
    return [{"tags": tags.get(row["moment"], []), "as_of": iso(row["moment"])} for row in moments]


def tag(database: Database, dataset_id: str, name: str, as_of: Any) -> dict[str, Any]:
    """Give a name to the data set as it was at a moment."""
    moment = microseconds(as_of)
    read(database, dataset_id)
    database.write(
        lambda connection: connection.execute(
            "INSERT OR REPLACE INTO dataset_tags VALUES (?, ?, ?)", (dataset_id, name, moment)
        )
    )
    return {"tags": [name], "as_of": iso(moment)}


def moment(database: Database, dataset_id: str | None, as_of: Any) -> int | None:
    """What "latest" (None), a tag or a time stands for, in microseconds."""
    if as_of in (None, "", "latest"):
        return None
    row = database.row("SELECT as_of FROM dataset_tags WHERE dataset_id IS ? AND tag = ?", (dataset_id, str(as_of)))
    return row["as_of"] if row else nearest_time(as_of)


def compare(database: Database, body: dict[str, Any]) -> dict[str, Any]:
    """Keep a comparison of experiments."""
    comparison_id = identity(body.get("id") or new_id())
    stamped = {
        "created_at": iso(now()),
        "modified_at": iso(now()),
        **body,
        "id": comparison_id,
        "tenant_id": sessions.TENANT,
    }
    database.write(
        lambda connection: connection.execute(
            "INSERT OR REPLACE INTO comparisons VALUES (?, ?)", (comparison_id, dumps(stamped))
        )
    )
    return stamped


def _schema(body: dict[str, Any], name: str) -> str | None:
    definition = sent_object(body.get(f"{name}_definition") or body.get(name), name)
    return dumps(definition) if definition else None


def _shape(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        **{name: stored_text(row[name]) for name in ("name", "description")},
        "data_type": row["data_type"] if row["data_type"] in DATA_TYPES else "kv",
        "inputs_schema_definition": stored_object(row["inputs_schema"]) or None,
        "outputs_schema_definition": stored_object(row["outputs_schema"]) or None,
        "metadata": stored_object(row["metadata"]),
        "example_count": row["examples"],
        "session_count": row["sessions"],
        "last_session_start_time": iso(row["last_session"]),
        "created_at": iso(row["created_at"]),
        "modified_at": iso(row["modified_at"]),
        "tenant_id": sessions.TENANT,
    }
