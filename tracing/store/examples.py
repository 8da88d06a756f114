"""The examples of a data set. A change ends one row and begins another, so a data set can be read as it was."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vademecum.core.errors import TraceError
from vademecum.tracing.store import datasets, reading
from vademecum.tracing.store.conditions import Condition
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.filters import Call, Field, parse
from vademecum.tracing.store.ingest import attach
from vademecum.tracing.store.values import (
    dumps,
    identity,
    iso,
    loads,
    microseconds,
    new_id,
    now,
    optional_identity,
    parsed,
    sent_list,
    sent_name,
    sent_object,
    sound,
    stored_identity,
    stored_list,
    stored_object,
)


@dataclass
class SentExample:
    """An example as a client sends it; `fields` holds only what was sent."""

    id: str
    fields: dict[str, Any] = field(default_factory=dict)
    attachments: dict[str, tuple[str, bytes]] = field(default_factory=dict)


def create(database: Database, dataset_id: str, sent: Sequence[SentExample]) -> list[str]:
    """Add examples to a data set; their ids.

    Raises:
        TraceError: there is no such data set (404), or an example of that id exists (409).
    """
    datasets.read(database, dataset_id)

    def job(connection: sqlite3.Connection) -> None:
        for example in sent:
            if _now(connection, example.id):
                raise TraceError(f"an example {example.id} exists already", status=409)
            _insert(connection, dataset_id, example.id, _from_run(connection, example))
            attach(connection, example.id, example.attachments)
        _touch(connection, dataset_id)

    database.write(job)
    return [example.id for example in sent]


def update(database: Database, sent: Sequence[SentExample]) -> list[str]:
    """Change what is given of some examples; their ids.

    Raises:
        TraceError: there is no such example (404).
    """

    def job(connection: sqlite3.Connection) -> None:
        for example in sent:
            current = _now(connection, example.id)
            if current is None:
                raise TraceError(f"no example {example.id}", status=404)
            dataset_id = identity(example.fields.get("dataset_id") or current["dataset_id"])
            fields = {
                "created_at": iso(current["created_at"]),
                "source_run_id": current["source_run_id"],
                **{name: stored_object(current[name]) for name in ("inputs", "metadata")},
                "outputs": loads(current["outputs"]),
                "split": stored_list(current["splits"]),
                **{name: value for name, value in example.fields.items() if value is not None},
            }
            _end(connection, [example.id])
            _insert(connection, dataset_id, example.id, fields)
            _keep_attachments(connection, example)
            _touch(connection, dataset_id)

    database.write(job)
    return [example.id for example in sent]


def delete(database: Database, ids: Iterable[str]) -> None:
    """Remove examples; the data set as it was before still has them.

    Raises:
        TraceError: there is no such example (404).
    """
    identifiers = [identity(example_id, "example id") for example_id in ids]

    def job(connection: sqlite3.Connection) -> None:
        for example_id in identifiers:
            current = _now(connection, example_id)
            if current is None:
                raise TraceError(f"no example {example_id}", status=404)
            _touch(connection, current["dataset_id"])
        _end(connection, identifiers)

    database.write(job)


def split(database: Database, dataset_id: str, ids: Iterable[str], name: str, *, remove: bool) -> None:
    """Put examples into a split, or take them out."""
    changes = []
    for row in search(database, {"dataset": dataset_id, "ids": list(ids), "limit": -1}):
        current = row["metadata"]["dataset_split"]
        changed = (
            [split_name for split_name in current if split_name != name]
            if remove
            else list(dict.fromkeys([*current, name]))
        )
        changes.append(SentExample(row["id"], {"split": changed}))
    update(database, changes)


def read(database: Database, example_id: str, as_of: Any = None) -> dict[str, Any]:
    """One example.

    Raises:
        TraceError: there is none of that id (404).
    """
    rows = search(database, {"ids": [identity(example_id, "example id")], "as_of": as_of})
    if not rows:
        raise TraceError(f"no example {example_id}", status=404)
    return rows[0]


def search(database: Database, filters: dict[str, Any]) -> list[dict[str, Any]]:
    """Examples, the latest first. `given`: dataset, ids, as_of, splits, metadata, filter, limit, offset."""
    moment = datasets.moment(database, filters.get("dataset"), filters.get("as_of"))
    parts = [Condition("until IS NULL")]
    if moment is not None:
        parts = [Condition("modified_at <= ? AND (until IS NULL OR until > ?)", (moment, moment))]
    if filters.get("dataset"):
        parts.append(Condition("dataset_id = ?", (filters["dataset"],)))
    if filters.get("ids"):
        parts.append(Condition("id IN (SELECT value FROM json_each(?))", (json.dumps(filters["ids"]),)))
    if filters.get("splits"):
        parts.append(
            Condition(
                f"EXISTS (SELECT 1 FROM json_each({sound('splits', '[]')}) "
                "WHERE value IN (SELECT value FROM json_each(?)))",
                (json.dumps(filters["splits"]),),
            )
        )
    parts += [_metadata(name, value) for name, value in (filters.get("metadata") or {}).items()]
    if filters.get("filter"):
        parts.append(_filter(parse(filters["filter"])))
    values = tuple(value for part in parts for value in part.values)
    query = f"""SELECT * FROM examples WHERE {" AND ".join(part.sql for part in parts)}
                ORDER BY created_at DESC, key DESC LIMIT ? OFFSET ?"""
    rows = database.rows(query, (*values, filters.get("limit", 100), filters.get("offset", 0)))
    files = reading.attachments(database, [row["id"] for row in rows])
    return [_shape(row, files.get(row["id"], {})) for row in rows]


def splits(database: Database, dataset_id: str) -> list[str]:
    """Names of a data set's splits."""
    datasets.read(database, dataset_id)
    query = f"""SELECT DISTINCT j.value FROM examples, json_each({sound("splits", "[]")}) j
               WHERE dataset_id = ? AND until IS NULL ORDER BY 1"""
    return [row[0] for row in database.rows(query, (dataset_id,))]


def _metadata(name: str, value: Any) -> Condition:
    return Condition(f"json_extract({sound('metadata')}, '$.' || ?) IS ?", (json.dumps(name), value))


def _filter(tree: Call) -> Condition:
    """The filters that examples have: and, or, not, has(metadata, JSON), exists(metadata, key)."""
    if tree.name in ("and", "or", "not"):
        inner = [_filter(part) for part in tree.arguments if isinstance(part, Call)]
        if tree.name == "not" and len(inner) != 1:
            raise TraceError("not(...) takes one expression")
        sql = f" {tree.name.upper()} ".join(part.sql for part in inner) or "1"
        values = tuple(value for part in inner for value in part.values)
        return Condition(f"NOT coalesce({sql}, 0)" if tree.name == "not" else f"({sql})", values)
    if len(tree.arguments) == 2 and tree.arguments[0] == Field("metadata"):
        value = str(tree.arguments[1])
        if tree.name == "exists":
            return Condition(f"json_type({sound('metadata')}, '$.' || ?) IS NOT NULL", (json.dumps(value),))
        if tree.name == "has" and value.lstrip().startswith("{"):
            inner = [_metadata(key, part) for key, part in parsed(value.encode(), "has(metadata, ...)").items()]
            values = tuple(pair_value for part in inner for pair_value in part.values)
            return Condition("(" + (" AND ".join(part.sql for part in inner) or "1") + ")", values)
    raise TraceError("examples are filtered by and, or, not, has(metadata, '{...}') and exists(metadata, \"key\")")


def _now(connection: sqlite3.Connection, example_id: str) -> sqlite3.Row | None:
    return connection.execute("SELECT * FROM examples WHERE id = ? AND until IS NULL", (example_id,)).fetchone()


def _from_run(connection: sqlite3.Connection, example: SentExample) -> dict[str, Any]:
    """The fields of a new example, its inputs and outputs taken from its run where that is wanted."""
    fields, run_id = example.fields, example.fields.get("source_run_id")
    if not fields.get("use_source_run_io") or not run_id:
        return fields
    row = connection.execute(
        "SELECT inputs, outputs FROM runs JOIN payloads USING (key) WHERE id = ?", (identity(run_id),)
    ).fetchone()
    if row is None:
        raise TraceError(f"no run {run_id}", status=404)
    return {**fields, "inputs": stored_object(row["inputs"]), "outputs": loads(row["outputs"])}


def _insert(connection: sqlite3.Connection, dataset_id: str, example_id: str, fields: dict[str, Any]) -> None:
    metadata = dict(sent_object(fields.get("metadata"), "metadata of an example"))
    split_names = fields.get("split") or metadata.pop("dataset_split", None) or ["base"]
    metadata.pop("dataset_split", None)
    split_names = [split_names] if isinstance(split_names, str) else sent_list(split_names, "split of an example")
    outputs = sent_object(fields.get("outputs"), "outputs of an example")
    connection.execute(
        "INSERT INTO examples VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)",
        (
            *(example_id, dataset_id, dumps(sent_object(fields.get("inputs"), "inputs of an example"))),
            *(dumps(outputs) if fields.get("outputs") is not None else None, dumps(metadata)),
            dumps([sent_name(name, "name of a split") for name in split_names]),
            optional_identity(fields.get("source_run_id"), "source_run_id"),
            *(microseconds(fields["created_at"]) if fields.get("created_at") else now(), now()),
        ),
    )


def _keep_attachments(connection: sqlite3.Connection, example: SentExample) -> None:
    """Apply `attachments_operations`: what is neither retained nor renamed goes."""
    if operations := sent_object(example.fields.get("attachments_operations"), "attachments_operations"):
        retain = sent_list(operations.get("retain"), "retain")
        rename = sent_object(operations.get("rename"), "rename")
        connection.execute(
            "DELETE FROM attachments WHERE owner = ? AND name NOT IN (SELECT value FROM json_each(?))",
            (example.id, json.dumps([*retain, *rename])),
        )
        for old, new in rename.items():
            connection.execute("UPDATE attachments SET name = ? WHERE owner = ? AND name = ?", (new, example.id, old))
    attach(connection, example.id, example.attachments)


def _end(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    connection.execute(
        "UPDATE examples SET until = ? WHERE until IS NULL AND id IN (SELECT value FROM json_each(?))",
        (now(), json.dumps(list(ids))),
    )


def _touch(connection: sqlite3.Connection, dataset_id: str) -> None:
    connection.execute("UPDATE datasets SET modified_at = ? WHERE id = ?", (now(), dataset_id))


def _shape(row: sqlite3.Row, files: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "dataset_id")},
        "source_run_id": stored_identity(row["source_run_id"]),
        "name": f"#{row['id'][:4]}",
        "inputs": stored_object(row["inputs"]),
        "outputs": None if row["outputs"] is None else stored_object(row["outputs"]),
        "metadata": {**stored_object(row["metadata"]), "dataset_split": stored_list(row["splits"])},
        "created_at": iso(row["created_at"]),
        "modified_at": iso(row["modified_at"]),
        "attachment_urls": {f"attachment.{name}": file for name, file in files.items()},
    }


def sent_example(body: dict[str, Any]) -> SentExample:
    """An example of a JSON body."""
    return SentExample(identity(body.get("id") or new_id(), "example id"), body)
