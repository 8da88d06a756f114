"""The node that answers from tables: what a question asks of figures is computed, and checked by computing it again."""

import re
from collections.abc import Mapping
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import Command

from vademecum.core.types import Hit
from vademecum.graphs import _claims
from vademecum.graphs._claims import Claim
from vademecum.retrieval.tabular import computing
from vademecum.verification import computed as verification

NEXT = ("grade_documents", "abstain", "finish")
"""Where the node leads."""

_CALCULATED = re.compile(
    r"\b(?:how many|how often|(?:the|total) number of|in total|altogether|combined|on average|average|sum of|"
    r"consecutive|difference|(?:the|had|has|have|did) (?:most|least|fewest)|cheapest|"
    r"(?!(?:rest|test|west|best|latest|interest|guest|request)\b)\w{3,}est)\b",
    re.IGNORECASE,
)
"""Words of a question that one row of a table does not answer."""

_ORDERED = re.compile(r"\b(?:first|last|next|before|after|total|more|less|fewer|at least|at most|or)\b", re.IGNORECASE)
"""Further ones, where nothing but one table is asked."""


def compute(state: Any, runtime: Runtime[Any]) -> Command[Any]:
    """Compute what is asked of the figures in a table; abstain where a row would be quoted that does not say it."""
    claims, chance, by_model = computed(state, runtime.context)
    if not claims:
        refuses = asks_for_more(state["standalone"], state["hits"], runtime.context)
        return Command(goto="abstain" if refuses else "grade_documents")
    for claim in claims:
        runtime.stream_writer({"sentence": _claims.as_sentence(claim)})
    evidence = state["evidence"].model_copy(update={"confidence": chance})
    return Command(
        update={
            "claims": claims,
            "evidence": evidence,
            "drafted_by": runtime.context.model_name if by_model else "extractive",
        },
        goto="finish",
    )


def computed(state: Mapping[str, Any], context: Any) -> tuple[list[Claim], float, bool]:
    """The computed answer as a claim that has its verdict, its chance to be right, and whether a model made the plan.

    Where no table gives one, there is no claim.
    """
    catalogue = context.library.catalogue
    question, hits, by_model = state["standalone"], state["hits"], False
    answer = computing.compute(question, catalogue, hits, state["evidence"])
    if answer is None and context.strategy == "draft" and asks_for_more(question, hits, context):  # small ones misplan
        answer, by_model = computing.compute_by_model(context.model, question, catalogue, hits), True
    if answer is None or answer.chance < context.refuse_below:
        return [], 0.0, by_model
    judgement = verification.judge(answer.sentence, answer.citations, answer.computation, catalogue)
    claim: Claim = {
        **_claims.claim(answer.sentence, [citation.quote for citation in answer.citations], "computed"),
        "text": answer.sentence,
        "verdict": judgement.verdict,
        "citations": list(judgement.citations),
        "reasons": list(judgement.reasons),
    }
    return [claim] if _claims.passed(claim) else [], answer.chance, by_model


def asks_for_more(question: str, hits: list[Hit], context: Any) -> bool:
    """Whether a row is the best that was found, and the question asks for more than one row says."""
    alone = len({hit.passage.source_id for hit in hits}) == 1
    if not hits or not computing.is_of_table(hits[0].passage):
        return False
    if not (_CALCULATED.search(question) or (alone and _ORDERED.search(question))):
        return False
    passage, catalogue = hits[0].passage, context.library.catalogue
    return any(
        row.start <= passage.start < row.end or passage.start <= row.start < passage.end
        for table in computing.tables_of(catalogue, passage.source_id)
        for row in table.rows
    )
