"""A server that records what the SDK sends it, and a process that traces a small graph."""

import http.server
import json
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
INFO = {
    "version": "0.16.0",
    "batch_ingest_config": {
        "use_multipart_endpoint": False,
        "size_limit": 100,
        "size_limit_bytes": 20_000_000,
        "scale_up_nthreads_limit": 2,
        "scale_up_qsize_trigger": 1000,
        "scale_down_nempty_trigger": 4,
    },
}
GRAPH = textwrap.dedent("""
    from typing import TypedDict
    from langchain_core.runnables import RunnableLambda
    from langgraph.graph import START, StateGraph
    from vademecum import tracing
    from vademecum.core.settings import load_settings
    class State(TypedDict, total=False):
        text: str
    def find(state): return {"text": RunnableLambda(lambda x: x + "!", name="inner").invoke(state["text"])}
    def tell(state): return {"text": state["text"].upper()}
    graph = (StateGraph(State).add_node("find", find).add_node("tell", tell)
             .add_edge(START, "find").add_edge("find", "tell").compile(name="toy"))
    settings = load_settings()
""")


class Recorder(http.server.ThreadingHTTPServer):
    """Keeps what it is sent; `hang` accepts runs and never answers; at a run named `fails_at` it fails."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.requests: list[tuple[str, str, bytes]] = []
        self.hang = False
        self.fails_at = ""
        self.redirect = ""
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def runs(self) -> dict[str, dict]:
        found: dict[str, dict] = {}
        for _, path, body in self.requests:
            if path == "/runs/batch":
                for part in ("post", "patch"):
                    for run in json.loads(body).get(part) or []:
                        found.setdefault(run["id"], {}).update({k: v for k, v in run.items() if v not in (None, {})})
        return found


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Recorder

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.server.requests.append((self.command, self.path, body))
        if self.server.hang and self.path != "/info":
            self.server.released.wait(60)
        if self.path != "/info" and self.server.redirect:
            self.send_response(307)
            self.send_header("location", self.server.redirect)
            self.send_header("content-length", "0")
            self.end_headers()
            return
        if self.server.fails_at and self.server.fails_at.encode() in body:
            self.server.requests[-1] = (self.command, "/failed", body)
            self.send_error(500)
            return
        reply = json.dumps(INFO if self.path == "/info" else {}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_GET = do_POST = do_PATCH = _answer

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def recording() -> Iterator[Recorder]:
    with Recorder() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.released.set()
        server.shutdown()


def run(code: str, tmp_path: Path, url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "VADE_HOME": str(tmp_path / "home"),
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_ENDPOINT": url,
        "LANGSMITH_API_KEY": "lsv2_pt_0123456789abcdef0123456789abcdef_0123456789",
        **environment,
    }
    return subprocess.run(
        [sys.executable, "-c", GRAPH + code], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=100
    )
