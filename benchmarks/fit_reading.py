"""Fit how much the trained reader counts (`retrieval/evidence/read_passages.py`), and say what it is worth.

    python -m benchmarks.fit_reading [--cases FILE]      (about four minutes; needs ../shared)

Prints the constants, and for each corpus, without the reader and with it: the share of questions whose first sentence
holds the evidence; how well confidence tells answerable questions from near misses (AUC), and what share of these is
refused at 5% wrong refusals. "Left out" is with all weights, also those of the other features, fitted on the other
corpora. FILE keeps what was measured. Of wiki the reader has seen six articles in training; "wiki, unseen" are the
questions on the two others.

Sentences: listwise (ListNet's top-one loss: Cao et al. 2007) over the score of the other features, the reader's
log-odds, and whether it read. Gate: logistic regression of the gate's log-odds and the reader's best.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.ranking_cases import ReadCase, cases
from benchmarks.ranking_fit import SET_WEIGHTS, Workspace, calibration_error, fit
from vademecum.retrieval.evidence.weigh_sentences import Fitted, ScoreBaseline, fitted, gate_view

Floats = NDArray[np.float64]

KIND_WEIGHTS = {"cross": 0.3, "far": 1.0, "left out": 1.0, "near": 0.2}
"""In the gate; 1 for an answerable question. With twice as much it refuses twice as many answerable questions of spans
and samples."""

UNSEEN = ("Force", "Warsaw")
"""Articles of wiki on which the reader was not trained."""

REFUSE_BELOW = np.log(0.45 / 0.55)
"""Log-odds of the setting `refuse_below`."""

WRONG_REFUSALS = 0.05


class Scored(NamedTuple):
    """A case by some weights of the other features. `columns` (n, 3): of each sentence the score by these, the reader's
    log-odds, and 1 where it is not read. `log_odds` (n,) are the gate's without the reader, if that sentence leads.
    """

    case: ReadCase
    columns: Floats
    log_odds: Floats

    def view(self, weights: Floats) -> Floats:
        """What the gate looks at where sentences are ranked by `weights`: its log-odds, and the reader's best."""
        lead = int(np.argmax(self.columns[:, : len(weights)] @ weights))
        read = self.columns[self.columns[:, 2] == 0, 1]
        return np.array([self.log_odds[lead], read.max() if len(read) else 0.0])


def scored(found: Sequence[ReadCase], weights: Fitted) -> list[Scored]:
    """The cases by these weights of the other features."""
    baselines: dict[int, tuple[Workspace, ScoreBaseline]] = {}
    rows = []
    for case in found:
        if id(case.workspace) not in baselines:
            baselines[id(case.workspace)] = case.workspace, case.workspace.baseline(weights.ranking)
        baseline = baselines[id(case.workspace)][1]
        scores = case.measured.features @ weights.ranking
        views = [gate_view(case.measured, i, float(scores.max())) for i in range(len(scores))]
        odds = np.array([baseline.above(view) for view in views]) @ weights.gate + weights.bias
        unread = np.isnan(case.readings[:, :1])
        rows.append(Scored(case, np.hstack([scores[:, None], np.nan_to_num(case.readings[:, :1]), unread]), odds))
    return rows


def fit_scores(found: Sequence[Scored], width: int = 3) -> Floats:
    """Weights of the first `width` columns, by gradient ascent (Adam) on the listwise likelihood."""
    answers = [one for one in found if one.case.kind == "answer" and one.case.holds.any()]
    longest = max(len(one.columns) for one in answers)
    rows, holds = np.zeros((len(answers), longest, width)), np.zeros((len(answers), longest))
    there = np.zeros((len(answers), longest), bool)
    for i, one in enumerate(answers):
        n = len(one.columns)
        rows[i, :n], holds[i, :n], there[i, :n] = one.columns[:, :width], one.case.holds, True
    mean, deviation = rows[there].mean(0), rows[there].std(0) + 1e-9
    rows = np.where(there[:, :, None], (rows - mean) / deviation, 0)
    importance = np.array([SET_WEIGHTS.get(one.case.source, 1.0) for one in answers]) / len(answers)
    weights, first, second = (np.zeros(width) for _ in range(3))
    for step in range(1, 251):
        scores = np.where(there, rows @ weights, -np.inf)
        chances = np.exp(scores - scores.max(1, keepdims=True))
        chances /= chances.sum(1, keepdims=True)
        wanted = chances * holds / (chances * holds).sum(1, keepdims=True)
        gradient = np.einsum("i,in,inf->f", importance, wanted - chances, rows) - weights / len(answers)
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        weights += 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return weights / deviation


def fit_gate(found: Sequence[Scored], weights: Floats) -> Floats:
    """Two weights and the constant term, by Newton's method on the L2-penalised likelihood."""
    rows = np.array([one.view(weights) for one in found])
    labels = np.array([float(one.case.kind == "answer") for one in found])
    importance = np.array([KIND_WEIGHTS.get(one.case.kind, 1.0) for one in found])
    mean, deviation = rows.mean(0), rows.std(0)
    design = np.c_[(rows - mean) / deviation, np.ones(len(rows))]
    beta, penalty = np.zeros(3), np.diag([1, 1, 1e-6])
    for _ in range(25):
        chances = 1 / (1 + np.exp(-design @ beta))
        hessian = (design * (importance * chances * (1 - chances))[:, None]).T @ design + penalty
        beta += np.linalg.solve(hessian, design.T @ (importance * (labels - chances)) - penalty @ beta)
    scale = beta[:2] / deviation
    return np.array([*scale, beta[2] - scale @ mean])


def log_odds(found: Sequence[Scored], weights: Floats, gate: Floats) -> Floats:
    """The gate's, of each case."""
    return np.array([float(one.view(weights) @ gate[:2] + gate[2]) for one in found])


def tops(found: Sequence[Scored], weights: Floats) -> Floats:
    """Of each answerable question 1 where its first sentence holds the evidence."""
    answers = [one for one in found if one.case.kind == "answer"]
    return np.array([one.case.holds[np.argmax(one.columns[:, : len(weights)] @ weights)] for one in answers])


def figures(found: Sequence[Scored], weights: Floats, gate: Floats) -> dict[str, float]:
    """What these cases come to with these weights, rounded."""
    odds, kinds = log_odds(found, weights, gate), np.array([one.case.kind for one in found])
    asked, near, others = odds[kinds == "answer"], odds[kinds == "near"], odds[np.isin(kinds, ("far", "cross"))]
    row = {"n": len(asked), "first": float(tops(found, weights).mean()), "refused": (asked < REFUSE_BELOW).mean()}
    if len(others):
        row["others refused"] = (others < REFUSE_BELOW).mean()
    if len(near):
        above, same = (asked[:, None] > near).mean(), (asked[:, None] == near).mean()
        row |= {"near": len(near), "near auc": above + same / 2, "near refused": (near < REFUSE_BELOW).mean()}
        row["near refused at 5%"] = (near < np.quantile(asked, WRONG_REFUSALS)).mean()
    return {name: round(float(value), 3) for name, value in row.items()}


def interval(gains: Floats) -> list[float]:
    """95% of the means of gains drawn again (bootstrap)."""
    drawn = np.random.default_rng(0).choice(gains, (2000, len(gains))).mean(1)
    return np.quantile(drawn, (0.025, 0.975)).round(3).tolist()


WITHOUT = np.ones(1), np.array([1.0, 0.0, 0.0])


def both(found: Sequence[Scored]) -> tuple[Floats, Floats]:
    """The reader's share in scores, and in the gate."""
    weights = fit_scores(found)
    return weights, fit_gate(found, weights)


def report(found: Sequence[ReadCase]) -> None:
    """Print a line for each corpus and each way."""
    everything = scored(found, fitted())
    shipped = both(everything)
    print(json.dumps({"READ_WEIGHTS": shipped[0].round(3).tolist(), "READ_GATE": shipped[1].round(3).tolist()}))
    held_out: dict[str, list[tuple[float, bool]]] = {"without": [], "with": []}
    gains: list[float] = []
    for source in dict.fromkeys(case.source for case in found):
        base = fit([case for case in found if case.source != source])
        left_out = both(scored([case for case in found if case.source != source], base))
        own, own_in = (
            scored([c for c in found if c.source == source], base),
            [one for one in everything if one.case.source == source],
        )
        _print(source, own, own_in, left_out, shipped)
        if source == "wiki":
            unseen = [[one for one in part if one.case.article in UNSEEN] for part in (own, own_in)]
            _print("wiki, unseen", *unseen, left_out, shipped)
        gains += (tops(own, left_out[0]) - tops(own, WITHOUT[0])).tolist()
        judged = [one for one in own if one.case.kind in ("answer", "near", "far")]
        for name, way in (("without", WITHOUT), ("with", left_out)):
            chances = 1 / (1 + np.exp(-log_odds(judged, *way)))
            held_out[name] += zip(chances.tolist(), (one.case.kind == "answer" for one in judged), strict=True)
    print(
        json.dumps(
            {"all, left out": len(gains), "gain": round(float(np.mean(gains)), 3), "95%": interval(np.array(gains))}
        )
    )
    print(
        json.dumps({f"calibration error {name}": round(calibration_error(rows), 3) for name, rows in held_out.items()})
    )


def _print(
    name: str,
    own: Sequence[Scored],
    own_in: Sequence[Scored],
    left_out: tuple[Floats, Floats],
    shipped: tuple[Floats, Floats],
) -> None:
    ways = {"left out, without": (own, WITHOUT), "left out": (own, left_out)}
    ways |= {"in-sample, without": (own_in, WITHOUT), "in-sample": (own_in, shipped)}
    for way, (cases_scored, weights) in ways.items():
        print(json.dumps({"set": name, "reader": way, **figures(cases_scored, *weights)}))
    change = tops(own, left_out[0]) - tops(own, WITHOUT[0])
    print(json.dumps({"set": name, "gain": round(float(change.mean()), 3), "95%": interval(change)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=Path)
    parser.add_argument("--every", type=int, default=1, help="ask one of so many questions")
    given = parser.parse_args()
    report(cases(given.cases, given.every))


if __name__ == "__main__":
    main()
