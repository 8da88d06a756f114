"""How well passages, or files, are ranked: precision, recall, MRR, MAP and nDCG, counted as trec_eval does.

A passage is relevant where it holds evidence (`evaluation/expected.py`); with `relevant` paths in the data set, files
are ranked instead, each at its best passage. A ranking is a list of booleans, best first: is each rank relevant?
"""

from collections.abc import Sequence
from math import log2
from typing import TYPE_CHECKING

from vademecum.evaluation.metrics import Metric, Values

if TYPE_CHECKING:
    from vademecum.evaluation.outcomes import Judged

_TREC = "TREC, trec_eval"

METRICS = (
    Metric("precision@1", "share of the first passage that is relevant", "relevant in top 1 / 1", _TREC),
    Metric("precision@5", "share of the first 5 passages that are relevant", "relevant in top 5 / 5", _TREC),
    Metric("recall@1", "share of relevant passages found first", "relevant in top 1 / all relevant", _TREC),
    Metric("recall@5", "share of relevant passages among the first 5", "relevant in top 5 / all relevant", _TREC),
    Metric("recall@10", "share of relevant passages among the first 10", "relevant in top 10 / all relevant", _TREC),
    Metric("mrr@10", "how early the first relevant passage comes", "mean of 1 / rank of the first relevant", _TREC),
    Metric(
        "map@10",
        "precision at each relevant passage",
        "sum over relevant ranks i <= 10 of precision@i, / all relevant; mean over cases",
        _TREC,
    ),
    Metric(
        "ndcg@10",
        "relevant passages, worth less the later they come",
        "DCG@10 / ideal DCG@10, DCG@k = sum over i <= k of rel_i / log2(i + 1)",
        "Järvelin and Kekäläinen 2002; TREC, trec_eval",
    ),
)


def score(row: "Judged") -> Values:
    """The measures of one ranking; none where the data set does not say what is relevant."""
    expected = row.truth.relevant
    if not expected:
        return {}
    # A passage, or a file, that is there twice counts at its first rank.
    identities = dict.fromkeys(hit.path if row.truth.by_file else hit.id for hit in row.outcome.hits)
    ranking = [identity in expected for identity in identities]
    measures = {
        "precision@1": precision(ranking, 1),
        "precision@5": precision(ranking, 5),
        "recall@1": recall(ranking, 1, len(expected)),
        "recall@5": recall(ranking, 5, len(expected)),
        "recall@10": recall(ranking, 10, len(expected)),
        "mrr@10": reciprocal_rank(ranking, 10),
        "map@10": average_precision(ranking, 10, len(expected)),
        "ndcg@10": ndcg(ranking, 10, len(expected)),
    }
    return {name: (measure,) for name, measure in measures.items()}


def precision(ranking: Sequence[bool], k: int) -> float:
    """The relevant share of the first `k` ranks, also where the ranking is shorter."""
    return sum(ranking[:k]) / k


def recall(ranking: Sequence[bool], k: int, relevant: int) -> float:
    """The share of all `relevant` (at least 1) that is in the first `k` ranks."""
    return sum(ranking[:k]) / relevant


def reciprocal_rank(ranking: Sequence[bool], k: int) -> float:
    """1 / the rank of the first that is relevant; 0 where none of the first `k` is."""
    return next((1 / rank for rank, hit in enumerate(ranking[:k], 1) if hit), 0.0)


def average_precision(ranking: Sequence[bool], k: int, relevant: int) -> float:
    """The precision at each relevant rank of the first `k`, summed, over the number of all `relevant` (at least 1)."""
    return sum(precision(ranking, rank) for rank, hit in enumerate(ranking[:k], 1) if hit) / relevant


def ndcg(ranking: Sequence[bool], k: int, relevant: int) -> float:
    """The discounted gain of the first `k` ranks over that of the best order of all `relevant` (at least 1)."""
    gain = sum(1 / log2(rank + 1) for rank, hit in enumerate(ranking[:k], 1) if hit)
    return gain / sum(1 / log2(rank + 1) for rank in range(1, min(k, relevant) + 1))
