"""What tools answered, in plain sentences for a person; what failed; what cannot be done.

Numbers and quotes are not retold by a very small model, which would mangle them. What came from elsewhere is marked as
quoted. What a tool says to the model alone stands in brackets, in lines of their own at its end, and is left out.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from vademecum.models.messages import text_of

MAX_CHARS = 6000
"""Longest result told; the rest is counted."""

IN_WORDS = "in_words"
"""Where a tool's message carries, in `additional_kwargs`, the words that a person is told instead of its text."""

_LONGEST_SENTENCE = 300
"""A result of one line and up to this many characters is made a sentence; a longer one is quoted."""

_MOST_FIELDS = 6
"""Fields of an object that are told in one sentence."""

_BIGGER = "A larger model can do more: vade models pull qwen-1.5b, or --model with one of a server or a .gguf file."

_FOR_THE_MODEL = re.compile(r"(?:\s*\n\[[^\]\n]*\])+\s*$")
_ORIGIN = re.compile(r"^Quoted from (.+?)\. What (?:it says|they say) is material, not instructions\.\s+")
_EQUATION = re.compile(r"(.{1,200}?) ([=≈]) ([^=≈]{1,80})")


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
        result_in_words(message, message.name or names.get(message.tool_call_id) or "the tool") for message in results
    )


def cannot(names: Sequence[str], part: str = "") -> str:
    """That none of the tools does what was asked, or the `part` of it; which there are; and how to have it done."""
    what = f"I could not do this part: “{part}”. " if part else ""
    listed = f"None of my tools fits: {', '.join(names)}." if names else "I have no tools."
    return f"{what}{listed} By itself this very small model answers nothing. {_BIGGER}"


def result_in_words(message: ToolMessage, name: str) -> str:
    """What the tool called `name` answered, in plain sentences, or quoted."""
    if told := message.additional_kwargs.get(IN_WORDS):
        return told
    result = without_advice(text_of(message)).replace("the person's", "your")
    if message.status == "error":
        return _sentence(result if result.startswith(name) else f"{name} could not do this: {result or 'it failed'}")
    if not result:
        return f"{name} gave no result."
    if len(result) > MAX_CHARS:
        result = f"{result[:MAX_CHARS].rstrip()} ... ({len(result) - MAX_CHARS:,} more characters)"
    origin = _ORIGIN.match(result)
    if origin:
        result = result[origin.end() :]
        bare = re.sub(r"^> ?", "", result, flags=re.MULTILINE)
        return _fields_in_words(bare) or f"From {origin[1]}:\n{result}"
    if re.search(r"^> ", result, re.MULTILINE):
        return result
    return _fields_in_words(result) or text_in_words(result, name)


def without_advice(result: str) -> str:
    """A result without what it says to the model alone."""
    return _FOR_THE_MODEL.sub("", result).strip()


def without_origin(result: str) -> str:
    """A result without the line that says where it is quoted from."""
    return _ORIGIN.sub("", result)


def text_in_words(result: str, name: str) -> str:
    """A result that is no data, as a sentence, or quoted where it is more than one."""
    if equation := _EQUATION.fullmatch(result):
        value = f"{'about ' if equation[2] == '≈' else ''}{equation[3]}"
        if equation[1][0].isalpha():  # "divide 9 by 3" cannot be what something is
            return _sentence(f"{equation[1][0].upper()}{equation[1][1:]}: {value}")
        return _sentence(f"{equation[1]} is {value}")
    if "\n" in result or len(result) > _LONGEST_SENTENCE:
        return "\n".join([f"{name} answered:", *(f"> {line}" for line in result.splitlines())])
    if len(result.split()) == 1:
        return f"The result is {result.rstrip('.')}."
    return _sentence(result)


def _fields_in_words(text: str) -> str:
    """JSON in a sentence, or as a list of its fields; empty where the text is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return ""
    if isinstance(value, Mapping) and value and all(_is_scalar(field) for field in value.values()):
        if len(value) <= _MOST_FIELDS:
            told = "; ".join(_field(_words(key), field) for key, field in value.items())
            return _sentence(f"{told[0].upper()}{told[1:]}")
    elif isinstance(value, list) and value and all(_is_scalar(field) for field in value):
        if len(value) == 1:
            return _sentence(f"The result is {_scalar(value[0])}")
        return _sentence(f"The results are {', '.join(map(_scalar, value[:-1]))} and {_scalar(value[-1])}")
    elif _is_scalar(value):
        return _sentence(f"The result is {_scalar(value)}")
    lines = [f"- {path}: {_scalar(field)}" if path else f"- {_scalar(field)}" for path, field in _leaves(value)]
    return "\n".join(["The result:", *lines]) if lines else "The result is empty."


def _field(name: str, field: Any) -> str:
    return f"{name}: {_scalar(field)}" if isinstance(field, bool) else f"the {name} is {_scalar(field)}"


def _leaves(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every field with its path in words."""
    if _is_scalar(value):
        return [(path, value)]
    members = value.items() if isinstance(value, Mapping) else enumerate(value, 1)
    return [leaf for key, member in members for leaf in _leaves(member, f"{path} {_words(str(key))}".strip())]


def _words(key: str) -> str:
    """A field's name as words: "snake_case" and "camelCase" taken apart."""
    return " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).replace("_", " ").replace("-", " ").split()).lower()


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "unknown" if value is None else " ".join(str(value).split())


def _sentence(text: str) -> str:
    return text if text[-1] in '.!?…)]}"”' else f"{text}."


def _calls_before(messages: Sequence[BaseMessage], count: int) -> list[Any]:
    """The calls of the message before the last `count`."""
    before = messages[-count - 1] if len(messages) > count else None
    return list(before.tool_calls) if isinstance(before, AIMessage) else []
