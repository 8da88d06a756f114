"""Projects, which the protocol calls sessions; experiments are among them."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from vademecum.tracing.server.exchange import Body, Store, as_json, flag, parameter, reply, several, window
from vademecum.tracing.store import sessions, stats
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.values import identity

router = APIRouter(prefix="/sessions")


@router.post("")
def create(request: Request, store: Store, body: Body) -> Response:
    """Make a project."""
    return reply(sessions.create(store, body, upsert=bool(flag(request, "upsert"))))


@router.get("")
def search(request: Request, store: Store) -> Response:
    """Projects that fit."""
    filters: dict[str, Any] = {name: parameter(request, name) for name in ("name", "name_contains")}
    filters["ids"] = [identity(raw_id, "project id") for raw_id in several(request, "id")]
    filters["reference_dataset"] = [identity(raw_id, "data set id") for raw_id in several(request, "reference_dataset")]
    filters |= {"reference_free": flag(request, "reference_free"), "metadata": as_json(request, "metadata")}
    projects = sessions.search(store, {**filters, **window(request)})
    return reply([_with_stats(store, raw_id) for raw_id in projects] if flag(request, "include_stats") else projects)


@router.get("/{session_id}")
def read(request: Request, store: Store, session_id: str) -> Response:
    """One project."""
    project = sessions.read(store, identity(session_id, "project id"))
    return reply(_with_stats(store, project) if flag(request, "include_stats") else project)


@router.patch("/{session_id}")
def update(store: Store, session_id: str, body: Body) -> Response:
    """Change a project."""
    return reply(sessions.update(store, identity(session_id, "project id"), body))


@router.delete("/{session_id}")
def delete(store: Store, session_id: str) -> Response:
    """Delete a project with its runs."""
    sessions.delete(store, identity(session_id, "project id"))
    return reply({"message": "deleted"}, 202)


def _with_stats(store: Database, session: dict[str, Any]) -> dict[str, Any]:
    return {**session, **stats.of_session(store, session["id"])}
