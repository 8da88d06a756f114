"""Ingestion of the wiki corpus, as a share of what the tutorial's pipeline takes in the same run (bar: 0.7).

python -m benchmarks.ingest_ratio [REPEATS]
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import BASELINE, WIKI, execute, report, vade

BAR = 0.7


def ours(corpus: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of ingesting a folder into an empty workspace."""
    with tempfile.TemporaryDirectory() as home:
        done = vade("ingest", corpus, "--json", home=Path(home))
    return json.loads(done.stdout)["seconds"], done.peak_mb


def tutorial(corpus: Path) -> tuple[float, float]:
    """The same of the tutorial's pipeline, as it times itself."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as question:
        question.write('{"id": "0", "question": "warm up"}\n')
        question.flush()
        done = execute([sys.executable, BASELINE, corpus, question.name])
    return json.loads(done.stderr.splitlines()[-1])["ingest_s"], done.peak_mb


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    corpus = WIKI / "corpus"
    pairs = [(ours(corpus), tutorial(corpus)) for _ in range(repeats)]
    mine, theirs = (statistics.median(pair[side][0] for pair in pairs) for side in (0, 1))
    report(
        "ingest_ratio",
        ratio=mine / theirs,
        bar=BAR,
        ours_s=mine,
        tutorial_s=theirs,
        peak_mb=max(pair[0][1] for pair in pairs),
        tutorial_peak_mb=max(pair[1][1] for pair in pairs),
    )


if __name__ == "__main__":
    main()
