"""JSON schemas as a very small model needs them: closed to extras, compact, and without room to ramble."""

import json
from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

MAX_CHARS = 500
"""Longest string where the schema sets no bound: a small model may repeat itself until its tokens are spent, and JSON
that is cut short is lost."""

MAX_ITEMS = 8
"""Longest array where the schema sets no bound; the same reason."""

_COMPACT = {"whitespace_flexible": False, "item_separator": ", ", "key_separator": ": "}
"""llguidance writes JSON on one line: given free rein, the model fills lines with blanks."""

_BOUNDING = {"maxLength", "enum", "const", "pattern", "format"}


def for_generation(schema: Mapping[str, Any]) -> Schema:
    """`schema` with bounds on strings and arrays that have none, for llguidance."""
    return {**_bounded(schema), "x-guidance": _COMPACT}


def grammar(schema: Mapping[str, Any]) -> str:
    """The `grammar` of a request whose answer must be JSON of `schema`.

    `response_format` would do so too, but by llama.cpp's own grammar, which knows nothing of `_COMPACT`.
    """
    return f"%llguidance {{}}\nstart: %json {json.dumps(for_generation(schema))}\n"


def _bounded(node: Any) -> Any:
    if isinstance(node, list):
        return [_bounded(part) for part in node]
    if not isinstance(node, Mapping):
        return node
    bounded = {
        key: value if key in {"enum", "const", "default", "examples"} else _bounded(value)
        for key, value in node.items()
    }
    if node.get("type") == "string" and not _BOUNDING & node.keys():
        bounded["maxLength"] = MAX_CHARS
    if node.get("type") == "array" and "maxItems" not in node:
        bounded["maxItems"] = max(MAX_ITEMS, node.get("minItems", 0))
    if node.get("type") == "object" and "properties" in node:
        bounded.setdefault("additionalProperties", False)
    return bounded
