"""What the server says of itself, and attachments."""

import importlib.metadata
import os

from fastapi import APIRouter
from fastapi.responses import Response

from vademecum.core.errors import TraceError
from vademecum.tracing.server.exchange import Store, reply
from vademecum.tracing.store.sessions import TENANT

router = APIRouter()

INFO = {
    # Of LangSmith, whose protocol this speaks: 0.16 is the first whose clients neither warn nor hold back.
    "version": "0.16.0",
    "batch_ingest_config": {
        "use_multipart_endpoint": True,
        "size_limit": 100,
        "size_limit_bytes": 20_000_000,
        "scale_up_nthreads_limit": 4,
        "scale_up_qsize_trigger": 1000,
        "scale_down_nempty_trigger": 4,
    },
    "instance_flags": {
        "zstd_compression_enabled": True,
        "dataset_examples_multipart_enabled": True,
        "examples_multipart_enabled": True,
    },
}
"""Limits are LangSmith's own; `ch_query_enabled` and `sdb_query_enabled` stay away, see LangSmith's `read_run`."""


@router.get("/info")
async def info() -> Response:
    """What clients ask first."""
    version = importlib.metadata.version("vademecum")
    return reply({**INFO, "customer_info": {"server": f"vademecum {version}"}})


@router.get("/ok")
async def health() -> Response:
    """That the server is there, and which process it is."""
    return reply({"ok": True, "pid": os.getpid()})


@router.get("/settings")
async def settings() -> Response:
    """The one tenant."""
    created = "2020-01-01T00:00:00+00:00"
    return reply({"id": TENANT, "display_name": "Vademecum", "created_at": created, "tenant_handle": None})


@router.get("/attachments/{attachment_id}")
def attachment(store: Store, attachment_id: str) -> Response:
    """The bytes of an attachment; its id is random, and whoever knows it may read it."""
    row = store.row("SELECT mime_type, data FROM attachments WHERE id = ?", (attachment_id,))
    if row is None:
        raise TraceError("no such attachment", status=404)
    # As a file to keep, whatever it says it is: nothing that was traced runs in a browser.
    headers = {"content-disposition": "attachment", "x-content-type-options": "nosniff"}
    return Response(row["data"], media_type="application/octet-stream", headers=headers)
