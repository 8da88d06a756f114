"""An OpenAI-compatible server on this machine, over real HTTP: it answers from a script and keeps what it was sent.

    with openai_server(["Hello."]) as server:
        model = chat_model(server.url, load_settings())
        model.invoke("Hi")
        server.requests[0]["messages"]

A reply is text, a dictionary (the fields of a structured reply), or a number: the HTTP status of an error. Where a
request carries a JSON schema or a tool, a dictionary is given in that form. Streaming and plain requests are answered.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MODEL = "test-model"


@dataclass
class OpenAIServer:
    """The running server: its script, and the chat requests that it was sent, in order."""

    script: list[Any]
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reply_to(self, request: dict[str, Any]) -> Any:
        with self.lock:
            self.requests.append(request)
            return self.script.pop(0) if self.script else 418


@contextmanager
def openai_server(script: list[Any]) -> Iterator[OpenAIServer]:
    """Serve until the block is left."""
    server = OpenAIServer(list(script))
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    server.url = f"http://127.0.0.1:{http.server_address[1]}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def _handler(server: OpenAIServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(200, {"object": "list", "data": [{"id": MODEL, "object": "model"}]})

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = server.reply_to(request)
            if isinstance(said, int):
                self._send(said, {"error": {"message": f"status {said}", "type": "test"}})
            elif request.get("stream"):
                self._stream(_message(request, said))
            else:
                self._send(200, _completion(_message(request, said), "message", "chat.completion"))

        def _send(self, status: int, body: dict[str, Any]) -> None:
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _stream(self, message: dict[str, Any]) -> None:
            calls = [{**call, "index": place} for place, call in enumerate(message.get("tool_calls", []))]
            delta = {**message, **({"tool_calls": calls} if calls else {})}
            chunk = _completion(delta, "delta", "chat.completion.chunk")
            data = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing: a test's output is its own."""

    return Handler


def _message(request: dict[str, Any], said: Any) -> dict[str, Any]:
    """The reply in the form that the request asks for."""
    if isinstance(said, str):
        return {"role": "assistant", "content": said}
    if tools := request.get("tools"):
        function = {"name": tools[0]["function"]["name"], "arguments": json.dumps(said)}
        return {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        }
    return {"role": "assistant", "content": json.dumps(said)}


def _completion(message: dict[str, Any], key: str, kind: str) -> dict[str, Any]:
    finish = "tool_calls" if message.get("tool_calls") else "stop"
    return {
        "id": "chatcmpl-1",
        "object": kind,
        "created": 0,
        "model": MODEL,
        "choices": [{"index": 0, key: message, "finish_reason": finish}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }
