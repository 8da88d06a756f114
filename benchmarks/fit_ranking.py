"""Fit the weights of `retrieval/evidence/fitted.json`, and the projection of `encode.py`; say what they are worth.

    python -m benchmarks.fit_ranking [--write] [--projection]      (about ten minutes; needs ../shared)

Prints, for each corpus, the share of questions whose first sentence holds the evidence and what the gate refuses: by
weights fitted on all corpora, and by weights fitted on the others. `--write` puts the former into `fitted.json`.
`--projection` writes `retrieval/token_projection.npy` first: principal axes of the token vectors of all corpora.
How it is fitted: `benchmarks/ranking_fit.py`.
"""

import argparse
import gzip
import json
import os
import random
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.ranking_fit import Case, Workspace, calibration_error, figures, fit, leave_one_out
from vademecum.core.settings import load_settings
from vademecum.models.minilm import MiniLM
from vademecum.retrieval.encode import TOKEN_DIMENSIONS, unit
from vademecum.retrieval.evidence.score_baseline import probes
from vademecum.retrieval.evidence.sentence_features import FEATURES, SentenceFeatures, measure
from vademecum.retrieval.evidence.weigh_sentences import GATE, Fitted
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library

ROOT = Path(__file__).resolve().parent.parent
EVAL = ROOT.parent / "shared" / "eval"
READER = ROOT.parent / "shared" / "reader" / "examples.jsonl.gz"
FITTED = ROOT / "retrieval" / "evidence" / "fitted.json"
SETS = {name: EVAL / name / "corpus" for name in ("wiki", "notes", "spans")} | {
    "household": EVAL / "household" / "docs",
    "samples": ROOT / "samples" / "handbook",
}
NOT_ALONE = frozenset({"follow-up", "summary", "computed"})
"""Kinds of household questions that no one sentence answers."""

CROSS_EVERY = 5
"""Of the questions of other sets, so many are asked one of."""

NEAR_MISSES = 300
"""Questions with an answer, and as many without, of the paragraphs written about near misses (UnAnsQ)."""


def questions(name: str) -> list[dict]:
    """The questions of a set."""
    file = ROOT / "samples" / "questions.jsonl" if name == "samples" else EVAL / name / "questions.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def evidences(row: dict) -> list[str]:
    """What counts as found."""
    found = row.get("evidence") or []
    return [found] if isinstance(found, str) else found


def covers(text: str, evidence: str) -> bool:
    """60% of the evidence's words, as ../shared/eval/score.py has it."""
    have, need = set(re.findall(r"\w+", text.lower())), re.findall(r"\w+", evidence.lower())
    return bool(need) and sum(word in have for word in need) >= 0.6 * len(need)


def holds(row: dict, text: str, path: str) -> bool:
    """Whether a sentence of the document at `path` holds what the question is after: its evidence, or its answer."""
    if "path" not in row:
        return any(covers(text, evidence) for evidence in evidences(row))
    if row["path"] and Path(path).name not in row["path"]:
        return False
    short = [one for group in row.get("all") or [row.get("answer") or []] for one in group]
    return any(says(text, one) for one in short) and not any(says(text, one) for one in row.get("lacks") or [])


def says(text: str, one: str) -> bool:
    """Whether the words of `one` stand in a text, in order."""
    return f" {words(one)} " in f" {words(text)} "


def words(text: str) -> str:
    """The words and numbers of a text, one blank between them, without thousands separators and closing zeros."""
    plain = re.sub(r"(?<=\d),(?=\d{3}\b)|(?<=\d)\.0+\b", "", text.lower())
    return " ".join(re.findall(r"[^\W_]+|%", plain))


def kind_of(row: dict) -> str:
    """Why the set does not answer a question, or "answer"."""
    if evidences(row) or row.get("answer") or row.get("all"):
        return "answer"
    return "near" if "near" in row.get("kind", "near") else "far"


def library_of(files: Sequence[Path]) -> Library:
    """A workspace of these files, in a temporary folder."""
    folder = Path(tempfile.mkdtemp())
    for file in files:
        (folder / "files").mkdir(exist_ok=True)
        os.symlink(file, folder / "files" / file.name)
    library = Library(folder / "home", load_settings())
    ingest(library, [folder / "files"])
    return library


def asker(library: Library, source: str) -> Callable[[str, dict], Case]:
    """What measures questions in a workspace; with its baseline."""

    def measured(text: str) -> SentenceFeatures:
        hits = library.search(text, mode="best")
        return measure(library.catalogue, library.question(text), hits)

    workspace = Workspace([measured(probe) for probe in probes()])

    def ask(kind: str, row: dict) -> Case:
        found = measured(row["question"])
        texts = [
            (hit.passage.text[a - hit.passage.start : b - hit.passage.start], hit.path)
            for hit, (a, b, *_) in found.sentences
        ]
        marks = [float(kind == "answer" and holds(row, text, path)) for text, path in texts]
        return Case(source, kind, found, np.array(marks), workspace)

    return ask


def cases() -> Iterator[Case]:
    """Every question in every workspace where it teaches something."""
    for name, folder in SETS.items():
        library = library_of(sorted(file for file in folder.rglob("*") if file.is_file()))
        ask = asker(library, name)
        for other in SETS:
            for number, row in enumerate(questions(other)):
                if other == name and row.get("kind") not in NOT_ALONE:
                    yield ask(kind_of(row), row)
                elif other != name and {other, name} != {"notes", "samples"} and not number % CROSS_EVERY:
                    yield ask("cross", row)
        library.close()
    yield from left_out()
    yield from near_misses()


def left_out() -> Iterator[Case]:
    """Questions asked of a workspace that lacks the very article, or text, that answers them."""
    for name, article in (("wiki", lambda row: row["doc"] + ".txt"), ("spans", lambda row: row["spans"][0]["path"])):
        files = sorted(SETS[name].iterdir())
        for left in files:
            library = library_of([file for file in files if file != left])
            ask = asker(library, name)
            for row in questions(name):
                if evidences(row) and article(row) == left.name:
                    yield ask("left out", row)
            library.close()


def near_misses() -> Iterator[Case]:
    """Questions on paragraphs of many articles, each a file: half of them ask for what the paragraph nearly says."""
    with gzip.open(READER, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["source"] == "unansq"]
    random.Random(7).shuffle(rows)
    folder = Path(tempfile.mkdtemp())
    for number, text in enumerate(dict.fromkeys(row["text"] for row in rows)):
        (folder / f"p{number:04d}.txt").write_text(text, "utf-8")
    library = library_of(sorted(folder.iterdir()))
    ask = asker(library, "articles")
    for answerable in (True, False):
        for row in [row for row in rows if row["answerable"] == answerable][:NEAR_MISSES]:
            gold = [row["text"][a:b] for place, (a, b) in enumerate(row["sents"]) if place in row["gold"]]
            yield ask("answer" if answerable else "near", {"question": row["q"], "evidence": gold})
    library.close()


def by_name(fitted: Fitted) -> dict[str, dict[str, float]]:
    """The content of `fitted.json`."""
    gate = dict(zip(GATE, fitted.gate.tolist(), strict=True)) | {"bias": fitted.bias}
    return {"ranking": dict(zip(FEATURES, fitted.ranking.tolist(), strict=True)), "gate": gate}


def write_projection() -> None:
    """Principal axes of unit token vectors, uncentred, since they are compared by cosine."""
    model = MiniLM(load_settings().threads)
    second_moment = np.zeros((384, 384))
    for folder in SETS.values():
        for file in sorted(folder.rglob("*.*")):
            if file.suffix in (".txt", ".md"):
                paragraphs = file.read_text("utf-8").split("\n\n")[::7]
                for encoded in model.encode([p for p in paragraphs if p.strip()]):
                    tokens = unit(encoded.tokens)
                    second_moment += tokens.T @ tokens
    _, axes = np.linalg.eigh(second_moment)
    np.save(ROOT / "retrieval" / "token_projection.npy", axes[:, ::-1][:, :TOKEN_DIMENSIONS].astype(np.float16))


def main() -> None:
    """Fit, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projection", action="store_true")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    if args.projection:
        write_projection()
    found = list(cases())
    fitted = fit(found)
    print(json.dumps(by_name(fitted)))
    for source in dict.fromkeys(case.source for case in found):
        print("in-sample", source, figures([case for case in found if case.source == source], fitted))
    others, held_out = leave_one_out(found)
    for source, row in others.items():
        print("left out", source, row)
    print("calibration error, held out", round(calibration_error(held_out), 3), "of", len(held_out))
    if args.write:
        FITTED.write_text(json.dumps(by_name(fitted), indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
