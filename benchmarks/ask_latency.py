"""A warm question without a language model over the wiki corpus, in query embeddings of the same run (bar: 12).

python -m benchmarks.ask_latency [QUESTIONS]
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import vademecum
from benchmarks.measure import WIKI, read_questions, report
from vademecum.core.settings import load_settings
from vademecum.models import embedding_model

BAR = 12
WARM_UP = 10


def seconds(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def latencies(questions: list[str], home: Path) -> tuple[list[float], list[float]]:
    """Seconds of each answer and of each query embedding, taken in turns so that both see the same machine."""
    notes = vademecum.open(WIKI / "corpus", home=home, model="extractive")
    embeddings = embedding_model("embedded", load_settings())
    for question in questions[:WARM_UP]:
        notes.ask(question)
    measured = questions[WARM_UP:]
    pairs = [(seconds(lambda q=q: notes.ask(q)), seconds(lambda q=q: embeddings.embed_query(q))) for q in measured]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    questions = read_questions(WIKI / "questions.jsonl")[: count + WARM_UP]
    with tempfile.TemporaryDirectory() as home:
        asks, embeds = latencies(questions, Path(home))
    ask, embed = statistics.median(asks), statistics.median(embeds)
    p95 = statistics.quantiles(asks, n=20)[-1]
    report("ask_latency", ratio=ask / embed, bar=BAR, ask_ms=ask * 1000, ask_p95_ms=p95 * 1000, embed_ms=embed * 1000)


if __name__ == "__main__":
    main()
