"""Query latency of every mode at 1,000, 10,000 and 100,000 passages, in query embeddings of the same run, and memory.

    python -m benchmarks.query_latency [SIZE ...] [--modes MODE ...] [--questions N] [--homes DIR]

Bars at 100,000: `best` at most 20 query embeddings, peak memory 900 MB. Passages are made up: sentences of real
articles, drawn at random, with the vectors of a real passage turned a little, and its token vectors. Each mode is
measured in a process of its own, whose peak memory is told, after one question that is not counted. `--homes` keeps the
workspaces, and uses those that are there.
"""

import argparse
import json
import multiprocessing
import statistics
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from benchmarks.measure import SHARED, WIKI, execute, folder_for, read_questions, report
from vademecum.core.settings import load_settings
from vademecum.core.types import Source
from vademecum.language.sentences import sentence_spans
from vademecum.retrieval import retrievers
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.records import Stamp
from vademecum.retrieval.encode import PassageVectors, encode_passages, unit
from vademecum.retrieval.library import Library
from vademecum.retrieval.loaders import LoadedText
from vademecum.retrieval.passages import PassageSpan
from vademecum.retrieval.splitters.structure import split

SIZES = (1_000, 10_000, 100_000)
BAR, BAR_MB = 20, 900
EACH = 100
"""Passages a source."""

TURNED = 0.6
"""Length of the random vector that is added to a real one: cosine .86 to it, about that of two passages on one page."""


def real_passages(library: Library) -> tuple[list[str], list[PassageVectors]]:
    """Sentences of the wiki articles, and the vectors of a good thousand real passages."""
    sentences: list[str] = []
    vectors: list[PassageVectors] = []
    for file in sorted((WIKI / "corpus").iterdir()):
        text = file.read_text("utf-8")
        sentences += [text[a:b].replace("\n", " ") for a, b in sentence_spans(text)]
        spans = split(text, kind="text", page_starts=None, title=file.stem)
        vectors += encode_passages(library.embeddings, text, spans, title=file.stem)
    abstracts = sorted((SHARED / "eval" / "scifact" / "corpus").iterdir())[:2000]
    for text in (file.read_text("utf-8") for file in abstracts):
        sentences += [text[a:b].replace("\n", " ") for a, b in sentence_spans(text)]
    return sentences, vectors


def made_up(
    sentences: list[str], vectors: list[PassageVectors], draw: np.random.Generator
) -> tuple[str, list[tuple[PassageSpan, PassageVectors]]]:
    """A text of `EACH` passages, and these."""
    text, passages = "", []
    for line in range(1, EACH + 1):
        like = vectors[draw.integers(len(vectors))]
        count = max(1, len(like.spans))
        start, places = len(text), []
        for i in draw.integers(len(sentences), size=count):
            places.append((len(text), len(text) + len(sentences[i])))
            text += sentences[i] + " "
        noise = unit(draw.standard_normal(len(like.passage)).astype(np.float32))
        turned = unit((like.passage + TURNED * noise).astype(np.float32)).astype(np.float32)
        sentence_vectors = like.sentences if len(like.spans) else b""
        spans = np.array(places if len(like.spans) else [], np.int32).reshape(-1, 2)
        span = PassageSpan(start, len(text) - 1, (), None, line)
        passages.append((span, PassageVectors(turned, spans, sentence_vectors, like.tokens)))
        text += "\n"
    return text, passages


def sources(library: Library, count: int) -> Iterator[None]:
    """Store `count` passages, one source at a time."""
    draw = np.random.default_rng(1)
    sentences, vectors = real_passages(library)
    for number in range(count // EACH):
        text, passages = made_up(sentences, vectors, draw)
        source = Source(
            id=f"{number:020}", path=f"{number}.txt", root="/", title=f"Source {number}", kind="text",
            sha256=f"{number:064}", added_at=datetime.now(UTC),
        )  # fmt: skip
        loaded = LoadedText(text, source.title, "text", None)
        library.catalogue.store(source, loaded, passages, stamp=Stamp(1, 1, 1), fingerprint=library.fingerprint)
        yield


def fill(home: Path, count: int) -> None:
    """Make a workspace of `count` passages."""
    library = Library(home, load_settings(home=home))
    with database.hold(home):
        for _ in sources(library, count):
            pass
        library.vectors.repair()
    library.close()


def read_once(home: Path) -> None:
    """Have the system know the files, as it does after they were written: disks are not what is measured."""
    for file in home.rglob("*"):
        if file.is_file():
            with file.open("rb") as stream:
                while stream.read(1 << 24):
                    pass


MEASURE = """
import json, sys, time
from pathlib import Path
from vademecum.core.settings import load_settings
from vademecum.retrieval.library import Library
home, mode, *questions = sys.argv[1:]
library = Library(Path(home), load_settings(home=home))
retriever = library.retriever(mode, k=10)
retriever.hits(questions[0])
pairs = []
for question in questions[1:]:
    began = time.perf_counter()
    library.embeddings.embed_query(question)
    embedded = time.perf_counter()
    retriever.hits(question)
    pairs.append((embedded - began, time.perf_counter() - embedded))
print(json.dumps(pairs))
"""


def main() -> None:
    modes = retrievers.members.names()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--modes", nargs="+", default=modes)
    parser.add_argument("--questions", type=int, default=30)
    parser.add_argument("--homes", type=Path)
    given = parser.parse_args()
    questions = read_questions(WIKI / "questions.jsonl")[: given.questions + 1]
    with folder_for(given.homes) as homes:
        for size in given.sizes:
            home = homes / str(size)
            if not home.exists():
                # In a process of its own, too: a child's peak memory is told as no less than its parent's at that time.
                filling = multiprocessing.get_context("spawn").Process(target=fill, args=(home, size))
                filling.start()
                filling.join()
            read_once(home)
            for mode in given.modes:
                done = execute([sys.executable, "-c", MEASURE, home, mode, *questions])
                embeds, queries = zip(*json.loads(done.stdout.splitlines()[-1]), strict=True)
                embed, query = statistics.median(embeds), statistics.median(queries)
                report(
                    "query_latency", mode=mode, passages=size, ratio=query / embed, query_ms=1000 * query,
                    embed_ms=1000 * embed, peak_mb=done.peak_mb,
                    **({"bar": BAR, "bar_mb": BAR_MB} if mode == "best" and size == max(SIZES) else {}),
                )  # fmt: skip


if __name__ == "__main__":
    main()
