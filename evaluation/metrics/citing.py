"""Citations against the evidence, character by character, and sentences against their citations."""

from typing import TYPE_CHECKING

from vademecum.evaluation.metrics import Metric, Values, ratio

if TYPE_CHECKING:
    from vademecum.core.types import Citation
    from vademecum.evaluation.cases import Span
    from vademecum.evaluation.outcomes import Judged

_SPANS = "Smith and Troynikov 2024, Evaluating Chunking Strategies for Retrieval (token-level precision and recall)"

METRICS = (
    Metric("citation_precision", "share of cited characters that are evidence", "|cited ∩ evidence| / |cited|", _SPANS),
    Metric("citation_recall", "share of the evidence that is cited", "|cited ∩ evidence| / |evidence|", _SPANS),
    Metric(
        "true_quotes",
        "share of quotes that are the source's text at their place",
        "quotes equal to text[start:end] / all quotes, over all cases",
        "docs/architecture.md, the idea",
        of=ratio,
    ),
    Metric(
        "groundedness",
        "share of sentences that their quotes carry",
        "sentences with the verdict 'supported' / all sentences, over all cases",
        "verification/verdict.py; Rashkin et al. 2023, attribution to identified sources",
        of=ratio,
    ),
)


def score(row: "Judged") -> Values:
    """The family's numbers. Citation precision and recall need evidence with a place; a refusal cites nothing."""
    values: Values = {}
    if row.truth.spans:
        options = [(span,) for span in row.truth.spans] if row.truth.alternatives else [row.truth.spans]
        recall, precision = max(overlap(row.citations, option)[::-1] for option in options)
        values["citation_recall"] = (recall,)
        if row.citations:
            values["citation_precision"] = (precision,)
    if row.true_quotes:
        values["true_quotes"] = (float(sum(row.true_quotes)), float(len(row.true_quotes)))
    if row.supported:
        values["groundedness"] = (float(sum(row.supported)), float(len(row.supported)))
    return values


def overlap(citations: "tuple[Citation, ...]", spans: "tuple[Span, ...]") -> tuple[float, float]:
    """Precision and recall of the cited characters; both 0 where nothing is cited."""
    cited = {(citation.path, at) for citation in citations for at in range(citation.start, citation.end)}
    evidence = {(span.path, at) for span in spans for at in range(span.start, span.end)}
    both = len(cited & evidence)
    return (both / len(cited) if cited else 0.0), (both / len(evidence) if evidence else 0.0)
