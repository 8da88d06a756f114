"""The ranking of sentences and the gate, fitted to measured questions and tried on corpora that were left out.

Sentences: a linear score whose softmax over a question's sentences gives the most weight to those that hold the
evidence (listwise, ListNet's top-one loss: Cao et al. 2007). Gate: logistic regression on answerable questions against
those of other subjects, near misses, and questions whose article was left out. `benchmarks/fit_ranking.py` measures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vademecum.retrieval.evidence.sentence_features import FEATURES, SentenceFeatures
from vademecum.retrieval.evidence.weigh_sentences import AT_MOST_WITHOUT, GATE, Fitted, ScoreBaseline, gate_view

SET_WEIGHTS = {"notes": 1.5, "spans": 0.5}
"""So that neither the largest set nor the one with the most files decides alone; 1 for the others."""

KIND_WEIGHTS = {"cross": 0.15, "far": 2.0, "near": 0.4}
"""Of a question in the gate: those of other sets are many, a set's own on other subjects few; 1 for other kinds."""

LESS = frozenset({"short", "missing_names", "rival", "no_kind"})
SIGNS = {name: -1.0 if name in LESS else 1.0 for name in (*FEATURES, *GATE)}
"""What a feature can only speak for (1) or against (-1): a weight of the other sign would make up for another feature,
and does worse on corpora that were left out.
"""

GATE_PENALTY = 3.0

Floats = NDArray[np.float64]


@dataclass
class Workspace:
    """Measured questions about other things, which a workspace's scores are compared with."""

    probes: Sequence[SentenceFeatures]

    def baseline(self, ranking: Floats) -> ScoreBaseline:
        """How well questions about other things fit it, sentences ranked by these weights."""
        scores = [float((one.features @ ranking).max()) if one.sentences else 0.0 for one in self.probes]
        return ScoreBaseline.of(scores, [one.cosine for one in self.probes])


@dataclass
class Case:
    """A question asked of a workspace; `holds`: which of its sentences hold the evidence. `kind`: "answer", or why the
    workspace does not answer it: "near", "far", "cross", "left out".
    """

    source: str
    kind: str
    measured: SentenceFeatures
    holds: Floats
    workspace: Workspace = field(repr=False)


def fit_ranking(cases: Sequence[Case]) -> Floats:
    """Weights of `FEATURES`, by gradient ascent (Adam) on the listwise likelihood, features standardised meanwhile."""
    answers = [case for case in cases if case.kind == "answer" and case.holds.any()]
    stacked = np.concatenate([case.measured.features for case in answers])
    mean, deviation = stacked.mean(0), stacked.std(0) + 1e-9
    rows, holds = _padded([(case.measured.features - mean) / deviation for case in answers], answers)
    importance = np.array([SET_WEIGHTS.get(case.source, 1.0) for case in answers]) / len(answers)
    signs = np.array([SIGNS[name] for name in FEATURES])
    weights, first, second = (np.zeros(len(FEATURES)) for _ in range(3))
    for step in range(1, 251):
        scores = np.where(np.isnan(holds), -np.inf, rows @ weights)
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances /= chances.sum(axis=1, keepdims=True)
        wanted = chances * np.nan_to_num(holds)
        wanted /= wanted.sum(axis=1, keepdims=True)
        gradient = np.einsum("c,cs,csf->f", importance, wanted - chances, rows) - weights / len(answers)
        weights, first, second = _adam(weights, gradient, first, second, step)
        weights[signs * weights < 0] = 0
    return np.round(weights / deviation, 3)


def _padded(rows: Sequence[Floats], cases: Sequence[Case]) -> tuple[Floats, Floats]:
    """Rows (cases, sentences, features) and what holds (cases, sentences), NaN where a case has fewer sentences."""
    longest = max(map(len, rows))
    padded, holds = np.zeros((len(rows), longest, len(FEATURES))), np.full((len(rows), longest), np.nan)
    for number, (own, case) in enumerate(zip(rows, cases, strict=True)):
        padded[number, : len(own)], holds[number, : len(own)] = own, case.holds
    return padded, holds


def gate_rows(cases: Sequence[Case], ranking: Floats) -> Floats:
    """What the gate looks at, (n, len(GATE)), of cases that have sentences."""
    usual = {id(case.workspace): case.workspace for case in cases}
    baselines = {key: workspace.baseline(ranking) for key, workspace in usual.items()}
    rows = []
    for case in cases:
        scores = case.measured.features @ ranking
        best = gate_view(case.measured, int(np.argmax(scores)), float(scores.max()))
        rows.append(baselines[id(case.workspace)].above(best))
    return np.array(rows)


def fit_gate(cases: Sequence[Case], ranking: Floats) -> tuple[Floats, float]:
    """Weights of `GATE`, and the bias, by projected gradient ascent (Adam) on the L2-penalised likelihood."""
    cases = [case for case in cases if case.measured.sentences]
    features = gate_rows(cases, ranking)
    y = np.array([float(case.kind == "answer") for case in cases])
    importance = np.array([KIND_WEIGHTS.get(case.kind, 1.0) * SET_WEIGHTS.get(case.source, 1.0) for case in cases])
    mean, deviation = features.mean(0), features.std(0) + 1e-9
    design = np.c_[(features - mean) / deviation, np.ones(len(features))]
    signs = np.array([*(SIGNS[name] for name in GATE), 0])
    weights, first, second = (np.zeros(design.shape[1]) for _ in range(3))
    for step in range(1, 801):
        errors = importance * (y - 1 / (1 + np.exp(-design @ weights)))
        gradient = (design.T @ errors - GATE_PENALTY * weights * np.r_[np.ones(len(GATE)), 0]) / importance.sum()
        weights, first, second = _adam(weights, gradient, first, second, step)
        weights[signs * weights < 0] = 0
    scaled = np.round(weights[:-1] / deviation, 3)
    return scaled, round(float(weights[-1] - scaled @ mean), 3)


def _adam(weights: Floats, gradient: Floats, first: Floats, second: Floats, step: int) -> tuple[Floats, Floats, Floats]:
    """One step uphill: weights and both moments."""
    first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
    return weights + 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8), first, second


def fit(cases: Sequence[Case]) -> Fitted:
    """Both."""
    ranking = fit_ranking(cases)
    return Fitted(ranking, *fit_gate(cases, ranking))


def chances(cases: Sequence[Case], fitted: Fitted) -> Floats:
    """The chance of each case that the documents answer; cases without sentences are left out by the caller."""
    rows = gate_rows(cases, fitted.ranking)
    given = 1 / (1 + np.exp(-rows @ fitted.gate - fitted.bias))
    return np.where(rows[:, GATE.index("no_kind")] > 0, np.minimum(given, AT_MOST_WITHOUT), given)


def figures(cases: Sequence[Case], fitted: Fitted, refuse_below: float = 0.45) -> dict[str, float]:
    """Of the cases of one corpus: evidence in the first sentence, refusals by kind, and how well the gate separates."""
    cases = [case for case in cases if case.measured.sentences]
    given = chances(cases, fitted)
    answers = [case for case in cases if case.kind == "answer"]
    first = [case.holds[int(np.argmax(case.measured.features @ fitted.ranking))] for case in answers]
    result = {"n": len(answers), "top": float(np.mean(first))}
    of_kind = {kind: given[[case.kind == kind for case in cases]] for kind in {case.kind for case in cases}}
    result |= {f"refused {kind}": float((found < refuse_below).mean()) for kind, found in of_kind.items()}
    for kind, found in of_kind.items():
        if kind != "answer" and "answer" in of_kind:
            result[f"auc {kind}"] = _auc(of_kind["answer"], found)
            result[f"{kind} refused at .05"] = float((found < np.quantile(of_kind["answer"], 0.05)).mean())
    return {name: round(value, 3) for name, value in result.items()}


def leave_one_out(cases: Sequence[Case]) -> tuple[dict[str, dict[str, float]], list[tuple[float, bool]]]:
    """The figures of each corpus by weights that were fitted on the others, and each held-out chance with the truth."""
    found, held_out = {}, []
    for source in dict.fromkeys(case.source for case in cases):
        own = [case for case in cases if case.source == source and case.measured.sentences]
        fitted = fit([case for case in cases if case.source != source])
        found[source] = figures(own, fitted)
        kept = [case for case in own if case.kind in ("answer", "near", "far")]
        held_out += zip(chances(kept, fitted).tolist(), (case.kind == "answer" for case in kept), strict=True)
    return found, held_out


def calibration_error(held_out: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error over `bins` of equal count."""
    ranked = np.array(sorted(held_out), float)
    parts = np.array_split(ranked, bins)
    return float(sum(len(part) * abs(part[:, 0].mean() - part[:, 1].mean()) for part in parts) / len(ranked))


def _auc(higher: Floats, lower: Floats) -> float:
    """The chance that one of `higher` is above one of `lower`."""
    return float((higher[:, None] > lower[None]).mean() + 0.5 * (higher[:, None] == lower[None]).mean())
