"""A cold `./run ask --model extractive` against a bare import of Chroma and LangGraph (bar: 2.5), and peak memory.

python -m benchmarks.cold_start [REPEATS]

The two are run in turns. Memory (bar: 700 MB each) is that of `ask` with and without a language model and of
`ingest`, on the wiki corpus.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, WIKI, execute, report, vade

BAR = 2.5
BAR_MB = 700
QUESTION = "What kingdom annexed Warsaw in 1796?"
BARE = "import chromadb, langgraph.graph"


def starts(home: Path, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds of each cold answer and of each bare import; the first of both, which fills the disk cache, left out."""
    pairs = []
    for _ in range(repeats + 1):
        ask = execute([ROOT / "run", "ask", QUESTION, "--model", "extractive"], VADE_HOME=str(home))
        pairs.append((ask.seconds, execute([sys.executable, "-c", BARE]).seconds))
    return [pair[0] for pair in pairs[1:]], [pair[1] for pair in pairs[1:]]


def main() -> None:
    repeats = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        ingest_mb = vade("ingest", WIKI / "corpus", home=home).peak_mb
        asks, bares = starts(home, repeats)
        extractive_mb = vade("ask", QUESTION, "--model", "extractive", home=home).peak_mb
        embedded_mb = vade("ask", QUESTION, "--model", "embedded", home=home).peak_mb
    ask, bare = statistics.median(asks), statistics.median(bares)
    report("cold_start", ratio=ask / bare, bar=BAR, ask_s=ask, bare_s=bare)
    report("peak_memory", bar=BAR_MB, ingest_mb=ingest_mb, ask_extractive_mb=extractive_mb, ask_embedded_mb=embedded_mb)


if __name__ == "__main__":
    main()
