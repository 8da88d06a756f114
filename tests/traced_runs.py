"""What the tests of traces share: a store's application without a process of its own, and runs as clients send them."""

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from vademecum.core.settings import load_settings
from vademecum.tracing.server.app import build
from vademecum.tracing.store.database import Database

BOUNDARY = "b" * 32
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def client(database: Database, **settings: Any) -> TestClient:
    """A client of the application over this database."""
    app = build(database, load_settings(home=database.file.parent, **settings))
    headers = {"user-agent": "langsmith-py/0.15"}
    return TestClient(app, base_url="http://127.0.0.1", headers=headers, raise_server_exceptions=False)


def run(name: str = "answer", *, parent: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """A run that took a second, below `parent` or at the root."""
    identity = fields.pop("id", None) or str(uuid.uuid4())
    stamp = f"20260102T030405{fields.pop('number', 0):06d}Z{identity}"
    return {
        "id": identity,
        "trace_id": parent["trace_id"] if parent else identity,
        "parent_run_id": parent["id"] if parent else None,
        "dotted_order": f"{parent['dotted_order']}.{stamp}" if parent else stamp,
        "session_name": "tests",
        "name": name,
        "run_type": "chain",
        "start_time": "2026-01-02T03:04:05+00:00",
        "end_time": "2026-01-02T03:04:06+00:00",
        "inputs": {"question": "why?"},
        "outputs": {"answer": "because"},
        **fields,
    }


def multipart(*parts: tuple[str, object]) -> bytes:
    """A frame of named parts; values that are not bytes go as JSON."""
    body = b""
    for name, value in parts:
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\nContent-Type: application/json\r\n'
        body += head.encode() + f"Content-Length: {len(data)}\r\n\r\n".encode() + data + b"\r\n"
    return body + f"--{BOUNDARY}--\r\n".encode()


def files(home: Path) -> bytes:
    """Every byte that is kept in a folder."""
    return b"".join(path.read_bytes() for path in sorted(home.rglob("*")) if path.is_file())
