"""Fit `models/tool_calling/argument_weights.json`: which mention an argument is, and whether a tool fits a request.

    python -m benchmarks.fit_tool_calls [--write]      (about a minute; needs ../shared)

Prints what was right on cases that were held out (five folds; cases that share a request or a function stay together).
Mentions: a conditional logit over the mentions of a request. Gate: a logistic regression over `fit_features`, at the
thresholds that let `CALLED` of the requests for a tool pass.
"""

import argparse
import json
import random
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from benchmarks.measure import ROOT, SHARED
from vademecum.models.tool_calling import argument_extraction, argument_matching, argument_values, tool_choice
from vademecum.models.tool_calling.argument_matching import Request, describe_argument, stems
from vademecum.models.tool_calling.mentions import numbers, spans
from vademecum.models.tool_calling.number_features import number_features
from vademecum.models.tool_calling.span_features import span_features
from vademecum.models.tool_calling.text_encoder import encoder, plain

FOLDS = 5
CALLED = {False: 0.925, True: 0.985}
"""Share of the requests for a tool that pass the gate, where it is the only one and where there are several."""

PENALTY = 0.3
"""Of the conditional logit's weights, squared."""


class Choice(NamedTuple):
    """The mentions for one argument of case `case`: their features (n, f), and which are right (n,)."""

    case: int
    features: np.ndarray
    right: np.ndarray


def read_cases() -> list[dict[str, Any]]:
    """The cases of eval/tools."""
    return [json.loads(line) for line in (SHARED / "eval" / "tools" / "cases.jsonl").read_text("utf-8").splitlines()]


def same(one: Any, other: Any) -> bool:
    """Equal as ../shared/eval/score.py has it."""

    def bare(value: Any) -> Any:
        if isinstance(value, str):
            return value.lower().replace(" ", "").replace(",", "")
        return [bare(item) for item in value] if isinstance(value, list) else value

    return bare(one) == bare(other)


def folds(cases: list[dict[str, Any]]) -> list[int]:
    """A fold for each case; those that share a request or a function have the same."""
    parent = list(range(len(cases)))

    def root(i: int) -> int:
        return i if parent[i] == i else root(parent[i])

    seen: dict[str, int] = {}
    for i, case in enumerate(cases):
        for key in (case["question"], (case["call"] or case["tools"][0])["name"]):
            if key in seen:
                parent[root(i)] = root(seen[key])
            seen.setdefault(key, i)
    draw = random.Random(1)
    drawn: dict[int, int] = {}
    return [drawn.setdefault(root(i), draw.randrange(FOLDS)) for i in range(len(cases))]


def wanted_tool(case: dict[str, Any]) -> dict[str, Any]:
    """The tool that is to be called."""
    return next(tool for tool in case["tools"] if tool["name"] == case["call"]["name"])


def choices(cases: list[dict[str, Any]]) -> tuple[list[Choice], list[Choice], tuple[list[str], list[str]]]:
    """For spans and for numbers: the choices where one is right, and the features' names."""
    encode = encoder()
    of_spans, of_numbers, names = [], [], ([], [])
    for i, case in enumerate(cases):
        if case["call"] is None:
            continue
        tool, text = wanted_tool(case), case["question"]
        properties, needed = tool["parameters"]["properties"], tool["parameters"].get("required", [])
        request, function = Request(text, encode), stems(plain(tool["name"]))
        told, counted = spans(text), numbers(text)
        numeric = [key for key in needed if properties[key].get("type") in {"integer", "number"}]
        for key in needed:
            one, truth = describe_argument(key, properties[key], encode), case["call"]["args"].get(key, [])
            if properties[key].get("type") == "string" and "enum" not in properties[key] and told:
                vectors = encode.vectors([span.text for span in told])
                rows = [span_features(request, s, v, one, function) for s, v in zip(told, vectors, strict=True)]
                right = [any(same(argument_values.text(span, one, text), value) for value in truth) for span in told]
                of_spans += _choice(i, rows, right, names[0])
            if key in numeric and counted:
                row = numeric.index(key) / max(1, len(numeric) - 1)
                ends = max(1, len(counted) - 1)
                rows = [number_features(request, n, one, (j / ends, row)) for j, n in enumerate(counted)]
                right = [any(argument_values.number(number, one) == value for value in truth) for number in counted]
                of_numbers += _choice(i, rows, right, names[1])
    return of_spans, of_numbers, names


def _choice(case: int, rows: list[dict[str, float]], right: list[bool], names: list[str]) -> list[Choice]:
    names[:] = list(rows[0])
    table = np.array([list(row.values()) for row in rows])
    return [Choice(case, table, np.array(right, float))] if any(right) else []


def fit_choices(found: list[Choice], names: list[str]) -> dict[str, float]:
    """Weights by gradient ascent (Adam) on the likelihood that a right mention is chosen."""
    deviation = np.concatenate([choice.features for choice in found]).std(axis=0) + 1e-6
    weights, first, second = (np.zeros(len(names)) for _ in range(3))
    for step in range(1, 301):
        gradient = -PENALTY * weights
        for choice in found:
            rows = choice.features / deviation
            chances = np.exp(rows @ weights - (rows @ weights).max())
            chances /= chances.sum()
            wanted = chances * choice.right / (chances * choice.right).sum()
            gradient += (wanted - chances) @ rows
        gradient /= len(found)
        first, second = 0.9 * first + 0.1 * gradient, 0.99 * second + 0.01 * gradient**2
        weights += 0.05 * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return dict(zip(names, (weights / deviation).round(3).tolist(), strict=True))


class Gate(NamedTuple):
    """Of each case: the features (n, f) of the likeliest tool, whether one is to be called, whether there are more."""

    names: list[str]
    features: np.ndarray
    called: np.ndarray
    several: np.ndarray


def gate_rows(cases: list[dict[str, Any]]) -> Gate:
    """The gate's view of each case."""
    rows = []
    for case in cases:
        tool = tool_choice.choose(case["question"], case["tools"], forced=True)
        rows.append(tool_choice.fit_features(case["question"], tool or {}))
    features = np.array([list(row.values()) for row in rows])
    called, several = [bool(case["call"]) for case in cases], [len(case["tools"]) > 1 for case in cases]
    return Gate(list(rows[0]), features, np.array(called), np.array(several))


def fit_gate(gate: Gate, chosen: np.ndarray) -> tuple[np.ndarray, dict[bool, float]]:
    """Weights for raw features, and the thresholds, from the `chosen` cases."""
    features, called = gate.features[chosen], gate.called[chosen]
    deviation = features.std(axis=0) + 1e-9
    model = LogisticRegression(C=0.3, class_weight="balanced", max_iter=2000).fit(features / deviation, called)
    weights = model.coef_[0] / deviation
    scores = features @ weights
    bars = {
        several: float(np.quantile(scores[called & (gate.several[chosen] == several)], 1 - share))
        for several, share in CALLED.items()
    }
    return weights, bars


def held_out_gate(gate: Gate, fold: np.ndarray) -> dict[str, float]:
    """How the gate does on cases that it was not fitted on, its thresholds included."""
    ranks = np.zeros(len(fold))
    for k in range(FOLDS):
        left = fold == k
        weights, bars = fit_gate(gate, ~left)
        ranks[left] = gate.features[left] @ weights - [bars[several] for several in gate.several[left]]
    passed, called = ranks >= 0, gate.called
    return {
        "called": passed[called].mean(),
        "called_of_several": passed[called & gate.several].mean(),
        "left_alone": (~passed[~called]).mean(),
        "auc_of_one": float(roc_auc_score(called[~gate.several], ranks[~gate.several])),
    }


def held_out_arguments(cases: list[dict[str, Any]], found: Mapping[str, list[Choice]], fold: list[int]) -> float:
    """Share of the calls whose required arguments are all right, by weights fitted without them."""
    kept, right, total = argument_matching.weights, 0, 0
    _, _, names = choices(cases[:3])
    for k in range(FOLDS):
        fitted = {
            of: fit_choices([choice for choice in many if fold[choice.case] != k], names[of == "numbers"])
            for of, many in found.items()
        }
        argument_matching.weights = fitted.__getitem__  # ty: ignore[invalid-assignment]
        for case, of in zip(cases, fold, strict=True):
            if case["call"] and of == k:
                tool = wanted_tool(case)
                args = argument_extraction.Extraction(
                    tool["name"], tool["parameters"], case["question"], encoder()
                ).arguments
                truth = case["call"]["args"]
                needed = tool["parameters"].get("required", [])
                right += all(any(same(args.get(key), value) for value in truth.get(key, [])) for key in needed)
                total += 1
    argument_matching.weights = kept
    return right / total


def main() -> None:
    """Fit, tell, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    cases = read_cases()
    fold = folds(cases)
    of_spans, of_numbers, names = choices(cases)
    gate = gate_rows(cases)
    gate_weights, bars = fit_gate(gate, np.ones(len(cases), bool))
    told = {
        "spans": fit_choices(of_spans, names[0]),
        "numbers": fit_choices(of_numbers, names[1]),
        "gate": {
            **dict(zip(gate.names, gate_weights.round(3).tolist(), strict=True)),
            "bias": round(-bars[False], 3),
            "bias of several": round(-bars[True], 3),
        },
    }
    print(json.dumps({"held_out_gate": held_out_gate(gate, np.array(fold))}))
    print(json.dumps({"held_out_args": held_out_arguments(cases, {"spans": of_spans, "numbers": of_numbers}, fold)}))
    if arguments.write:
        file = ROOT / "models" / "tool_calling" / "argument_weights.json"
        file.write_text(json.dumps(told, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
