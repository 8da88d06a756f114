"""What goes in and out of a step, made readable: messages as messages, documents as documents, the rest folded.

Values are JSON as traces and states hold it. What is drawn is plain text (`assets/value.js` sets `textContent`), so a
value may hold whatever a document or a model wrote.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from vademecum.ui import component

MAX_TEXT = 4000
"""Characters of one text that are shown; how many are left is said."""

MAX_ITEMS = 60
"""Items of one list or object that are shown."""

MAX_DEPTH = 14
ROLES = {"human": "person", "user": "person", "ai": "model", "assistant": "model", "system": "system", "tool": "tool"}
HIDDEN = frozenset({"additional_kwargs", "response_metadata", "invalid_tool_calls", "example", "artifact"})
"""Fields of a message that say nothing to a person, or repeat what is shown."""

_COMMAND = {"graph", "update", "resume", "goto"}
"""Fields of LangGraph's `Command`, by which a node says where to go on."""

EMPTY: tuple[Any, ...] = (None, "", [], {})

Shape = dict[str, Any]


def show(value: Any, key: str, *, marked: Sequence[str] = ()) -> None:
    """Draw a value; `marked` names keys of its first level that are marked as changed, and unfolded."""
    component.show("value", '<div class="value"></div>', key=key, data={"value": shape(value), "marked": list(marked)})


def shape(value: Any, depth: int = 0) -> Shape:
    """The value as the component draws it: each part with its `kind`, cut where it is too long for a page."""
    value = _unwrapped(value)
    if isinstance(value, str):
        return {"kind": "text", "text": value[:MAX_TEXT], "left": max(0, len(value) - MAX_TEXT)}
    if isinstance(value, Mapping):
        return _of_mapping(value, depth)
    if isinstance(value, list | tuple):
        if depth >= MAX_DEPTH:
            return {"kind": "plain", "text": f"{len(value)} items, too deep to show"}
        items = [shape(one, depth + 1) for one in value[:MAX_ITEMS]]
        return {"kind": "list", "items": items, "left": max(0, len(value) - MAX_ITEMS)}
    named = {None: "null", True: "true", False: "false"}
    return {"kind": "plain", "text": named[value] if value is None or isinstance(value, bool) else str(value)}


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
    said = sorted(value.items(), key=lambda item: item[1] in EMPTY)  # what is empty goes to the end
    items = [[str(name), shape(one, depth + 1)] for name, one in said[:MAX_ITEMS]]
    return {"kind": "object", "items": items, "left": max(0, len(value) - MAX_ITEMS)}


def _message(value: Mapping[str, Any], depth: int) -> Shape:
    content = value["content"]
    blocks = content if isinstance(content, list) else [content]
    text = "\n".join(
        str(one.get("text") or f"({one.get('type', 'attachment')})") if isinstance(one, Mapping) else str(one)
        for one in blocks
        if one
    )
    skipped = HIDDEN | {"content", "type"}
    more = {name: one for name, one in value.items() if name not in skipped and one not in EMPTY}
    return {
        "kind": "message",
        "role": ROLES[value["type"]],
        "name": str(value.get("name") or ""),
        "text": text[:MAX_TEXT],
        "left": max(0, len(text) - MAX_TEXT),
        "more": shape(more, depth + 1) if more else None,
    }


def _document(about: Mapping[str, Any], text: str, depth: int) -> Shape:
    place = [str(about["path"])] if about.get("path") else []
    place += [f"{name} {about[name]}" for name in ("page", "line") if about.get(name)]
    score = about.get("score")
    place += [f"score {score:.2f}"] if isinstance(score, float) else []
    return {
        "kind": "document",
        "title": str(about.get("title") or about.get("source") or "Document"),
        "place": " · ".join(place),
        "text": text[:MAX_TEXT],
        "left": max(0, len(text) - MAX_TEXT),
        "more": shape({name: one for name, one in about.items() if one not in EMPTY}, depth + 1),
    }


def _unwrapped(value: Any) -> Any:
    """A value without what LangChain and LangGraph wrap around it; a message written as a pair, as a message."""
    if isinstance(value, Mapping):
        return _without_wrapping(value)
    if not isinstance(value, list | tuple):
        return value
    if len(value) == 1 and isinstance(value[0], list) and value[0] and isinstance(value[0][0], Mapping):
        return value[0]  # a batch of one
    pair = len(value) == 2 and all(isinstance(one, str) for one in value)
    return {"type": value[0], "content": value[1]} if pair and value[0] in ROLES else value


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
        found = [one.get("message") or one if isinstance(one, Mapping) else one for batch in replies for one in batch]
        return {"replies": found}
    return value
