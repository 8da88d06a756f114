"""The verdict on a computed sentence: by computing it again from the stored text, and by its cells alone.

A sentence that a calculation made is no quote, and the verdict on words would not carry it. It is supported only where
the same plan, run on the table as its source's text has it now, gives the same sentence and the same places; and, for a
sum, a mean, or an extreme, where the quotes of these places give its number without the table.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from vademecum.core.types import Citation
from vademecum.retrieval.tabular import values
from vademecum.retrieval.tabular.computing import Computation, again
from vademecum.verification.verdict import Judgement

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.reader import CatalogueReader

TOLERANCE = 1e-6
"""Relative difference that rounding may make."""


def judge(
    sentence: str, citations: Sequence[Citation], computation: Computation, catalogue: "CatalogueReader"
) -> Judgement:
    """The verdict on `sentence`, which is said to rest on `citations` by way of `computation`."""
    cited = tuple(citations)
    text = catalogue.text(computation.source_id)
    if any(
        citation.source_id != computation.source_id or text[citation.start : citation.end] != citation.quote
        for citation in cited
    ):
        return Judgement("not found", cited, (), ("a cell that is cited does not stand in the source",))
    computed = again(computation, catalogue)
    if computed is None:
        return Judgement("unsupported", cited, (), ("the calculation gives nothing",))
    if computed.sentence != sentence:
        return Judgement("unsupported", cited, (), (f"the calculation gives another result: {computed.sentence}",))
    if [(one.start, one.end) for one in computed.citations] != [(one.start, one.end) for one in cited]:
        return Judgement("unsupported", cited, (), ("other cells are cited than the calculation rests on",))
    if reason := _differs(sentence, cited, computation):
        return Judgement("unsupported", cited, (), (reason,))
    return Judgement("supported", cited)


def _differs(sentence: str, citations: Sequence[Citation], computation: Computation) -> str:
    """Why the quotes by themselves give another number than the sentence; empty where they give it, or are no cells."""
    action = computation.plan.action
    if action not in ("sum", "mean") or len(citations) < 2:
        return ""
    statement = re.match(r"[^\d-]{0,3}(-?[\d,]+(?:\.\d+)?)", sentence)
    numbers = [values.read(citation.quote).number for citation in citations]
    if statement is None or any(number is None for number in numbers):
        return ""
    if len({values.read(citation.quote).unit for citation in citations}) > 1:
        return ""  # of each unit by itself, which the plan has run again
    total = sum(number for number in numbers if number is not None)
    expected = total / len(numbers) if action == "mean" else total
    number = float(statement[1].replace(",", ""))
    near = abs(number - expected) <= max(0.005, TOLERANCE * abs(expected))
    return "" if near else f"the cells give {expected:,.2f}"
