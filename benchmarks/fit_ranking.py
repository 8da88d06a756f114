"""Fit the constants of `retrieval/evidence/weigh_sentences.py`, and print them, and the projection of `encode.py`.

    python -m benchmarks.fit_ranking [--projection]      (about five minutes; needs ../shared)

Sentences: a linear score whose softmax over a question's sentences gives the most weight to those that hold the
evidence (listwise, ListNet's top-one loss: Cao et al. 2007). Gate: logistic regression on answerable questions against
those of other subjects: the sets' own, questions of the other sets, and questions whose article has been left out.
`--projection` writes `retrieval/token_projection.npy` first: principal axes of the token vectors of all corpora.
"""

import argparse
import json
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vademecum.core.settings import load_settings
from vademecum.models.minilm import MiniLM
from vademecum.retrieval.encode import TOKEN_DIMENSIONS, unit
from vademecum.retrieval.evidence.weigh_sentences import FEATURES, measure
from vademecum.retrieval.ingestion.ingest import ingest
from vademecum.retrieval.library import Library

ROOT = Path(__file__).resolve().parent.parent
EVAL = ROOT.parent / "shared" / "eval"
SETS = {name: EVAL / name / "corpus" for name in ("wiki", "notes", "spans")} | {
    "samples": ROOT / "samples" / "handbook"
}
SET_WEIGHTS = {"wiki": 1.0, "notes": 1.5, "spans": 0.5, "samples": 1.0}
"""So that neither the largest set nor the one with the most files decides alone."""

CROSS_WEIGHT = 0.15
"""Of a question of another set, of which there are many, against a set's own question on another subject at 2."""


@dataclass
class Case:
    """A question asked of a workspace: its sentences' features (n, 5), which hold the evidence, and the gate's view."""

    source: str
    kind: str
    rows: np.ndarray
    holds: np.ndarray
    cosine: float
    usual: tuple[float, float]


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


def library_of(files: list[Path]) -> Library:
    """A workspace of these files, in a temporary folder."""
    folder = Path(tempfile.mkdtemp())
    for file in files:
        (folder / "files").mkdir(exist_ok=True)
        os.symlink(file, folder / "files" / file.name)
    library = Library(folder / "home", load_settings())
    ingest(library, [folder / "files"])
    return library


def ask(library: Library, source: str, kind: str, row: dict) -> Case:
    """Measure one question."""
    hits = library.search(row["question"], mode="best")
    measured = measure(library.catalogue, library.question(row["question"]), hits)
    texts = [h.passage.text[a - h.passage.start : b - h.passage.start] for h, a, b in measured.sentences]
    holds = [kind == "answer" and any(covers(text, e) for e in evidences(row)) for text in texts]
    baseline = library.score_baseline()
    return Case(
        source, kind, measured.features, np.array(holds, float), measured.cosine, (baseline.score, baseline.cosine)
    )


def cases() -> Iterator[Case]:
    """Every question in every workspace where it teaches something."""
    for name, folder in SETS.items():
        library = library_of(sorted(file for file in folder.rglob("*") if file.is_file()))
        for other in SETS:
            for row in questions(other):
                far = "other subject" in row.get("kind", "")
                if other == name and (evidences(row) or far):
                    yield ask(library, name, "answer" if evidences(row) else "far", row)
                elif other != name and {other, name} != {"notes", "samples"} and (evidences(row) or far):
                    yield ask(library, other, "cross", row)
        library.close()
    yield from left_out()


def left_out() -> Iterator[Case]:
    """Questions asked of a workspace that lacks the very article, or text, that answers them."""
    for name, article in (("wiki", lambda row: row["doc"] + ".txt"), ("spans", lambda row: row["spans"][0]["path"])):
        files = sorted(SETS[name].iterdir())
        for left in files:
            library = library_of([file for file in files if file != left])
            for row in questions(name):
                if evidences(row) and article(row) == left.name:
                    yield ask(library, name, "left out", row)
            library.close()


def fit_sentences(found: list[Case]) -> np.ndarray:
    """Weights (5,) by gradient ascent (Adam) on the listwise likelihood, features standardised meanwhile."""
    answers = [case for case in found if case.kind == "answer" and case.holds.any()]
    stacked = np.concatenate([case.rows for case in answers])
    mean, deviation = stacked.mean(0), stacked.std(0) + 1e-9
    weights, first, second = (np.zeros(len(FEATURES)) for _ in range(3))
    for step in range(1, 251):
        gradient = -weights / len(answers)
        for case in answers:
            rows = (case.rows - mean) / deviation
            chances = np.exp(rows @ weights - (rows @ weights).max())
            chances /= chances.sum()
            wanted = chances * case.holds / (chances * case.holds).sum()
            gradient += SET_WEIGHTS[case.source] * (wanted - chances) @ rows / len(answers)
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        weights += 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return weights / deviation


def fit_gate(found: list[Case], sentence_weights: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (3,) and bias by Newton's method on the L2-penalised likelihood."""
    rows, labels, importance = [], [], []
    for case in found:
        if not len(case.rows):
            continue
        scores = case.rows @ sentence_weights
        best = int(np.argmax(scores))
        words = case.rows[best][FEATURES.index("words")]
        rows.append([scores[best] - case.usual[0], case.cosine - case.usual[1], words])
        labels.append(float(case.kind == "answer"))
        importance.append({"cross": CROSS_WEIGHT, "far": 2.0}.get(case.kind, 1.0))
    features, y, importance = np.array(rows), np.array(labels), np.array(importance)
    mean, deviation = features.mean(0), features.std(0)
    design = np.c_[(features - mean) / deviation, np.ones(len(features))]
    beta, penalty = np.zeros(4), np.diag([1, 1, 1, 1e-6])
    for _ in range(25):
        chances = 1 / (1 + np.exp(-design @ beta))
        hessian = (design * (importance * chances * (1 - chances))[:, None]).T @ design + penalty
        beta += np.linalg.solve(hessian, design.T @ (importance * (y - chances)) - penalty @ beta)
    weights = beta[:3] / deviation
    return weights, float(beta[3] - weights @ mean)


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
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--projection", action="store_true")
    if parser.parse_args().projection:
        write_projection()
    found = list(cases())
    sentences = np.round(fit_sentences(found), 2)
    gate, bias = fit_gate(found, sentences)
    print(
        json.dumps({"WEIGHTS": sentences.tolist(), "GATE_WEIGHTS": gate.round(3).tolist(), "GATE_BIAS": round(bias, 2)})
    )


if __name__ == "__main__":
    main()
