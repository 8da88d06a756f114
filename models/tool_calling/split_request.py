"""A request that asks for several things, in its parts: "What is 5% of 80, and what do my notes say about LSTM?"

By rules, so that the same request always has the same parts: a part begins behind "and", "then", a comma or the end of
a sentence, and with a word that begins a question or an order, or with the documents that it asks.
"""

import re

from vademecum.models.tool_calling.document_requests import DOCUMENTS, asked_of_documents

MAX_PARTS = 4
"""More parts are left together in the last one."""

_BEGINS = (
    "what|what['’]s|how|who|who['’]s|when|when['’]s|where|where['’]s|which|why|is|are|do|does|did|will|can|could|should|"
    "calculate|compute|work out|convert|find|search|look|tell|show|give|open|read|run|execute|check|list|get|write|"
    "draft|translate|summari[sz]e|compare|explain|google|multiply|add|divide|subtract|please"
)
_BETWEEN = re.compile(
    r"((?:[.?!;]+\s+(?:(?:and|also|then)[,\s]+)?|,?\s+(?:and|then),?\s+(?:(?:then|also),?\s+)?)"
    rf"(?=(?:{_BEGINS})\b|(?:according to|based on|going by|in|from) {DOCUMENTS}))",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(r"\b(?:it|this|that|them|these|those)\b", re.IGNORECASE)
_OPEN_ENDED = re.compile(
    r"^(?:please\s+)?(?:write|draft|compose|translate|summari[sz]e|explain|why|imagine|invent|tell me a)\b", re.I
)


def parts(request: str) -> list[str]:
    """The parts of a request, in its order; one where it asks for one thing."""
    first, *others = _BETWEEN.split(request, maxsplit=MAX_PARTS - 1)
    request_parts = [first]
    for between, part in zip(others[::2], others[1::2], strict=True):
        # "Go through my notes and tell me ...": what only says where to look is no part of its own.
        if asked_of_documents(request_parts[-1]) == "" and not _POINTS_BACK.search(request_parts[-1]):
            request_parts[-1] += between + part
        else:
            request_parts.append(part)
    return [plain for part in request_parts if (plain := part.strip(" ,;"))] or [request]


def takes_writing(part: str) -> bool:
    """Whether a part asks for something to be written or explained, which no tool does."""
    return bool(_OPEN_ENDED.match(part))
