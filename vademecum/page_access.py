"""Who may use the chat: who holds the workspace's token, as with Jupyter, and no page of elsewhere in their browser.

`vade ui` opens the page with the token in its address. The browser keeps it as a cookie of its own, for this workspace
alone, and the address loses it: a reload, a second tab and a bookmark need it no more.
"""

import hashlib
import html
import os
import re
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlencode

from vademecum.core.atomic_write import write_whole
from vademecum.core.errors import WorkspaceError
from vademecum.core.local_requests import sign_of_elsewhere

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

TOKEN_FILE = ".page-token"
"""In the workspace; backups leave out what begins with a dot."""

HEALTH = "/_stcore/health"
"""Answers everyone on this machine: it says that the server is there, and nothing else."""

COOKIE_SECONDS = 365 * 24 * 3600

HEADERS = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
}

_BARE = {"Cache-Control": "no-store", "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
_REFUSED = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Vademecum</title>
<style>body {{ font: 1.1rem/1.6 sans-serif; max-width: 36rem; margin: 4rem auto; padding: 0 1rem }}</style>
<h1>This page opens from its own address</h1>
<p>{reason}</p>
<p>Open the address that <code>vade ui</code> printed in its terminal: it ends in <code>?token=...</code>.
If the terminal is gone, start <code>vade ui</code> again. Your browser then knows this workspace for a year.</p>
<p>Did a link on another page bring you here? <a href="">Open it from here</a>.</p>
"""
_ENTERED = '<!doctype html><meta charset="utf-8"><title>Vademecum</title><meta http-equiv="refresh" content="0;url={}">'


def token(home: Path) -> str:
    """The token of the workspace in `home`, the same over restarts; made where there is none, or others may read it.

    Raises:
        WorkspaceError: it cannot be kept there.
    """
    file = home / TOKEN_FILE
    try:
        if (kept := _kept(file)) is None:
            kept = secrets.token_hex(16)
            write_whole(file, kept.encode())
    except OSError as error:
        raise WorkspaceError(f"the page's token cannot be kept in {file} ({error}); correct it, or --home") from error
    return kept


def cookie_name(token: str) -> str:
    """Another for each workspace, as a browser sends the cookies of one port of this machine to all others, too."""
    return f"vademecum-{hashlib.sha256(token.encode()).hexdigest()[:12]}"


class PageAccess:
    """ASGI middleware: lets through what comes from this machine's own pages and shows the token."""

    def __init__(self, app: "ASGIApp", token: str) -> None:
        self.app = app
        self.token = token.encode()
        self.cookie = cookie_name(token)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """One request, or one connection (ASGI)."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
        elif (response := self._response(scope)) is None:
            await self.app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await response(scope, receive, _with_headers(send))

    def _response(self, scope: "Scope") -> "Response | None":
        """What is answered in place of the page; None where the page may answer."""
        reads = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if sign := sign_of_elsewhere(scope["headers"], scope["scheme"]):
            return _refusal(scope, f"Nobody but pages of this machine may ask here: {sign}.")
        if scope["path"] == HEALTH and reads:
            return None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        tokens = [value for name, value in query if name == "token"]
        known = self._has_cookie(scope) or (reads and any(map(self._is_token, tokens)))
        if not known:
            return _refusal(scope, "What is in a workspace is shown to nobody but the person who started it.")
        if tokens and reads:
            rest = urlencode([(name, value) for name, value in query if name != "token"])
            return self._entry(scope, quote("/" + scope["path"].lstrip("/\\")) + (f"?{rest}" if rest else ""))
        return None

    def _entry(self, scope: "Scope", address: str) -> "Response":
        """Give the browser the cookie, and send it to the address without the token.

        Where a page of elsewhere held the link, the next request must come from a page of ours to carry the cookie.
        """
        from starlette.responses import HTMLResponse, RedirectResponse

        if _header(scope, b"sec-fetch-site") in ("", "none", "same-origin"):
            response: Response = RedirectResponse(address, 303, {"Cache-Control": "no-store"})
        else:
            response = HTMLResponse(_ENTERED.format(html.escape(address)), headers=_BARE)
        token = self.token.decode()
        response.set_cookie(self.cookie, token, COOKIE_SECONDS, httponly=True, samesite="strict")
        return response

    def _has_cookie(self, scope: "Scope") -> bool:
        pairs = (pair.strip().partition("=") for header in _headers(scope, b"cookie") for pair in header.split(";"))
        return any(self._is_token(value) for name, _, value in pairs if name == self.cookie)

    def _is_token(self, text: str) -> bool:
        return secrets.compare_digest(text.encode("utf-8", "replace"), self.token)


def _kept(file: Path) -> str | None:
    """The token in `file`; None where there is none that only this person can have read."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    with os.fdopen(handle, "rb") as reader:
        status, content = os.fstat(handle), reader.read(100) or b""
    private = status.st_uid == os.getuid() and not stat.S_IMODE(status.st_mode) & 0o077
    return content.decode() if private and re.fullmatch(rb"[0-9a-f]{32}", content) else None


def _refusal(scope: "Scope", reason: str) -> "Response":
    from starlette.responses import HTMLResponse, PlainTextResponse

    if "text/html" in _header(scope, b"accept"):
        return HTMLResponse(_REFUSED.format(reason=html.escape(reason)), 403, _BARE)
    return PlainTextResponse(f"{reason} Open the address that `vade ui` printed.\n", 403, _BARE)


def _with_headers(send: "Send") -> "Send":
    async def sending(message: "Message") -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            lines = ((name.lower().encode(), value.encode()) for name, value in HEADERS.items())
            message["headers"] = [*message["headers"], *(line for line in lines if line[0] not in present)]
        await send(message)

    return sending


def _headers(scope: "Scope", name: bytes) -> Iterable[str]:
    return (text.decode("latin-1") for header, text in scope["headers"] if header.lower() == name)


def _header(scope: "Scope", name: bytes) -> str:
    return ", ".join(_headers(scope, name))
