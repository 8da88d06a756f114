"""What a model with tools says next: a call of the tool that fits, or, once tools have answered, what they said.

Two-stage, because the model is too small to call tools by itself: likeness chooses (`tool_choice.py`), a grammar
fills (`arguments.py`). What tools answered is told as it stands, not by the model, which would mangle the numbers.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage
from langchain_core.messages.tool import ToolCall, tool_call
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from core.errors import UsageError
from models.arguments import Function, fill
from models.llama import Llama
from models.messages import text_of
from models.tool_choice import choose

Tool = dict[str, Any] | type | Callable[..., Any] | BaseTool

_LONGEST_SENTENCE = 300
"""A result of one line and up to this many characters is made a sentence; a longer one stands as it is."""


def described(tool: Tool) -> Function:
    """The tool as OpenAI describes functions, with its examples.

    Examples are taken from `metadata["examples"]` or `extras["examples"]` of a LangChain tool, or "examples" of a
    dict: each `{"request": ..., "args": {...}}`, or a request alone.
    """
    function = dict(convert_to_openai_tool(tool)["function"])
    kept = (
        tool
        if isinstance(tool, dict)
        else {**(getattr(tool, "extras", None) or {}), **(getattr(tool, "metadata", None) or {})}
    )
    examples = kept.get("examples") if isinstance(kept, dict) else None
    return {**function, "examples": list(examples)} if examples else function


def wanted(tool_choice: str | dict[str, Any] | bool | None, functions: Sequence[Function]) -> str | None:
    """`tool_choice` as one of: None (free), "any", "none", or the name of a tool.

    Raises:
        UsageError: it names a tool that is not there.
    """
    if isinstance(tool_choice, dict):
        tool_choice = tool_choice.get("function", tool_choice).get("name") or tool_choice.get("type")
    if tool_choice in {None, False, "auto"}:
        return None
    if tool_choice in {True, "any", "required"}:
        return "any"
    names = [function["name"] for function in functions]
    if tool_choice == "none" or tool_choice in names:
        return str(tool_choice)
    raise UsageError(f"no tool named {tool_choice!r} to choose; there are: {', '.join(names)}")


def next_call(
    llama: Llama, messages: Sequence[BaseMessage], functions: Sequence[Function], choice: str | None, threads: int = 0
) -> ToolCall | None:
    """The call that answers the last request, or None where no tool fits, or `choice` is "none"."""
    if choice == "none":
        return None
    request = _last_request(messages)
    forced = choice is not None
    candidates = [function for function in functions if choice in {None, "any", function["name"]}]
    if forced and len(candidates) > 1:
        # A tool that has answered is not forced again: an agent that must always call would never end.
        fresh = [function for function in candidates if function["name"] not in _called(messages)]
        candidates = fresh or candidates
    function = choose(request, candidates, threads=threads, forced=forced)
    if function is None:
        return None
    return tool_call(
        name=function["name"], args=fill(llama, function, request, threads), id=f"call_{uuid.uuid4().hex[:12]}"
    )


def told_results(messages: Sequence[BaseMessage]) -> str | None:
    """What the tools answered to the last request, in plain sentences; None where it is not their turn."""
    results: list[str] = []
    for message in reversed(messages):
        if not isinstance(message, ToolMessage):
            break
        results.insert(0, _told(text_of(message)))
    return "\n\n".join(results) if results else None


def _told(result: str) -> str:
    result = result.strip()
    if not result:
        return "The tool gave no result."
    if "\n" in result or len(result) > _LONGEST_SENTENCE:
        return result
    if len(result.split()) == 1 or _is_json(result):
        return f"The result is {result.rstrip('.')}."
    return result if result[-1] in '.!?…)]}"”' else f"{result}."


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _last_request(messages: Sequence[BaseMessage]) -> str:
    return next((text_of(message) for message in reversed(messages) if isinstance(message, HumanMessage)), "")


def _called(messages: Sequence[BaseMessage]) -> set[str]:
    """Names of the tools called since the last request."""
    names: set[str] = set()
    for message in reversed(messages):
        if isinstance(message, HumanMessage):
            break
        if isinstance(message, AIMessage):
            names.update(call["name"] for call in message.tool_calls)
    return names
