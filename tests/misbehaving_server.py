"""An OpenAI-compatible server on this machine that misbehaves, in one of many ways at a time."""

import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NESTED = "[" * 10_000 + "]" * 10_000


def _call(name: str, arguments: str, identity: str = "call_1") -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


def _called(*calls: dict[str, Any], content: Any = None) -> dict[str, Any]:
    return {"role": "assistant", "content": content, "tool_calls": list(calls)}


def _says(content: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content}


SAID: dict[str, dict[str, Any]] = {
    "plain words": _says("Certainly! Here is what I think about it."),
    "cut-off JSON": _says('{"to": "answer", "sentences": [{"quotes": ["a"], "te'),
    "other JSON": _says('{"sentences": 7, "to": ["x"], "questions": {}, "steps": "no", "facts": 1}'),
    "a bare number": _says("42"),
    "empty": _says(""),
    "nothing": _says(None),
    "white space": _says(" \n\t" * 100_000),
    "5 MB": _says("word " * 1_000_000),
    "nested JSON": _says(NESTED),
    "blocks": _says([{"type": "text", "text": "Two "}, {"type": "text", "text": "blocks."}]),
    "odd blocks": _says([{"type": "hologram", "data": 1}, "text", None]),
    "2,000 calls": _called(*(_call("calculator", '{"expression": "1+1"}', f"call_{n}") for n in range(2_000))),
    "no such tool": _called(_call("launch_rocket", "{}")),
    "no name": _called(_call("", "{}")),
    "arguments that are a list": _called(_call("calculator", "[1, 2]")),
    "arguments that are no JSON": _called(_call("calculator", "expression=1+1")),
    "nested arguments": _called(_call("calculator", f'{{"expression": {NESTED}}}')),
    "the same call for ever": _called(_call("calculator", '{"expression": "1+1"}')),
    "an id twice": _called(_call("calculator", '{"expression": "1+1"}'), _call("calculator", '{"expression": "2+2"}')),
}
"""Messages that it may say."""

USAGE = {"prompt_tokens": -5, "completion_tokens": 10**15, "total_tokens": 3}


def _body(message: Any, **more: Any) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    common = {"id": "1", "created": 0, "model": "odd", "object": "chat.completion", "usage": USAGE}
    return json.dumps({**common, "choices": [choice], **more}).encode()


RAW: dict[str, tuple[int, str, bytes]] = {
    "a web page": (200, "text/html", b"<html><body>It works!</body></html>"),
    "a web page as JSON": (200, "application/json", b"<html>"),
    "JSON that is cut off": (200, "application/json", _body(_says("x"))[:40]),
    "no choices": (200, "application/json", _body(None, choices=[])),
    "no object": (200, "application/json", b"[]"),
    "null": (200, "application/json", b"null"),
    "null message": (200, "application/json", _body(None)),
    "too many": (429, "application/json", b'{"error": {"message": "slow down"}}'),
    "broken": (500, "text/plain", b"oops"),
    "forbidden": (403, "application/json", b'{"error": "no"}'),
}
"""Answers that it may give in the place of a message: status, type, bytes."""

WAYS = [*SAID, *RAW, "stream without end", "hangs up"]


class Misbehaving(ThreadingHTTPServer):
    """`way` is how it misbehaves; `asked` how often it was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.way = ""
        self.asked = 0
        self.endless = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: Misbehaving

    def do_GET(self) -> None:
        self._send(200, "application/json", b'{"data": [{"id": "odd"}]}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked += 1
        way, streams = self.server.way, bool(body.get("stream"))
        with contextlib.suppress(OSError):
            if way == "hangs up":
                self.close_connection = True
            elif way == "stream without end" and streams:
                self._stream_for_ever()
            elif way in RAW:
                self._send(*RAW[way])
            else:
                message = SAID.get(way, SAID["white space"])
                self._send(200, *(self._streamed(message) if streams else ("application/json", _body(message))))

    def _streamed(self, message: dict[str, Any]) -> tuple[str, bytes]:
        delta = {**message, "tool_calls": [{"index": n, **c} for n, c in enumerate(message.get("tool_calls") or [])]}
        chunk = {"id": "1", "created": 0, "model": "odd", "object": "chat.completion.chunk", "usage": USAGE}
        chunk["choices"] = [{"index": 0, "delta": delta, "finish_reason": "stop"}]
        return "text/event-stream", f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()

    def _stream_for_ever(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        chunk = {"id": "1", "created": 0, "model": "odd", "object": "chat.completion.chunk"}
        chunk["choices"] = [{"index": 0, "delta": _says("word " * 2000), "finish_reason": None}]
        while True:
            self.server.endless += 1
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

    def _send(self, status: int, kind: str, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def misbehaving() -> Iterator[Misbehaving]:
    """A server that misbehaves."""
    with Misbehaving() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
