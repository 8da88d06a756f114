"""A real HTTP server on this machine that answers what a test has recorded."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """A request as it came in."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes


class Said(NamedTuple):
    """An answer: `body` is sent as JSON unless it is bytes; `wait` seconds before it. A header "" is left out."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 (never changed)
    wait: float = 0


Answers = dict[str, Said | list[Said] | Callable[[Asked], Said]]
"""By path; of a list each is said once, in order, the last one for ever."""


class QuietServer(ThreadingHTTPServer):
    """Says nothing of a caller that hangs up, as one does whose time is over."""

    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Replay:
    """The server: `url` is where it is, `asked` what it has been asked, in order."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                said = outer.take(self.command, self.path, dict(self.headers.items()), body)
                time.sleep(said.wait)
                body = said.body if isinstance(said.body, bytes) else json.dumps(said.body).encode()
                kind = "text/html" if isinstance(said.body, bytes) else "application/json"
                try:
                    self.send_response(said.status)
                    for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **said.headers}.items():
                        if value:
                            self.send_header(name, value)
                        else:
                            self.close_connection = True  # without a length, the end of the connection is the answer's
                    self.end_headers()
                    self.wfile.write(body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True  # the caller has given up, as some tests want

            do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

            def log_message(self, *_: object) -> None:
                """Nothing on stderr."""

        self.server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def take(self, method: str, address: str, headers: dict[str, str], body: bytes) -> Said:
        parts = urlsplit(address)
        lower = {name.lower(): value for name, value in headers.items()}
        asked = Asked(method, parts.path, parse_qs(parts.query), lower, body)
        self.asked.append(asked)
        said = self.answers.get(asked.path, Said(status=404))
        if isinstance(said, list):
            return said.pop(0) if len(said) > 1 else said[0]
        return said(asked) if callable(said) else said


@contextmanager
def replaying(answers: Answers) -> Iterator[Replay]:
    """The server, for as long as the block lasts."""
    replay = Replay(answers)
    thread = threading.Thread(target=replay.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield replay
    finally:
        replay.server.shutdown()
        replay.server.server_close()
