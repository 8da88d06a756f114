"""How well passages, or files, are ranked: precision, recall, MRR, MAP and nDCG, all by ir-measures.

A passage is relevant where it holds evidence (`evaluation/truth.py`); with `relevant` paths in the data set files are
ranked instead, each at its best passage. Where a computer has no build of pytrec-eval-terrier, which ir-measures counts
with (Linux on ARM), only MRR is there.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from evaluation.metrics import Metric, Values

if TYPE_CHECKING:
    from evaluation.outcomes import Judged

_TREC = "TREC, trec_eval; ir-measures (MacAvaney, Macdonald, Ounis 2022)"
_MEASURES = {
    "precision@1": "P@1",
    "precision@5": "P@5",
    "recall@1": "R@1",
    "recall@5": "R@5",
    "recall@10": "R@10",
    "mrr@10": "RR@10",
    "map@10": "AP@10",
    "ndcg@10": "nDCG@10",
}

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
        "Järvelin and Kekäläinen 2002; ir-measures",
    ),
)


def score(row: "Judged") -> Values:
    """The measures of one ranking; none where the data set does not say what is relevant."""
    import ir_measures

    if not row.truth.relevant:
        return {}
    ranked = [hit.path if row.truth.by_file else hit.id for hit in row.outcome.hits]
    found = list(dict.fromkeys(ranked))
    judged = [ir_measures.Qrel("q", identity, 1) for identity in sorted(row.truth.relevant)]
    # Ties would be broken by id: the place in the ranking is the score.
    run = [ir_measures.ScoredDoc("q", identity, float(len(found) - at)) for at, identity in enumerate(found)]
    if not run:
        return dict.fromkeys(_supported(), (0.0,))
    told = {str(it.measure): it.value for it in ir_measures.iter_calc(list(_supported().values()), judged, run)}
    return {name: (float(told[str(measure)]),) for name, measure in _supported().items()}


@lru_cache(1)
def _supported() -> dict[str, Any]:
    """The measures that some provider on this computer can count."""
    import ir_measures

    measures = {name: ir_measures.parse_measure(text) for name, text in _MEASURES.items()}
    return {name: measure for name, measure in measures.items() if ir_measures.DefaultPipeline.supports(measure)}


def missing() -> list[str]:
    """Names of the measures that this computer cannot count."""
    return [name for name in _MEASURES if name not in _supported()]
