"""What the routes share: the database, bodies and query parameters in, JSON out."""

from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from vademecum.core.errors import TraceError
from vademecum.tracing.server import bodies
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.values import dumps, identity, parsed, shortened

MAX_LIMIT = 1000
"""Most rows that one answer holds."""


def database(request: Request) -> Database:
    """The database that the application was built on; what waits in the spool is in it."""
    request.app.state.catch_up()
    return request.app.state.database


async def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object, whatever type it says it has: the SDK does not always say."""
    content = await bodies.body(request, request.app.state.max_bytes)
    decoded = await run_in_threadpool(parsed, content) if content.strip() else {}
    if not isinstance(decoded, dict):
        raise TraceError("the body must be a JSON object", status=422)
    return decoded


async def json_list(request: Request) -> list[dict[str, Any]]:
    """The body as a list of JSON objects."""
    decoded = await run_in_threadpool(parsed, await bodies.body(request, request.app.state.max_bytes))
    if not isinstance(decoded, list) or not all(isinstance(element, dict) for element in decoded):
        raise TraceError("the body must be a list of JSON objects", status=422)
    return decoded


Store = Annotated[Database, Depends(database)]
Body = Annotated[dict[str, Any], Depends(json_object)]
Bodies = Annotated[list[dict[str, Any]], Depends(json_list)]


def reply(value: Any, status: int = 200) -> Response:
    """An answer in JSON; written at once, as FastAPI's own encoder walks every value of every run first."""
    return Response(dumps(value), status, media_type="application/json")


def parameter(request: Request, name: str) -> str | None:
    """A query parameter; None where it is missing or empty."""
    return request.query_params.get(name) or None


def several(request: Request, name: str) -> list[str]:
    """A query parameter that may be given several times."""
    return [value for value in request.query_params.getlist(name) if value]


def flag(request: Request, name: str) -> bool | None:
    """A query parameter that is true or false; None where it is missing."""
    text = parameter(request, name)
    return None if text is None else text.lower() in ("true", "1")


def number(request: Request, name: str, default: int) -> int:
    """A query parameter that is a number of rows.

    Raises:
        TraceError: it is none (422).
    """
    text = parameter(request, name)
    try:
        return min(MAX_LIMIT, max(0, int(text))) if name == "limit" and text else int(text or default)
    except ValueError:
        raise TraceError(f"{name} must be a whole number, not {shortened(text)}", status=422) from None


def identities(body: dict[str, Any], name: str, what: str) -> list[str]:
    """The ids in a list of a body.

    Raises:
        TraceError: it is none (422).
    """
    raw_ids = body.get(name) or []
    if not isinstance(raw_ids, list):
        raise TraceError(f"{name} must be a list of ids, not {shortened(raw_ids)}", status=422)
    return [identity(raw_id, what) for raw_id in raw_ids]


def window(request: Request) -> dict[str, int]:
    """`limit` and `offset`."""
    return {"limit": number(request, "limit", 100), "offset": max(0, number(request, "offset", 0))}


def as_json(request: Request, name: str) -> dict[str, Any]:
    """A query parameter that holds a JSON object; empty where it is missing."""
    text = parameter(request, name)
    decoded = parsed(text.encode(), name) if text else {}
    if not isinstance(decoded, dict):
        raise TraceError(f"{name} must be a JSON object", status=422)
    return decoded
