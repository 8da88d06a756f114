"""Runs: taken in, a frame at a time, and asked for, by both generations of the protocol."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, Response

from vademecum.core.errors import TraceError
from vademecum.tracing.server import bodies, pages
from vademecum.tracing.server.exchange import MAX_LIMIT, Body, Store, reply
from vademecum.tracing.store import frames, ingest, reading, stats
from vademecum.tracing.store.operations import PARTS, Operation
from vademecum.tracing.store.query import Query, as_time, page
from vademecum.tracing.store.values import identity, optional_text, shortened

router = APIRouter()


@router.post("/runs/multipart")
async def multipart(request: Request) -> Response:
    """Runs, feedback and attachments in one frame; acknowledged when all of it is on disk."""
    content = await bodies.body(request, request.app.state.max_bytes)
    kind = request.headers.get("content-type", "")
    return await keep(request, await run_in_threadpool(frames.frame, content, kind))


@router.post("/runs/batch")
async def batch(request: Request, body: Body) -> Response:
    """Runs in one JSON object."""
    return await keep(request, frames.batch(body))


@router.post("/runs")
async def post(request: Request, body: Body) -> Response:
    """The start of one run."""
    return await keep(request, frames.Frame([Operation("post", identity(body.get("id"), "run id"), body)], []))


@router.patch("/runs/{run_id}")
async def patch(request: Request, run_id: str, body: Body) -> Response:
    """A later word on one run."""
    return await keep(request, frames.Frame([Operation("patch", identity(run_id, "run id"), body)], []))


async def keep(request: Request, frame: frames.Frame) -> Response:
    """Store a frame, redacted as the settings say, whoever sent it; answers when it is on disk.

    What of it cannot be kept is told by 422, in one line; the rest is kept.
    """
    if redact := request.app.state.redact:
        await run_in_threadpool(_redact, frame, redact)
    job = request.app.state.database.submit(lambda connection: ingest.apply_frame(connection, frame))
    refused = await asyncio.wrap_future(job)
    if not refused:
        return reply({}, 202)
    more = f" (and {len(refused) - 5} more)" if len(refused) > 5 else ""
    return reply({"detail": f"not kept: {'; '.join(refused[:5])}{more}; the rest of what was sent is kept"}, 422)


def _redact(frame: frames.Frame, redact: Callable[[Any], Any]) -> None:
    for operation in frame.operations:
        for name in (*PARTS, "name", "tags"):
            if name in operation.fields:
                operation.fields[name] = redact(operation.fields[name])
    for record in frame.feedback:
        record.update({name: redact(record[name]) for name in ("comment", "correction", "value") if name in record})


@router.post("/runs/query")
def query(store: Store, body: Body) -> Response:
    """Runs that fit, a page at a time."""
    found_page = page(store, _query(body))
    select = frozenset(_list(body["select"])) if body.get("select") else None
    shapes = reading.runs(store, found_page.keys, select)
    return reply({"runs": shapes, "cursors": {"next": found_page.cursor, "prev": None}})


@router.post("/runs/stats")
def run_stats(store: Store, body: Body) -> Response:
    """Measures of the runs that fit."""
    measures = stats.overall(store, _query(body))
    return reply(stats.protocol_stats(measures))


@router.get("/runs/{run_id}")
def read(request: Request, store: Store, run_id: str) -> Response:
    """One run; a browser gets its page."""
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(pages.run_page(reading.tree(store, run_id)), headers=pages.HEADERS)
    return reply(reading.run(store, run_id))


@router.post("/v2/runs/query")
def query_v2(store: Store, body: Body) -> Response:
    """Runs that fit, in the newer form of the protocol."""
    found_page = page(store, _query_v2(body))
    selects = _list(body.get("selects") or ["ID"])
    shapes = [shape_v2(run, selects) for run in reading.runs(store, found_page.keys)]
    return reply({"items": shapes, "next_cursor": found_page.cursor})


@router.get("/v2/runs/{run_id}")
def read_v2(request: Request, store: Store, run_id: str) -> Response:
    """One run, in the newer form of the protocol."""
    selects = [field_name for listing in request.query_params.getlist("selects") for field_name in listing.split(",")]
    selects += request.query_params.getlist("selects[]")
    return reply(shape_v2(reading.run(store, run_id), selects or ["ID"]))


@router.get("/v2/runs/{run_id}/url")
def url(request: Request, store: Store, run_id: str) -> Response:
    """Where the run's page is."""
    reading.run(store, run_id)
    return reply({"url": f"{str(request.base_url).rstrip('/')}/runs/{run_id}"})


def shape_v2(run: dict[str, Any], selects: Sequence[str]) -> dict[str, Any]:
    """A run under the names of the newer protocol; only what was selected, and its id."""
    whole = {
        **{name.upper(): value for name, value in run.items()},
        "STATUS": run["status"].upper(),
        "RUN_TYPE": run["run_type"].upper(),
        "PROJECT_ID": run["session_id"],
        "LATENCY_SECONDS": run["latency"],
        "ERROR_PREVIEW": (run["error"] or "")[: reading.PREVIEW_CHARS] or None,
        "MANIFEST": run["serialized"],
        "ATTACHMENTS": {
            name.removeprefix("attachment."): file["presigned_url"] for name, file in run["s3_urls"].items()
        },
    }
    names = dict.fromkeys(["ID", *(str(name).upper() for name in selects)])
    return {name.lower(): whole.get(name) for name in names}


def _query(body: dict[str, Any]) -> Query:
    equal = {
        column: identity(value, name) if name != "run_type" else str(value)
        for name, column in (("run_type", "run_type"), ("parent_run", "parent_run_id"), ("trace", "trace_id"))
        if (value := body.get(name)) is not None
    }
    if (trace_id := body.get("trace_id")) is not None:
        equal["trace_id"] = identity(trace_id, "trace_id")
    sessions = body.get("session") or body.get("session_id")
    return Query(
        sessions=_list(sessions) if sessions else None,
        **_filters(body),
        text=optional_text(body.get("query"), "query"),
        equal=equal,
        is_root=body.get("is_root"),
        error=body.get("error"),
        since=as_time(body.get("start_time")),
        until=as_time(body.get("end_time")),
        ids=_list(body["id"]) if body.get("id") is not None else None,
        examples=_list(body["reference_example"]) if body.get("reference_example") else None,
        limit=_limit(body.get("limit"), "limit"),
        oldest_first=body.get("order") == "asc",
    )


def _query_v2(body: dict[str, Any]) -> Query:
    if body.get("ai_search") or body.get("sem_filter"):
        raise TraceError("this server has no search by meaning (ai_search, sem_filter); use filter", status=501)
    equal = {"run_type": str(body["run_type"]).lower()} if body.get("run_type") else {}
    if body.get("trace_id"):
        equal["trace_id"] = identity(body["trace_id"], "trace_id")
    return Query(
        sessions=_list(body["project_ids"]) if body.get("project_ids") else None,
        **_filters(body),
        is_root=body.get("is_root"),
        equal=equal,
        error=body.get("has_error"),
        since=as_time(body.get("min_start_time")),
        until=as_time(body.get("max_start_time")),
        ids=_list(body["ids"]) if body.get("ids") is not None else None,
        examples=_list(body["reference_examples"]) if body.get("reference_examples") else None,
        limit=_limit(body.get("page_size"), "page_size"),
    )


def _filters(body: dict[str, Any]) -> dict[str, Any]:
    return {name: optional_text(body.get(name), name) for name in ("filter", "trace_filter", "tree_filter", "cursor")}


def _list(value: Any) -> list[str]:
    return [str(element) for element in value] if isinstance(value, list) else [str(value)]


def _limit(value: Any, name: str) -> int:
    if value is None:
        return 100
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise TraceError(f"{name} must be a whole number above 0, not {shortened(value)}", status=422)
    return min(value, MAX_LIMIT)
