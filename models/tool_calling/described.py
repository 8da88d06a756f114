"""Tools as a model is told of them, and which of them it may choose."""

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from vademecum.core.errors import UsageError
from vademecum.models.tool_calling.arguments import Function

Tool = dict[str, Any] | type | Callable[..., Any] | BaseTool


def described(tool: Tool) -> Function:
    """The tool as OpenAI describes functions, with its examples.

    Examples are taken from `metadata["examples"]` or `extras["examples"]` of a LangChain tool, or "examples" of a
    dict: each `{"request": ..., "args": {...}}`, or a request alone.
    """
    function = dict(convert_to_openai_tool(tool)["function"])
    attributes = (
        tool
        if isinstance(tool, dict)
        else {**(getattr(tool, "extras", None) or {}), **(getattr(tool, "metadata", None) or {})}
    )
    examples = attributes.get("examples") if isinstance(attributes, dict) else None
    return {**function, "examples": list(examples)} if examples else function


def resolve_tool_choice(tool_choice: str | dict[str, Any] | bool | None, functions: Sequence[Function]) -> str | None:
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
