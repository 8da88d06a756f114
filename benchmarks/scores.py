"""Answers and search, scored by `eval/score.py` on the wiki articles, the notes and the sample handbook.

python -m benchmarks.scores [wiki|notes|samples ...] [--embedded N]

Each set is ingested into an empty workspace; `search --batch` and `ask --batch --model extractive` answer all of its
questions; with `--embedded N`, the embedded language model answers the first N too, and the share of sentences in its
own words is told.
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import ROOT, SCORE, SHARED, execute, report, vade
from vademecum.core.settings import load_settings
from vademecum.retrieval.library import Library


class Set(NamedTuple):
    """A folder of documents and a file of questions on it."""

    corpus: Path
    questions: Path


SETS = {
    "wiki": Set(SHARED / "eval" / "wiki" / "corpus", SHARED / "eval" / "wiki" / "questions.jsonl"),
    "notes": Set(SHARED / "eval" / "notes" / "corpus", SHARED / "eval" / "notes" / "questions.jsonl"),
    "samples": Set(ROOT / "samples" / "handbook", ROOT / "samples" / "questions.jsonl"),
}


def score(what: str, questions: Path, results: str, corpus: Path, work: Path) -> dict[str, object]:
    """What score.py says of result lines."""
    file = work / f"{what}.jsonl"
    file.write_text(results, "utf-8")
    options = ["--corpus", corpus] if what == "answers" else []
    return json.loads(execute([sys.executable, SCORE, what, questions, file, *options]).stdout)


def as_texts(corpus: Path, home: Path, folder: Path) -> Path:
    """A copy of the corpus in which each file is the text that citations count in: score.py reads nothing but text."""
    shutil.copytree(corpus, folder)
    library = Library(home, load_settings(home=home))
    for source in library.catalogue.sources():
        (folder / source.path).write_bytes(library.catalogue.text(source.id).encode("utf-8"))
    return folder


def first(questions: Path, count: int, work: Path) -> Path:
    """A question file with the first `count` of the questions that have an answer."""
    rows = [line for line in questions.read_text("utf-8").splitlines() if json.loads(line).get("evidence")]
    file = work / "first.jsonl"
    file.write_text("\n".join(rows[:count]) + "\n", "utf-8")
    return file


def own_words(results: str) -> float:
    """Share of the sentences that the model wrote itself."""
    origins = [sentence.get("origin") for line in results.splitlines() for sentence in json.loads(line)["sentences"]]
    return origins.count("written") / max(1, len(origins))


def evaluate(name: str, embedded: int) -> None:
    """Print the scores of one set."""
    if name not in SETS:
        raise SystemExit(f"no set named {name!r}; there are: {', '.join(SETS)}")
    corpus, questions = SETS[name]
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        home = work / "home"
        vade("ingest", corpus, home=home)
        texts = as_texts(corpus, home, work / "texts")
        found = vade("search", "--batch", questions, "--json", home=home).stdout
        report(f"search {name}", **score("search", questions, found, texts, work))
        answers = vade("ask", "--batch", questions, "--model", "extractive", "--json", home=home)
        report(f"answers {name}", **score("answers", questions, answers.stdout, texts, work), seconds=answers.seconds)
        if embedded:
            some = first(questions, embedded, work)
            answers = vade("ask", "--batch", some, "--model", "embedded", "--json", home=home)
            scores = score("answers", some, answers.stdout, texts, work)
            share = own_words(answers.stdout)
            report(f"answers {name}, embedded model", **scores, own_words=share, seconds=answers.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", help=f"of {', '.join(SETS)}; all by default")
    parser.add_argument("--embedded", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    for name in arguments.sets or SETS:
        evaluate(name, arguments.embedded)


if __name__ == "__main__":
    main()
