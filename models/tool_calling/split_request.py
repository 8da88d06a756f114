"""A request that asks for several things, split: "What is 5% of 80, and what do my notes say about LSTM?"

By rules, so that the same request always has the same parts. A part ends at `.`, `?`, `!` or `;`, or before "and" or
"then" (with or without a comma), if the next words begin a question or an order, or name the documents ("in my
notes"). A comma alone does not split.
"""

import re

from vademecum.models.tool_calling.document_requests import DOCUMENTS, asked_of_documents

MAX_PARTS = 4
"""Most parts of one request. Whatever follows the last allowed split stays in the last part."""

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
_ASKS_FOR_TEXT = re.compile(
    r"^(?:please\s+)?(?:write|draft|compose|translate|summari[sz]e|explain|why|imagine|invent|tell me a)\b", re.I
)


def split_request(request: str) -> list[str]:
    """The parts of a request, in its order; the whole of it where it asks for one thing."""
    first, *others = _BETWEEN.split(request, maxsplit=MAX_PARTS - 1)
    request_parts = [first]
    for between, part in zip(others[::2], others[1::2], strict=True):
        # Empty: "Go through my notes" says where to look, not what for. The next part says that: they are one.
        if asked_of_documents(request_parts[-1]) == "" and not _POINTS_BACK.search(request_parts[-1]):
            request_parts[-1] += between + part
        else:
            request_parts.append(part)
    return [plain for part in request_parts if (plain := part.strip(" ,;"))] or [request]


def asks_for_text(part: str) -> bool:
    """Whether a part asks for something to be written or explained, which no tool does."""
    return bool(_ASKS_FOR_TEXT.match(part))
