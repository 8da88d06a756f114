"""Prompts by name, each a line of commits, as LangSmith's hub keeps them."""

import hashlib
import sqlite3
from typing import Any

from vademecum.core.errors import TraceError
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.sessions import TENANT
from vademecum.tracing.store.values import (
    dumps,
    iso,
    new_id,
    now,
    optional_text,
    sent_list,
    sent_name,
    sent_object,
    shortened,
    stored_list,
    stored_object,
    stored_text,
)

OWNER = "-"
"""Prompts of this server have no owner."""


def create(database: Database, body: dict[str, Any]) -> dict[str, Any]:
    """Make a prompt without a commit.

    Raises:
        TraceError: the name is taken (409), or missing (422).
    """
    handle = sent_name(body.get("repo_handle") or "", "repo_handle of a prompt")
    if "/" in handle:
        raise TraceError(f"a prompt of this server is named without '/', not {shortened(handle)}", status=422)
    description, readme = (optional_text(body.get(name), name) or "" for name in ("description", "readme"))
    labels = _sent_tags(body.get("tags") or [])

    def job(connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT 1 FROM repos WHERE handle = ?", (handle,)).fetchone():
            raise TraceError(f"a prompt named {handle!r} exists already", status=409)
        connection.execute(
            "INSERT INTO repos VALUES (?, ?, ?, ?, ?, ?, 0, 0, ?, ?)",
            (
                *(new_id(), handle, description, readme),
                *(dumps(labels), int(bool(body.get("is_public"))), now(), now()),
            ),
        )

    database.write(job)
    return read(database, handle)


def update(database: Database, handle: str, body: dict[str, Any]) -> dict[str, Any]:
    """Change what `body` names."""
    read(database, handle)
    changes: dict[str, Any] = {"updated_at": now()}
    texts = {name: optional_text(body.get(name), name) for name in ("description", "readme")}
    changes |= {name: text for name, text in texts.items() if text is not None}
    changes |= {
        name: int(bool(body[name])) for name in ("is_public", "is_archived", "liked") if body.get(name) is not None
    }
    if body.get("tags") is not None:
        changes["tags"] = dumps(_sent_tags(body["tags"]))
    sets = ", ".join(f"{name} = :{name}" for name in changes)
    database.write(
        lambda connection: connection.execute(
            f"UPDATE repos SET {sets} WHERE handle = :handle", {**changes, "handle": handle}
        )
    )
    return read(database, handle)


def delete(database: Database, handle: str) -> None:
    """Delete a prompt with all its commits."""
    read(database, handle)
    database.write(lambda connection: connection.execute("DELETE FROM repos WHERE handle = ?", (handle,)))


def read(database: Database, handle: str) -> dict[str, Any]:
    """One prompt.

    Raises:
        TraceError: there is none of that name (404).
    """
    rows = database.rows(f"{_SELECT} WHERE handle = ?", (handle,))
    if not rows:
        raise TraceError(f"no prompt named {handle!r}", status=404)
    return _shape(rows[0])


def search(database: Database, filters: dict[str, Any]) -> dict[str, Any]:
    """Prompts. `given`: query, is_public, is_archived, limit, offset."""
    conditions, arguments = ["1"], {"limit": filters.get("limit", 100), "offset": filters.get("offset", 0)}
    if filters.get("query"):
        conditions.append("(instr(lower(handle), lower(:query)) OR instr(lower(description), lower(:query)))")
        arguments["query"] = filters["query"]
    for name in ("is_public", "is_archived"):
        if filters.get(name) is not None:
            conditions.append(f"{name} = {int(filters[name])}")
    where = " AND ".join(conditions)
    rows = database.rows(f"{_SELECT} WHERE {where} ORDER BY updated_at DESC LIMIT :limit OFFSET :offset", arguments)
    (total,) = database.rows(f"SELECT count(*) FROM repos WHERE {where}", arguments)
    return {"repos": [_shape(row) for row in rows], "total": total[0]}


def commit(database: Database, handle: str, body: dict[str, Any]) -> dict[str, Any]:
    """Add a commit to a prompt.

    Raises:
        TraceError: nothing has changed since the latest (409), or the parent named is not the latest (409).
    """
    repo = read(database, handle)
    manifest = dumps(sent_object(body.get("manifest"), "manifest of a prompt"))
    parent, description = (optional_text(body.get(name), name) for name in ("parent_commit", "description"))

    def job(connection: sqlite3.Connection) -> str:
        latest = connection.execute(
            "SELECT hash, manifest FROM commits WHERE repo_id = ? ORDER BY number DESC LIMIT 1", (repo["id"],)
        ).fetchone()
        if latest and latest["manifest"] == manifest:
            raise TraceError("Nothing to commit: prompt has not changed since latest commit", status=409)
        if parent and latest and not latest["hash"].startswith(parent):
            raise TraceError(f"{parent} is not the latest commit of {handle!r}; pull it first", status=409)
        above = latest["hash"] if latest else ""
        commit_hash, moment = hashlib.sha256(f"{above}\n{manifest}\n{now()}".encode()).hexdigest(), now()
        connection.execute(
            "INSERT INTO commits VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
            (new_id(), repo["id"], commit_hash, above or None, manifest, description, moment),
        )
        connection.execute("UPDATE repos SET updated_at = ? WHERE id = ?", (moment, repo["id"]))
        return commit_hash

    return read_commit(database, handle, database.write(job))


def commits(database: Database, handle: str, *, limit: int, offset: int) -> dict[str, Any]:
    """The commits of a prompt, the latest first."""
    repo = read(database, handle)
    rows = database.rows(
        "SELECT * FROM commits WHERE repo_id = ? ORDER BY number DESC LIMIT ? OFFSET ?", (repo["id"], limit, offset)
    )
    return {"commits": [_commit_shape(row) for row in rows], "total": repo["num_commits"]}


def read_commit(database: Database, handle: str, reference: str) -> dict[str, Any]:
    """A commit by "latest", a tag, or the beginning of its hash.

    Raises:
        TraceError: there is none (404).
    """
    repo = read(database, handle)
    row = database.row(
        """SELECT * FROM commits WHERE repo_id = :repo AND (:latest OR substr(hash, 1, length(:reference)) = :reference
               OR id = (SELECT commit_id FROM commit_tags WHERE repo_id = :repo AND name = :reference))
           ORDER BY number DESC LIMIT 1""",
        {"repo": repo["id"], "reference": reference, "latest": reference in ("latest", "")},
    )
    if row is None:
        raise TraceError(f"no commit {reference!r} of the prompt {handle!r}", status=404)
    return _commit_shape(row)


def tags(database: Database, handle: str) -> list[dict[str, Any]]:
    """The tags of a prompt's commits."""
    repo = read(database, handle)
    rows = database.rows(
        """SELECT t.*, c.hash FROM commit_tags t JOIN commits c ON c.id = t.commit_id WHERE t.repo_id = ?
           ORDER BY t.created_at""",
        (repo["id"],),
    )
    return [
        {
            **{name: row[name] for name in ("id", "repo_id", "commit_id")},
            "tag_name": row["name"],
            "commit_hash": row["hash"],
            "created_at": iso(row["created_at"]),
            "updated_at": iso(row["created_at"]),
        }
        for row in rows
    ]


def tag(database: Database, handle: str, name: str, commit_id: str) -> dict[str, Any]:
    """Name a commit; a name in use moves.

    Raises:
        TraceError: there is no such commit (404).
    """
    repo = read(database, handle)

    def job(connection: sqlite3.Connection) -> None:
        of_repo = (commit_id, repo["id"])
        if not connection.execute("SELECT 1 FROM commits WHERE id = ? AND repo_id = ?", of_repo).fetchone():
            raise TraceError(f"no commit {commit_id} of the prompt {handle!r}", status=404)
        connection.execute("DELETE FROM commit_tags WHERE repo_id = ? AND name = ?", (repo["id"], name))
        connection.execute(
            "INSERT INTO commit_tags VALUES (?, ?, ?, ?, ?)", (new_id(), repo["id"], name, commit_id, now())
        )

    database.write(job)
    return next(entry for entry in tags(database, handle) if entry["tag_name"] == name)


_SELECT = """SELECT *,
    (SELECT count(*) FROM commits WHERE repo_id = repos.id) AS commits,
    (SELECT hash FROM commits WHERE repo_id = repos.id ORDER BY number DESC LIMIT 1) AS latest FROM repos"""


def _sent_tags(labels: Any) -> list[str]:
    return [sent_name(label, "tag of a prompt") for label in sent_list(labels, "tags of a prompt")]


def _shape(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "repo_handle": row["handle"],
        "full_name": f"{OWNER}/{row['handle']}",
        "owner": None,
        "tenant_id": TENANT,
        **{name: stored_text(row[name]) for name in ("description", "readme")},
        "tags": stored_list(row["tags"]),
        "is_public": bool(row["is_public"]),
        "is_archived": bool(row["is_archived"]),
        "num_likes": int(bool(row["liked"])),
        "num_downloads": 0,
        "num_views": 0,
        "liked_by_auth_user": bool(row["liked"]),
        "last_commit_hash": stored_text(row["latest"]),
        "num_commits": row["commits"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
    }


def _commit_shape(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "commit_hash": stored_text(row["hash"]),
        "parent_commit_hash": stored_text(row["parent_hash"]),
        "manifest": stored_object(row["manifest"]),
        "manifest_id": row["id"],
        "description": stored_text(row["description"]),
        "examples": [],
        "repo_id": row["repo_id"],
        "num_downloads": 0,
        "num_views": 0,
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["created_at"]),
    }
