"""10,000 runs by eight threads through the SDK to the trace server, and the server killed on the way.

python -m benchmarks.trace_load [RUNS] [THREADS]

Two lines: all runs stored, in order, in whole trees; and, in a second load, how many of the runs whose frames had been
acknowledged are missing after `kill -9` of the server and a new start (none).
"""

import itertools
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import requests
from langsmith import Client
from langsmith.run_trees import RunTree

from benchmarks.measure import report
from vademecum.core.settings import load_settings
from vademecum.tracing.local import ensure
from vademecum.tracing.server.about import INFO
from vademecum.tracing.server_address import place

DEPTH = 4
"""Runs of a trace, each below the one before."""


class Recording(requests.Session):
    """Remembers the ids of the runs of every frame that was acknowledged."""

    def __init__(self) -> None:
        super().__init__()
        self.acknowledged: set[str] = set()

    def request(self, method: str, url: Any, *args: Any, **more: Any) -> requests.Response:
        """Send, and note what the reply acknowledges."""
        data = more.get("data")
        reply = super().request(method, url, *args, **more)
        if reply.ok and isinstance(data, bytes) and url.endswith("/runs/multipart"):
            for part in data.split(b'name="post.')[1:]:
                self.acknowledged.add(part[:36].decode())
        return reply


def load(url: str, runs: int, threads: int, session: Recording, *, readable: bool = False) -> tuple[Client, list[str]]:
    """Make `runs` runs in traces of `DEPTH`, and return without waiting for them; their ids."""
    ids: list[str] = []
    # Compressed, as the SDK does by itself; where its frames are to be read, not.
    info = {"version": "0.16.0", "batch_ingest_config": INFO["batch_ingest_config"]} if readable else None
    client = Client(api_url=url, api_key="load", session=session, info=info, timeout_ms=(2_000, 20_000))

    def work(count: int) -> None:
        for number in range(count):
            run = RunTree(name="load", inputs={"number": number}, ls_client=client, project_name="load")
            made = [run]
            for _ in range(DEPTH - 1):
                run = run.create_child(name="step", run_type="tool", inputs={"text": "some words to keep " * 5})
                made.append(run)
            for one in made:
                one.post()
            for one in reversed(made):
                one.end(outputs={"number": number, "text": "and what came of it " * 5})
                one.patch()
            ids.extend(str(one.id) for one in made)

    workers = [threading.Thread(target=work, args=(runs // DEPTH // threads,)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return client, ids


def stored(url: str) -> list[dict]:
    """All runs of the server's project, read through its own protocol."""
    session = requests.get(f"{url}/sessions", params={"name": "load"}, timeout=30).json()[0]["id"]
    found, body = [], {"session": [session], "limit": 1000, "select": ["id", "end_time", "outputs", "parent_run_id"]}
    while True:
        reply = requests.post(f"{url}/runs/query", json=body, timeout=60).json()
        found += reply["runs"]
        if not (cursor := reply["cursors"]["next"]):
            return found
        body["cursor"] = cursor


def whole(runs: list[dict]) -> tuple[bool, bool]:
    """Whether the runs come latest first, and whether every trace is a line of `DEPTH`, all ended."""
    order = all(one["start_time"] >= two["start_time"] for one, two in itertools.pairwise(runs))
    sizes = Counter(run["trace_id"] for run in runs)
    depths = Counter((run["trace_id"], run["dotted_order"].count(".")) for run in runs)
    ended = all(run["end_time"] and run["outputs"] for run in runs)
    return order, ended and set(sizes.values()) == {DEPTH} and set(depths.values()) == {1}


def measure_load(home: Path, runs: int, threads: int) -> None:
    url = ensure(load_settings(home=home), idle_seconds=120)
    began = time.perf_counter()
    client, ids = load(url, runs, threads, Recording())
    made = time.perf_counter() - began
    client.flush()
    seconds = time.perf_counter() - began
    found = stored(url)
    order, trees = whole(found)
    complete = {run["id"] for run in found} == set(ids)
    figures = {"made_s": made, "stored_s": seconds, "runs_per_s": len(ids) / seconds}
    report(
        "trace_load", runs=len(ids), stored=len(found), complete=complete, in_order=order, trees_whole=trees, **figures
    )
    stop(home)


def measure_kill(home: Path, runs: int, threads: int) -> None:
    settings = load_settings(home=home)
    url = ensure(settings, idle_seconds=120)
    session = Recording()

    def kill() -> None:
        while len(session.acknowledged) < runs // 8:
            time.sleep(0.01)
        notice = place(home)
        assert notice is not None
        os.kill(notice.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    client, _ = load(url, runs, threads, session, readable=True)
    killer.join()
    client.flush(timeout=5)
    acknowledged = set(session.acknowledged)
    url = ensure(settings, idle_seconds=120)
    present = {run["id"] for run in stored(url)}
    missing = len(acknowledged - present)
    report("trace_kill", acknowledged=len(acknowledged), stored=len(present), missing=missing)
    stop(home)


def stop(home: Path) -> None:
    """End the server."""
    if notice := place(home):
        os.kill(notice.pid, signal.SIGTERM)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    os.environ["LANGSMITH_USE_DAEMON"] = "true"
    with tempfile.TemporaryDirectory() as folder:
        measure_load(Path(folder) / "load", runs, threads)
        measure_kill(Path(folder) / "kill", runs, threads)


if __name__ == "__main__":
    main()
