"""Inputs and outputs of steps, made readable: messages, documents, and other values, which can be unfolded.

Values are the JSON of traces and states. They are drawn as plain text (`assets/value.js` sets `textContent`), so a
value may contain anything that a document or a model wrote.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from vademecum.ui import component

MAX_TEXT = 4000
"""Characters of one text that are shown; the number of the others is shown."""

MAX_ITEMS = 60
"""Items of one list or object that are shown."""

MAX_DEPTH = 14
ROLES = {"human": "person", "user": "person", "ai": "model", "assistant": "model", "system": "system", "tool": "tool"}
HIDDEN = frozenset({"additional_kwargs", "response_metadata", "invalid_tool_calls", "example", "artifact"})
"""Fields of a message that mean nothing to a person, or repeat others."""

_COMMAND = {"graph", "update", "resume", "goto"}
"""Fields of LangGraph's `Command`, by which a node chooses the next one."""

EMPTY: tuple[Any, ...] = (None, "", [], {})

Shape = dict[str, Any]


def show(value: Any, key: str, *, changed_keys: Sequence[str] = ()) -> None:
    """Draw a value; `changed_keys` of its first level are marked and unfolded."""
    component.show(
        "value", '<div class="value"></div>', key=key, data={"value": shape(value), "marked": list(changed_keys)}
    )


def shape(value: Any, depth: int = 0) -> Shape:
    """The data of the component: each part with its `kind`, shortened if it is too long for a page."""
    value = _unwrapped(value)
    if isinstance(value, str):
        return {"kind": "text", "text": value[:MAX_TEXT], "left": max(0, len(value) - MAX_TEXT)}
    if isinstance(value, Mapping):
        return _of_mapping(value, depth)
    if isinstance(value, list | tuple):
        if depth >= MAX_DEPTH:
            return {"kind": "plain", "text": f"{len(value)} items, too deep to show"}
        items = [shape(element, depth + 1) for element in value[:MAX_ITEMS]]
        return {"kind": "list", "items": items, "left": max(0, len(value) - MAX_ITEMS)}
    literals = {None: "null", True: "true", False: "false"}
    return {"kind": "plain", "text": literals[value] if value is None or isinstance(value, bool) else str(value)}


def _of_mapping(value: Mapping[str, Any], depth: int) -> Shape:
    if depth >= MAX_DEPTH:
        return {"kind": "plain", "text": f"{len(value)} fields, too deep to show"}
    if isinstance(value.get("type"), str) and value["type"] in ROLES and "content" in value:
        return _message(value, depth)
    if isinstance(text := value.get("page_content"), str):
        return _document(value.get("metadata") or {}, text, depth)
    if isinstance(passage := value.get("passage"), Mapping) and "text" in passage:
        return _document({**value, **passage, "passage": None, "text": None}, str(passage["text"]), depth)
    if isinstance(quote := value.get("quote"), str) and "path" in value:
        return _document({**value, "quote": None}, quote, depth)
    fields = sorted(value.items(), key=lambda field: field[1] in EMPTY)  # what is empty goes to the end
    items = [[str(name), shape(field_value, depth + 1)] for name, field_value in fields[:MAX_ITEMS]]
    return {"kind": "object", "items": items, "left": max(0, len(value) - MAX_ITEMS)}


def _message(value: Mapping[str, Any], depth: int) -> Shape:
    content = value["content"]
    blocks = content if isinstance(content, list) else [content]
    text = "\n".join(
        str(block.get("text") or f"({block.get('type', 'attachment')})") if isinstance(block, Mapping) else str(block)
        for block in blocks
        if block
    )
    skipped = HIDDEN | {"content", "type"}
    other_fields = {name: field for name, field in value.items() if name not in skipped and field not in EMPTY}
    return {
        "kind": "message",
        "role": ROLES[value["type"]],
        "name": str(value.get("name") or ""),
        "text": text[:MAX_TEXT],
        "left": max(0, len(text) - MAX_TEXT),
        "more": shape(other_fields, depth + 1) if other_fields else None,
    }


def _document(metadata: Mapping[str, Any], text: str, depth: int) -> Shape:
    location = [str(metadata["path"])] if metadata.get("path") else []
    location += [f"{name} {metadata[name]}" for name in ("page", "line") if metadata.get(name)]
    score = metadata.get("score")
    location += [f"score {score:.2f}"] if isinstance(score, float) else []
    return {
        "kind": "document",
        "title": str(metadata.get("title") or metadata.get("source") or "Document"),
        "place": " · ".join(location),
        "text": text[:MAX_TEXT],
        "left": max(0, len(text) - MAX_TEXT),
        "more": shape(
            {name: field_value for name, field_value in metadata.items() if field_value not in EMPTY}, depth + 1
        ),
    }


def _unwrapped(value: Any) -> Any:
    """A value without the wrappers of LangChain and LangGraph; a pair (role, text) becomes a message."""
    if isinstance(value, Mapping):
        return _without_wrapping(value)
    if not isinstance(value, list | tuple):
        return value
    if len(value) == 1 and isinstance(value[0], list) and value[0] and isinstance(value[0][0], Mapping):
        return value[0]  # a batch of one
    if len(value) == 2 and all(isinstance(part, str) for part in value) and value[0] in ROLES:
        return {"type": value[0], "content": value[1]}
    return value


def _without_wrapping(value: Mapping[str, Any]) -> Any:
    if value.get("lc") == 1 and isinstance(value.get("kwargs"), Mapping):
        return value["kwargs"]
    if set(value) == _COMMAND:
        update = value["update"]
        return {"goes on to": value["goto"], **(update if isinstance(update, Mapping) else {"update": update})}
    if set(value) == {"output"} and isinstance(value["output"], Mapping):
        return _without_wrapping(value["output"])
    replies = value.get("generations")
    if isinstance(replies, list) and all(isinstance(batch, list) for batch in replies):
        messages = [
            reply.get("message") or reply if isinstance(reply, Mapping) else reply
            for batch in replies
            for reply in batch
        ]
        return {"replies": messages}
    return value
