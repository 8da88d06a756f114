"""Which calls the embedded model makes: on ../shared/eval/tools, by score.py, and on requests for a dozen tools.

python -m benchmarks.tool_calls

Bars: of several tools the right one .97, of the requests that need a call .92 called, of those that need none .88 left
alone, arguments .60. `held_out` figures are those of `benchmarks/fit_tool_calls.py`. The dozen tools are in
`tool_requests.json`: what an assistant has, eight of them with worked calls.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import vademecum
from benchmarks.measure import ROOT, SCORE, SHARED, report

CASES = SHARED / "eval" / "tools" / "cases.jsonl"


def timed(notes: vademecum.Notebook, request: str, tools: list[dict[str, Any]]) -> tuple[Any, float]:
    """The call, and how many seconds it took to decide on."""
    began = time.perf_counter()
    return notes.call(request, tools), time.perf_counter() - began


def score_cases(notes: vademecum.Notebook, folder: Path) -> dict[str, Any]:
    """What score.py says, and the median time of a call."""
    seconds, lines = [], []
    for case in map(json.loads, CASES.read_text("utf-8").splitlines()):
        call, took = timed(notes, case["question"], case["tools"])
        seconds.append(took)
        lines.append(json.dumps({"id": case["id"], "call": call}))
    results = folder / "calls.jsonl"
    results.write_text("\n".join(lines), "utf-8")
    scored = subprocess.run(
        [sys.executable, SCORE, "tools", CASES, results], capture_output=True, text=True, check=True
    )
    return {**json.loads(scored.stdout), "median_s": statistics.median(seconds), "max_s": max(seconds)}


def score_dozen(notes: vademecum.Notebook) -> dict[str, Any]:
    """Right tools of those wanted, requests left alone of those for none, arguments right of those named."""
    data = json.loads((ROOT / "benchmarks" / "tool_requests.json").read_text("utf-8"))
    right, alone, filled, seconds = [], [], [], []
    for row in data["requests"]:
        call, took = timed(notes, row["request"], data["tools"])
        seconds.append(took)
        if row["tool"] is None:
            alone.append(call is None)
            continue
        right.append(call is not None and call["name"] == row["tool"])
        if call is not None and right[-1] and row["args"]:
            filled.append(all(str(call["args"].get(k)).lower() == str(v).lower() for k, v in row["args"].items()))
    shares = {"right": right, "left_alone": alone, "args": filled}
    return {**{name: statistics.mean(many) for name, many in shares.items()}, "median_s": statistics.median(seconds)}


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notes = vademecum.open(home=folder / "home", model="embedded")
        notes.call("Hello", [])
        report("tool_calls", cases=score_cases(notes, folder), dozen=score_dozen(notes))


if __name__ == "__main__":
    main()
