"""The application: LangSmith's routes over one database, for this machine, or for whoever has the key.

    app = build(Database(home), load_settings())

Paths may begin with `/api` or `/api/v1`, and end in a slash.
"""

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import Response

from vademecum.core.errors import TraceError, WorkspaceError
from vademecum.core.local_requests import sign_of_elsewhere
from vademecum.core.settings import Settings
from vademecum.tracing.redaction import redactor
from vademecum.tracing.server import about, datasets, examples, feedback, prompts, runs, sessions
from vademecum.tracing.server.exchange import reply
from vademecum.tracing.store.database import Database

OPEN = ("/attachments/", "/ok")
"""Paths that need no key: the SDK fetches attachments without one."""

NOT_OF_PAGES = ("x-api-key", "authorization", "x-tenant-id")
"""Headers of the SDK that no page of a browser sends without asking first, which this server never grants."""

CLIENTS = ("langsmith-", "vademecum")
"""How the names begin that the SDK and our own courier send as their `User-Agent`; browsers send theirs."""

OWN = [(b"x-content-type-options", b"nosniff"), (b"cross-origin-resource-policy", b"same-origin")]
"""Said with every answer: a page of elsewhere may not take it for a script, a picture or a style."""

MOST_AT_ONCE = 100
"""Requests that are answered at the same time; others are asked to come again, which the SDK does by itself."""

Scope = MutableMapping[str, Any]
Send = Callable[[Any], Awaitable[None]]


def build(
    database: Database,
    settings: Settings,
    *,
    catch_up: Callable[[], object] = lambda: None,
    on_request: Callable[[], None] = lambda: None,
) -> "Front":
    """The application. `catch_up` is called before reading; `on_request` at every request.

    Where the settings have a `trace_key`, clients must show it. Without one, only requests that name this machine are
    answered, so that no page in a browser can reach the traces by a name of its own (DNS rebinding). With or without,
    no page of elsewhere is answered (`core/local_requests.py`), nor a body that such a page could send unasked.
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
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        """One request (ASGI)."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        self.on_request()
        scope["path"] = _path(scope["path"])
        answer = self._refusal(scope) or self.app
        self.under_way += 1
        try:
            return await answer(scope, receive, _with_own_headers(send))
        finally:
            self.under_way -= 1

    def _refusal(self, scope: Scope) -> Response | None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if sign := sign_of_elsewhere(scope["headers"], scope["scheme"], any_host=self.key is not None):
            return reply({"detail": f"{sign}: this server answers programs and its own pages only"}, 403)
        if scope["method"] not in ("GET", "HEAD", "DELETE") and not _is_body_of_a_client(headers):
            return reply({"detail": "send application/json, or the SDK's multipart with an x-api-key header"}, 415)
        if self.under_way >= MOST_AT_ONCE:
            return reply({"detail": "too many requests at once; try again"}, 503)
        key_sent = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        if self.key is None or scope["path"].startswith(OPEN):
            return None
        if hmac.compare_digest(key_sent.encode(), self.key.encode()):
            return None
        return reply({"detail": "a key is needed: set LANGSMITH_API_KEY to the server's trace_key"}, 401)


def _is_body_of_a_client(headers: Mapping[str, str]) -> bool:
    """Whether no page can have sent a body so without asking first; not every SDK says the type of its JSON."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    named = headers.get("user-agent", "").lower().startswith(CLIENTS)
    return kind == "application/json" or named or any(name in headers for name in NOT_OF_PAGES)


def _with_own_headers(send: Send) -> Send:
    async def send_more(message: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *OWN]
        await send(message)

    return send_more


def _path(path: str) -> str:
    """`/api/v1/runs/`, `/api/runs` and `/runs` are one; so are `/v1/platform/...` and `/platform/...`."""
    path = re.sub(r"^/api(?=/|$)", "", path)
    path = re.sub(r"^/v1(?=/|$)", "", path)
    return path.rstrip("/") or "/"
