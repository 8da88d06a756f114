"""What each prompt technique is worth: word problems by every technique of `prompts/problems/`, and one table of them.

    python -m benchmarks.techniques CASES.jsonl --model qwen-1.5b --out ROWS.jsonl [--cases 50] [--seed 0]
    python -m benchmarks.techniques --table ROWS.jsonl

CASES: {"id", "question", "answer"} a line, the answer a number. Rows are written as they come, and a run goes on where
it stopped. The last number of a reply counts. Prints one line of JSON, or the table with intervals (95 %, Wilson 1927,
https://doi.org/10.1080/01621459.1927.10502953); below 30 cases it says nothing.
"""

import argparse
import json
import math
import random
import re
import time
from pathlib import Path
from typing import Any

from vademecum import graphs, prompts
from vademecum.core.errors import ModelError
from vademecum.core.settings import load_settings
from vademecum.graphs import chain
from vademecum.models import chat_model

LEAST = 30
"""Cases below which nothing is claimed."""

FOLDER = "problems"
SAMPLED = {"self-consistency": 30}
"""Cases at most, of what takes several times as long."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", type=Path, nargs="?")
    parser.add_argument("--model")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--cases", dest="count", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--techniques", nargs="*")
    parser.add_argument("--table", type=Path)
    arguments = parser.parse_args()
    if arguments.table:
        print(table(_rows(arguments.table)))
        return
    if not (arguments.cases and arguments.model and arguments.out):
        parser.error("name CASES, --model and --out, or --table ROWS")
    chosen = random.Random(arguments.seed).sample(_rows(arguments.cases), arguments.count)
    run(chosen, arguments.model, arguments.out, arguments.techniques or _techniques())
    rows = [row for row in _rows(arguments.out) if row["model"] == arguments.model]
    right = {name: _share([row["right"] for row in rows if row["technique"] == name]) for name in _techniques()}
    print(json.dumps({"benchmark": "techniques", "model": arguments.model, "cases": len(chosen), "right": right}))


def run(cases: list[dict[str, Any]], model_name: str, out: Path, techniques: list[str]) -> None:
    """Answer every case by each technique; what is in `out` is not asked again."""
    context = chain.Context(chat_model(model_name, load_settings()), model_name)
    done = {(row["model"], row["technique"], row["id"]) for row in (_rows(out) if out.exists() else [])}
    for technique in techniques:
        graph = graphs.prompt_graph(lambda _, name=technique: prompts.load(f"{FOLDER}/{name}"))
        for case in cases[: SAMPLED.get(technique)]:
            if (model_name, technique, case["id"]) in done:
                continue
            began = time.perf_counter()
            try:
                reply = graph.invoke({"inputs": {"problem": case["question"]}}, context=context)["reply"]
            except ModelError as error:
                reply = str(error)
            row = {"model": model_name, "technique": technique, "id": case["id"], "right": _is_right(reply, case)}
            with out.open("a", encoding="utf-8") as file:
                seconds = round(time.perf_counter() - began, 2)
                file.write(json.dumps({**row, "seconds": seconds, "reply": reply}) + "\n")


def table(rows: list[dict[str, Any]]) -> str:
    """A Markdown table: of each model and technique the share of right answers, its interval, and its relative cost."""
    lines = ["| model | technique | cases | right | 95 % | time, zero-shot = 1 |", "|---|---|---|---|---|---|"]
    for model in dict.fromkeys(row["model"] for row in rows):
        own = [row for row in rows if row["model"] == model]
        base = _mean([row["seconds"] for row in own if row["technique"] == "zero-shot"])
        for technique in _techniques():
            some = [row for row in own if row["technique"] == technique]
            if len(some) < LEAST:
                continue
            low, high = _wilson(sum(row["right"] for row in some), len(some))
            ratio = _mean([row["seconds"] for row in some]) / base if base else math.nan
            share = _share([row["right"] for row in some])
            lines.append(
                f"| {model} | {technique} | {len(some)} | {share:.2f} | {low:.2f} to {high:.2f} | {ratio:.1f} |"
            )
    return "\n".join(lines)


def _techniques() -> list[str]:
    return [name for name in prompts.TECHNIQUES if name in prompts.names(FOLDER)]


def _is_right(reply: str, case: dict[str, Any]) -> bool:
    numbers = re.findall(r"-?\d[\d,]*(?:\.\d+)?", reply)
    return bool(numbers) and float(numbers[-1].replace(",", "")) == float(str(case["answer"]).replace(",", ""))


def _wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    share = hits / of
    middle = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - reach) / (1 + z * z / of), (middle + reach) / (1 + z * z / of)


def _share(values: list[bool]) -> float | None:
    return round(sum(values) / len(values), 3) if values else None


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]


if __name__ == "__main__":
    main()
