"""What a model with tools says for itself: what tools answered, as it stands; what failed; what it cannot do.

Numbers and quotes are not retold by the model, which would mangle them. What came from elsewhere is marked as quoted.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from vademecum.models.messages import text_of

MAX_CHARS = 6000
"""Longest result told; the rest is counted."""

_LONGEST_SENTENCE = 300
"""A result of one line and up to this many characters is made a sentence; a longer one is quoted."""

_BIGGER = "A larger model can do more: --model ollama:..., --model http://host:port/v1, or a .gguf file."


def results_in_words(messages: Sequence[BaseMessage]) -> str | None:
    """What the tools answered to the last request, in plain sentences; None where it is not their turn."""
    results: list[ToolMessage] = []
    for message in reversed(messages):
        if not isinstance(message, ToolMessage):
            break
        results.insert(0, message)
    if not results:
        return None
    names = {call["id"]: call["name"] for call in _calls_before(messages, len(results))}
    return "\n\n".join(
        _in_words(message, message.name or names.get(message.tool_call_id) or "the tool") for message in results
    )


def cannot(names: Sequence[str], part: str = "") -> str:
    """That none of the tools does what was asked, or the `part` of it; which there are; and how to have it done."""
    what = f"I could not do this part: “{part}”. " if part else ""
    listed = f"None of my tools fits: {', '.join(names)}." if names else "I have no tools."
    return f"{what}{listed} By itself this very small model answers nothing. {_BIGGER}"


def _in_words(message: ToolMessage, name: str) -> str:
    result = text_of(message).strip()
    if message.status == "error":
        return _sentence(result if result.startswith(name) else f"{name} could not do this: {result or 'it failed'}")
    if not result:
        return f"{name} gave no result."
    if len(result) > MAX_CHARS:
        result = f"{result[:MAX_CHARS].rstrip()} ... ({len(result) - MAX_CHARS:,} more characters)"
    if re.search(r"^> ", result, re.MULTILINE):
        return result
    if "\n" in result or len(result) > _LONGEST_SENTENCE:
        return "\n".join([f"{name} answered:", *(f"> {line}" for line in result.splitlines())])
    if len(result.split()) == 1 or _is_json(result):
        return f"The result is {result.rstrip('.')}."
    return _sentence(result)


def _sentence(text: str) -> str:
    return text if text[-1] in '.!?…)]}"”' else f"{text}."


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _calls_before(messages: Sequence[BaseMessage], count: int) -> list[Any]:
    """The calls of the message before the last `count`."""
    before = messages[-count - 1] if len(messages) > count else None
    return list(before.tool_calls) if isinstance(before, AIMessage) else []
