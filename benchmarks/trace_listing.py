"""Listing and filtering among many runs against few: the ratio of the medians (bar: 3).

python -m benchmarks.trace_listing [FEW] [MANY]

Through the SDK against a trace server; one line for each way of asking, with milliseconds.
"""

import random
import statistics
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from langsmith import Client

from benchmarks.measure import report
from benchmarks.trace_load import stop
from vademecum.core.settings import load_settings
from vademecum.tracing.local import ensure
from vademecum.tracing.store import ingest
from vademecum.tracing.store.database import Database
from vademecum.tracing.store.operations import Operation

BAR = 3
REPEATS = 15
RARE = 12
"""Traces that hold what is rare, among few runs and among many alike: so that answers are of one size."""

ASKED: dict[str, dict] = {
    "latest": {"is_root": True},
    "all": {},
    "name": {"filter": 'eq(name, "retrieve")'},
    "rare_name": {"filter": 'eq(name, "rare")'},
    "status": {"error": True},
    "type": {"run_type": "llm"},
    "latency": {"filter": "gt(latency, 9.9)"},
    "tokens": {"filter": "and(eq(is_root, true), gt(total_tokens, 190))"},
    "tag": {"filter": 'has(tags, "beta")'},
    "metadata": {"filter": 'and(eq(metadata_key, "user"), eq(metadata_value, "u7"))'},
    "common_text": {"query": "question"},
    "rare_text": {"query": "needle"},
    "rare_filter": {"filter": 'and(eq(run_type, "tool"), search("needle"))'},
}


def operations(count: int, apart: timedelta) -> Iterator[Operation]:
    """Traces of four runs, by a seeded random generator, one begun so long after the other."""
    random.seed(1)
    every = max(1, count // 4 // RARE)
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(count // 4):
        moment += apart
        seconds = random.random() * 10
        root = top = ""
        for name, kind in (("answer", "chain"), ("retrieve", "retriever"), ("model", "llm"), ("search", "tool")):
            run_id = str(uuid.UUID(int=random.getrandbits(128), version=4))
            root = root or run_id
            stamp = f"{moment:%Y%m%dT%H%M%S%f}Z{run_id}"
            place = stamp if run_id == root else f"{top}.{stamp}"
            top = stamp if run_id == root else top
            words = "needle" if number % every == 3 else f"word{random.randrange(5000)}"
            outputs: dict = {"answer": f"an answer of some length {words} " * 3}
            if kind == "llm":
                outputs["usage_metadata"] = {"input_tokens": random.randrange(100), "output_tokens": 100}
            fields = {
                "name": "rare" if number % every == 5 and kind == "tool" else name,
                "run_type": kind,
                "session_name": "listing",
                "trace_id": root,
                "dotted_order": place,
                "parent_run_id": None if run_id == root else root,
                "start_time": moment.isoformat(),
                "end_time": (moment + timedelta(seconds=seconds)).isoformat(),
                "inputs": {"question": f"question {number} about {words}"},
                "outputs": outputs,
                "tags": ["beta"] if random.random() < 0.01 else ["stable"],
                "extra": {"metadata": {"user": f"u{random.randrange(200)}", "thread_id": f"t{number % 500}"}},
            }
            if random.random() < 0.02:
                fields["error"] = "ValueError('it broke')"
            yield Operation("post", run_id, fields)


def fill(home: Path, count: int, *, apart: timedelta = timedelta(seconds=3)) -> None:
    """Write so many runs straight into the store: how they come in is measured elsewhere."""
    with Database(home) as database:
        batch: list[Operation] = []
        for operation in operations(count, apart):
            batch.append(operation)
            if len(batch) >= 2000:
                database.write(lambda connection, batch=batch: ingest.apply(connection, batch))
                batch = []
        if batch:
            database.write(lambda connection: ingest.apply(connection, batch))


def median_ms(call: Callable[[], object]) -> float:
    """The median of some calls, in milliseconds."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def asking(url: str) -> dict[str, float]:
    """Milliseconds of each way of asking for 50 runs."""
    warnings.simplefilter("ignore")  # list_runs is on its way out, and still what most programs call
    client = Client(api_url=url, api_key="listing", auto_batch_tracing=False)
    project = client.read_project(project_name="listing").id
    return {
        name: median_ms(lambda query=query: list(client.list_runs(project_id=project, limit=50, **query)))
        for name, query in ASKED.items()
    }


def main() -> None:
    few = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    many = int(sys.argv[2]) if len(sys.argv) > 2 else 50_000
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for count in (few, many):
            home = Path(folder) / str(count)
            fill(home, count)
            found[count] = asking(ensure(load_settings(home=home), idle_seconds=120))
            stop(home)
    for name in ASKED:
        ratio = found[many][name] / found[few][name]
        report("trace_listing", asked=name, ratio=ratio, bar=BAR, few_ms=found[few][name], many_ms=found[many][name])


if __name__ == "__main__":
    main()
