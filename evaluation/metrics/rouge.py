"""ROUGE-1, -2 and -L of the answer against the best reference, after Lin 2004, with Porter's stems.

Written out here because the usual package, rouge-score, comes as sources only. Tokens are runs of a-z and 0-9 in lower
case; those of more than three characters are stemmed, as rouge-score does.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from vademecum.evaluation.metrics import Metric, Values
from vademecum.language.stems import porter

if TYPE_CHECKING:
    from vademecum.evaluation.outcomes import Judged

_LIN = "Lin 2004, ROUGE: A Package for Automatic Evaluation of Summaries"

METRICS = (
    Metric("rouge1", "words shared with the best reference, stemmed", "F1 of unigrams", f"{_LIN}, section 2"),
    Metric("rouge2", "pairs of words shared with the best reference", "F1 of bigrams", f"{_LIN}, section 2"),
    Metric(
        "rougeL",
        "longest common subsequence with the best reference",
        "F1 of LCS / length of reference and LCS / length of answer",
        f"{_LIN}, section 3",
    ),
)


def score(row: "Judged") -> Values:
    """The three, each by its best reference; nothing where none is known."""
    if not row.case.answer:
        return {}
    scores = [rouge(row.text, reference) for reference in row.case.answer]
    return {name: (max(score[name] for score in scores),) for name in ("rouge1", "rouge2", "rougeL")}


def rouge(prediction: str, reference: str) -> dict[str, float]:
    """ROUGE-1, -2 and -L (F1, in [0, 1]) of a prediction."""
    ours, theirs = tokens(prediction), tokens(reference)
    pairs, their_pairs = list(pairwise(ours)), list(pairwise(theirs))
    return {
        "rouge1": _f1(_shared(ours, theirs), len(ours), len(theirs)),
        "rouge2": _f1(_shared(pairs, their_pairs), len(pairs), len(their_pairs)),
        "rougeL": _f1(longest_common(ours, theirs), len(ours), len(theirs)),
    }


def tokens(text: str) -> list[str]:
    """The stemmed tokens of a text."""
    return [porter(token) if len(token) > 3 else token for token in re.findall(r"[a-z0-9]+", text.lower())]


def longest_common(ours: Sequence[str], theirs: Sequence[str]) -> int:
    """Length of the longest common subsequence; time is the product of the lengths."""
    row = [0] * (len(theirs) + 1)
    for our_token in ours:
        before = 0
        for at, their_token in enumerate(theirs, 1):
            before, row[at] = row[at], before + 1 if our_token == their_token else max(row[at], row[at - 1])
    return row[-1]


def _shared(ours: Sequence[Any], theirs: Sequence[Any]) -> int:
    return sum((Counter(ours) & Counter(theirs)).values())


def _f1(shared: int, ours: int, theirs: int) -> float:
    return 2 * shared / (ours + theirs) if ours and theirs else 0.0
