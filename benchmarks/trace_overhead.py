"""What tracing adds to an invocation of a three-node graph (bar: 4 ms), and to a program's exit (bar: 2 s).

python -m benchmarks.trace_overhead [INVOCATIONS]

Traced and untraced invocations are made in turns, in one process: through the application's own spool, and through the
SDK to a trace server. The exit is that of a process that made 100 runs: with no server at the address, and with one
that accepts and never answers.
"""

import statistics
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from socket import create_server
from typing import Any, TypedDict

from langchain_core.runnables import Runnable
from langchain_core.tracers.langchain import LangChainTracer
from langgraph.graph import START, StateGraph
from langsmith import Client

from benchmarks.measure import ROOT, execute, report
from benchmarks.trace_load import stop
from vademecum import tracing
from vademecum.core.settings import load_settings
from vademecum.tracing.local import ensure
from vademecum.tracing.traced import traced

BAR_MS = 4
BAR_EXIT_S = 2
EXIT_RUNS = 100


class State(TypedDict, total=False):
    """What the nodes hand on."""

    text: str


def three_nodes() -> Runnable:
    """Find, tell, finish: nodes that do next to nothing."""
    graph: Any = StateGraph(State)  # ty: ignore[invalid-argument-type]
    graph.add_node("find", lambda state: {"text": state["text"] + "!"})
    graph.add_node("tell", lambda state: {"text": state["text"].upper()})
    graph.add_node("finish", lambda state: {"text": state["text"].strip()})
    graph.add_edge(START, "find").add_edge("find", "tell").add_edge("tell", "finish")
    return graph.compile(name="three")


def milliseconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def overhead(count: int, home: Path) -> None:
    """Three lines of calls, in turns."""
    graph, local = three_nodes(), load_settings(home=home, tracing="local")
    client = Client(api_url=ensure(local, idle_seconds=120), api_key="overhead")
    off, spooled = traced(graph, load_settings(home=home, tracing="off")), traced(graph, local)
    calls: dict[str, Callable[[], object]] = {
        "untraced": lambda: off.invoke({"text": "hello"}),
        "spool": lambda: spooled.invoke({"text": "hello"}),
        "server": lambda: graph.invoke({"text": "hello"}, {"callbacks": [LangChainTracer(client=client)]}),
    }
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(count + 20):
        for name, call in calls.items():
            took = milliseconds(call)
            if number >= 20:
                times[name].append(took)
    flushing = milliseconds(tracing.flush)
    client.flush()
    stop(home)
    medians = {name: statistics.median(those) for name, those in times.items()}
    added = {f"{name}_ms": medians[name] - medians["untraced"] for name in ("spool", "server")}
    report("trace_overhead", bar=BAR_MS, **added, untraced_ms=medians["untraced"], flush_ms=flushing)


EXITING = textwrap.dedent(f"""
    import sys, time
    from benchmarks.trace_overhead import three_nodes
    from vademecum.core.settings import load_settings
    from vademecum.tracing.traced import traced
    graph = traced(three_nodes(), load_settings())
    for _ in range({EXIT_RUNS}): graph.invoke({{"text": "hello"}})
    print(time.time())
""")


def exit_seconds(home: Path, endpoint: str, mode: str) -> float:
    """Seconds from a process's last line to its end."""
    done = execute(
        [sys.executable, "-c", EXITING],
        PYTHONPATH=str(ROOT),
        VADE_HOME=str(home),
        VADE_TRACING=mode,
        LANGSMITH_ENDPOINT=endpoint,
        LANGSMITH_API_KEY="overhead",
    )
    return time.time() - float(done.stdout)


def exits(home: Path) -> None:
    """The exit without tracing, with the server away, and with one that never answers."""
    with create_server(("127.0.0.1", 0), backlog=512) as silent:
        held = []
        threading.Thread(target=lambda: [held.append(silent.accept()) for _ in range(1000)], daemon=True).start()
        endpoints = {
            "untraced": ("off", "http://127.0.0.1:9"),
            "local": ("local", "http://127.0.0.1:9"),
            "away": ("langsmith", "http://127.0.0.1:9"),
            "silent": ("langsmith", f"http://127.0.0.1:{silent.getsockname()[1]}"),
        }
        found = {
            name: statistics.median(exit_seconds(home / name, url, mode) for _ in range(3))
            for name, (mode, url) in endpoints.items()
        }
    report("trace_exit", bar=BAR_EXIT_S, **{f"{name}_s": seconds for name, seconds in found.items()})


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        overhead(count, Path(folder) / "overhead")
        exits(Path(folder))


if __name__ == "__main__":
    main()
