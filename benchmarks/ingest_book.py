"""Ingestion of a book of 209 files, against the tutorial's pipeline, bare embedding, and itself with nothing to do.

    python -m benchmarks.ingest_book [FOLDER]

Bars: 0.5 of the tutorial's `ingest_s`; 0.85 of the speed at which the same passages are embedded and nothing else is
done; a second run with nothing changed 0.03 of the first; a run after one file was edited re-reads that file only.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks.ingest_ratio import tutorial
from benchmarks.measure import SHARED, execute, report, vade

BOOK = SHARED / "books" / "d2l-en"
BARS = {"bar_tutorial": 0.5, "bar_bare": 0.85, "bar_again": 0.03}

EMBED = """
import sys, time
from pathlib import Path
from vademecum.core.settings import load_settings
from vademecum.retrieval.library import Library
library = Library(Path(sys.argv[1]), load_settings(home=sys.argv[1]))
texts = [
    ". ".join([source.title, *stored.passage.headings]) + ". " + stored.passage.text
    for source in library.catalogue.sources()
    for stored in library.catalogue.passages_of(source.id)
]
library.embeddings.embed_query("warm up")
began = time.perf_counter()
for start in range(0, len(texts), 128):
    library.embeddings.encode(texts[start : start + 128])
print(time.perf_counter() - began)
"""


def edit_one(corpus: Path) -> Path:
    """Change the longest file."""
    file = max((file for file in corpus.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)
    file.chmod(0o644)
    file.write_text(file.read_text("utf-8") + "\n\nOne sentence more, at the very end.\n", "utf-8")
    return file


def main() -> None:
    book = Path(sys.argv[1]) if len(sys.argv) > 1 else BOOK
    with tempfile.TemporaryDirectory() as folder:
        corpus, home = Path(folder) / "book", Path(folder) / "home"
        shutil.copytree(book, corpus)
        first = vade("ingest", corpus, "--json", home=home)
        told = json.loads(first.stdout)
        bare = float(execute([sys.executable, "-c", EMBED, home]).stdout)
        theirs, _ = tutorial(corpus)
        again = json.loads(vade("ingest", corpus, "--json", home=home).stdout)
        edited = edit_one(corpus)
        after = json.loads(vade("ingest", corpus, "--json", home=home).stdout)
        if (after["updated"], after["unchanged"]) != (1, told["sources"] - 1):
            raise SystemExit(f"one file was edited, and {after['updated']} were read again: {edited}")
    report(
        "ingest_book", **BARS, tutorial=told["seconds"] / theirs, bare=bare / told["seconds"],
        again=again["seconds"] / told["seconds"], edited_seconds=after["seconds"], seconds=told["seconds"],
        tutorial_s=theirs, bare_s=bare, passages=told["passages"], sources=told["sources"], peak_mb=first.peak_mb,
    )  # fmt: skip


if __name__ == "__main__":
    main()
