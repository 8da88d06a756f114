"""The node that answers from tables: what a question asks of figures is computed, and checked by computing it again."""

import re
from collections.abc import Mapping
from typing import Any

from vademecum.core.types import Hit
from vademecum.graphs import _claims
from vademecum.graphs._claims import Claim
from vademecum.retrieval.tabular.computing import compute, tables_of
from vademecum.verification import computed as verification

_CALCULATED = re.compile(
    r"\b(?:how many|how often|number of|count of|in total|altogether|combined|on average|average|mean|sum of|total|"
    r"consecutive|difference|more than|less than|fewer than|at least|at most|most|least|fewest|\w{3,}est|first|last)\b",
    re.IGNORECASE,
)
"""Words of a question that one row of a table does not answer."""


def computed(state: Mapping[str, Any], context: Any) -> list[Claim]:
    """The computed answer to the question as a claim that has its verdict; empty where no table gives one."""
    catalogue, hits = context.library.catalogue, state["hits"]
    answer = compute(state["standalone"], catalogue, [hit.passage.source_id for hit in hits])
    if answer is None or answer.chance < context.refuse_below:
        return []
    judgement = verification.judge(answer.sentence, answer.citations, answer.computation, catalogue)
    claim: Claim = {
        **_claims.claim(answer.sentence, [citation.quote for citation in answer.citations], "computed"),
        "text": answer.sentence,
        "verdict": judgement.verdict,
        "citations": list(judgement.citations),
        "reasons": list(judgement.reasons),
        "computation": answer.words,
    }
    return [claim] if _claims.passed(claim) else []


def asks_for_more(question: str, hits: list[Hit], context: Any) -> bool:
    """Whether a row is the best that was found, and the question asks for more than a row says: it is not quoted then."""
    if not hits or not _CALCULATED.search(question):
        return False
    passage, catalogue = hits[0].passage, context.library.catalogue
    return any(
        row.start <= passage.start < row.end or passage.start <= row.start < passage.end
        for table in tables_of(catalogue, passage.source_id)
        for row in table.rows
    )
