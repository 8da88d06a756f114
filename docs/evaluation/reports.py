"""Makes the reports of this folder: `.venv/bin/python docs/evaluation/reports.py [--check]`.

The sample handbook, its 100 questions, three variants: `extractive` and `dense` without a language model, under the
best and the dense ranking; and `embedded`, the small language model under the best one. Written are a report of each,
two comparisons, and `figures.json` with every number but times. `--check` makes them anew elsewhere, and fails where a
number differs.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
QUESTIONS = "samples/questions.jsonl"
VARIANTS = {
    "extractive": "model=extractive,mode=best,name=extractive",
    "dense": "model=extractive,mode=dense,name=dense",
    "embedded": "model=embedded,mode=best,name=embedded",
}
COMPARED = {"embedded-against-extractive": ("extractive", "embedded"), "best-against-dense": ("dense", "extractive")}
TIMES = ("seconds",)
UNEQUAL = ("experiment", "report", "first", "second")
"""Keys that name an experiment, which is one of a kind."""


def vade(home: Path, *arguments: str) -> dict[str, Any]:
    """What a command says with `--json`."""
    environment = {**os.environ, "VADE_HOME": str(home)}
    command = [sys.executable, "-m", "vademecum", *arguments, "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def made(folder: Path) -> dict[str, Any]:
    """Write all reports to the folder; their figures without times."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        vade(home, "ingest", "samples/handbook")
        runs = {
            name: vade(
                home, "eval", "run", QUESTIONS, "-v", text, "--perplexity", "--report", str(folder / f"{name}.html")
            )
            for name, text in VARIANTS.items()
        }
        compared = {
            name: vade(home, "eval", "compare", *both, "--report", str(folder / f"{name}.html"))
            for name, both in COMPARED.items()
        }
    return {
        "runs": {k: timeless(v) for k, v in runs.items()},
        "compared": {k: timeless(v) for k, v in compared.items()},
    }


def timeless(told: dict[str, Any]) -> dict[str, Any]:
    """What another run of the same seed must say too."""
    kept = {key: value for key, value in told.items() if key not in UNEQUAL}
    for part in ("metrics", "differences"):
        if part in kept:
            kept[part] = {name: value for name, value in kept[part].items() if name not in TIMES}
    return kept


def differing(old: Any, new: Any, at: str = "") -> list[str]:
    """Where two sets of figures differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [it for key in sorted({*old, *new}) for it in differing(old.get(key), new.get(key), f"{at}/{key}")]
    return [] if old == new else [f"{at}: {old} is now {new}"]


def main() -> None:
    """Make the reports, or check them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="make them elsewhere, and compare the figures")
    figures = HERE / "figures.json"
    if parser.parse_args().check:
        with tempfile.TemporaryDirectory() as folder:
            found = differing(json.loads(figures.read_text("utf-8")), made(Path(folder)))
        sys.exit("\n".join(found) if found else 0)
    figures.write_text(json.dumps(made(HERE), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
