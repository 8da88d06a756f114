"""The application: LangSmith's routes over one database, for this machine, or for whoever has the key.

    app = build(Database(home), load_settings())

Paths may begin with `/api` or `/api/v1`, and end in a slash.
"""

import hmac
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from vademecum.core.errors import TraceError, WorkspaceError
from vademecum.core.settings import Settings
from vademecum.tracing.redaction import redactor
from vademecum.tracing.server import about, datasets, examples, feedback, prompts, runs, sessions
from vademecum.tracing.server.exchange import reply
from vademecum.tracing.store.database import Database

LOOPBACK = ("127.0.0.1", "::1", "localhost")
OPEN = ("/attachments/", "/ok")
"""Paths that need no key: the SDK fetches attachments without one."""

Scope = MutableMapping[str, Any]


def build(
    database: Database,
    settings: Settings,
    *,
    catch_up: Callable[[], object] = lambda: None,
    on_request: Callable[[], None] = lambda: None,
) -> "Front":
    """The application. `catch_up` is called before reading; `on_request` at every request.

    Where the settings have a `trace_key`, clients must show it. Without one, only requests that name this machine are
    answered, so that no page in a browser can reach the traces by a name of its own (DNS rebinding).
    """
    app = FastAPI(title="Vademecum traces", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.state.database = database
    app.state.catch_up = catch_up
    app.state.redact = redactor(settings.redact)
    app.state.max_bytes = settings.trace_frame_mb * 1_000_000
    for part in (about, runs, feedback, sessions, datasets, examples, prompts):
        app.include_router(part.router)
    app.add_exception_handler(TraceError, _refused)
    app.add_exception_handler(WorkspaceError, _refused)
    return Front(app, settings.trace_key.get_secret_value() if settings.trace_key else None, on_request)


def _refused(_: Request, error: Exception) -> Response:
    return reply({"detail": str(error)}, error.status if isinstance(error, TraceError) else 503)


class Front:
    """Brings paths to one form and turns away who may not enter."""

    def __init__(self, app: FastAPI, key: str | None, on_request: Callable[[], None]) -> None:
        self.app = app
        self.key = key
        self.on_request = on_request

    async def __call__(
        self,
        scope: Scope,
        receive: Callable[[], Awaitable[Any]],
        send: Callable[[Any], Awaitable[None]],
    ) -> None:
        """One request (ASGI)."""
        if scope["type"] == "http":
            self.on_request()
            scope["path"] = path = _path(scope["path"])
            if (refusal := self._refusal(scope, path)) is not None:
                await refusal(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope, path: str) -> Response | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if self.key is None:
            host = re.sub(r":\d+$", "", headers.get("host", "")).strip("[]")
            if host in LOOPBACK or host.endswith(".localhost"):
                return None
            return reply({"detail": "this server answers on this machine only; set a key to open it"}, 403)
        key_sent = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if path.startswith(OPEN) or hmac.compare_digest(key_sent.encode(), self.key.encode()):
            return None
        return reply({"detail": "a key is needed: set LANGSMITH_API_KEY to the server's trace_key"}, 401)


def _path(path: str) -> str:
    """`/api/v1/runs/`, `/api/runs` and `/runs` are one; so are `/v1/platform/...` and `/platform/...`."""
    path = re.sub(r"^/api(?=/|$)", "", path)
    path = re.sub(r"^/v1(?=/|$)", "", path)
    return path.rstrip("/") or "/"
