"""An OpenAI-compatible server on this machine that says its script in order: for what goes over the wire."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ModelServer(ThreadingHTTPServer):
    """`script` holds messages as OpenAI's API returns them; `seen` the bodies of the requests."""

    def __init__(self, script: list[dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script = script
        self.seen: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer

    def do_GET(self) -> None:
        self._answer({"data": [{"id": "scripted"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(body)
        if not self.server.script:
            self._answer({"error": {"message": "asked once more than the script allows"}}, 400)
            return
        said = self.server.script.pop(0)
        reason = "tool_calls" if said.get("tool_calls") else "stop"
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        common = {"id": "1", "created": 0, "model": "scripted", "usage": usage}
        if body.get("stream"):
            delta = {**said, "tool_calls": [{"index": n, **c} for n, c in enumerate(said.get("tool_calls") or [])]}
            chunk = {**common, "object": "chat.completion.chunk"}
            chunk["choices"] = [{"index": 0, "delta": delta, "finish_reason": reason}]
            self._send(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode(), "text/event-stream")
            return
        choice = {"index": 0, "message": said, "finish_reason": reason}
        self._answer({**common, "object": "chat.completion", "choices": [choice]})

    def _answer(self, value: Any, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), "application/json", status)

    def _send(self, data: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: Any) -> None:
        pass


def says(text: str) -> dict[str, Any]:
    """A message of the model that is text."""
    return {"role": "assistant", "content": text}


def calls(*made: tuple[str, dict[str, Any] | str]) -> dict[str, Any]:
    """A message of the model that calls tools; arguments that are text are sent as they stand."""
    called = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": args if isinstance(args, str) else json.dumps(args)},
        }
        for number, (name, args) in enumerate(made)
    ]
    return {"role": "assistant", "content": None, "tool_calls": called}


@contextmanager
def serving(*script: dict[str, Any]) -> Iterator[ModelServer]:
    """A server that says `script`."""
    with ModelServer(list(script)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
