"""Pinecone's data plane over the real wire, on this machine: what its client asks of an index, from a dictionary."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np


class PineconeServer(ThreadingHTTPServer):
    """`spaces`: vectors with their metadata by namespace and id; `keys`: the API keys that were shown."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spaces: dict[str, dict[str, dict[str, Any]]] = {}
        self.keys: set[str] = set()

    def answer(self, path: str, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body."""
        space = self.spaces.setdefault(asked.get("namespace", ""), {})
        if path == "/vectors/upsert":
            space.update({row["id"]: row for row in asked["vectors"]})
            return 200, {"upsertedCount": len(asked["vectors"])}
        if path == "/vectors/delete":
            for name in list(space) if asked.get("deleteAll") else asked["ids"]:
                space.pop(name, None)
            return 200, {}
        if path == "/query":
            vector = np.array(asked["vector"])
            scored = [(float(np.array(row["values"]) @ vector), row) for row in space.values()]
            best = sorted(scored, key=lambda pair: -pair[0])[: asked["topK"]]
            matches = [{"id": row["id"], "score": score, "metadata": row["metadata"]} for score, row in best]
            return 200, {"matches": matches, "namespace": asked.get("namespace", "")}
        return 404, {"code": 5, "message": f"no {path}"}


class _Handler(BaseHTTPRequestHandler):
    server: PineconeServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.keys.add(self.headers["Api-Key"])
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self.server.answer(self.path, body)
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def pinecone_server() -> Iterator[PineconeServer]:
    """A server, while the block runs."""
    with PineconeServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
