"""Which tools there are, as JSON, and which call a model would make of one: decided, not run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from vademecum import tools
from vademecum.core.errors import ModelError, UsageError, VademecumError
from vademecum.models.retryable import unanswered
from vademecum.workspace import Workspace

UNREADABLE = "cannot be read: they must be one JSON object; try again, or take another model with --model"

MAX_DEPTH = 50
"""Schemas within a schema; no person writes more, and what walks through them recurses."""

_NAMED, _LISTED = ("properties", "$defs", "definitions"), ("anyOf", "oneOf", "allOf")
_KINDS: Mapping[str, tuple[type | tuple[type, ...], str]] = {
    **dict.fromkeys(_NAMED, (Mapping, "object")),
    **dict.fromkeys((*_LISTED, "enum", "required"), (list, "list")),
    **dict.fromkeys(("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"), ((int, float), "number")),
    **dict.fromkeys(("description", "pattern", "format", "$ref"), (str, "text")),
}
"""What the values of a JSON schema's keywords must be."""

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool


def describe(workspace: Workspace, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The tools called `names` (None: all): name, effect, description, parameters (JSON schema), examples."""
    return [_describe(tool) for tool in _tools(workspace, names)]


def call(workspace: Workspace, request: str, functions: Sequence[Mapping[str, Any]] | None) -> dict[str, Any] | None:
    """The call that the model would make for a request, as `{"name", "args"}`; None where no tool fits.

    `functions`: tools as JSON (`name`, `description`, `parameters`); None: all of ours.

    Raises:
        UsageError: the model cannot choose calls, or a function cannot be described to a model.
        ModelError: it cannot call tools, did not answer, or wrote arguments that cannot be read.
    """
    model = workspace.model()
    if model is None:
        raise UsageError("choosing a call needs a language model; take another: --model embedded")
    offered = _tools(workspace, None) if functions is None else [_completed(function) for function in functions]
    if not offered:
        return None
    calls = _calls(model, request, offered)
    return {"name": calls[0]["name"], "args": calls[0]["args"]} if calls else None


def _calls(model: "BaseChatModel", request: str, offered: Sequence[Any]) -> list[Any]:
    """The calls of the model's reply.

    Raises:
        ModelError: it cannot call tools, did not answer, or wrote arguments that cannot be read.
    """
    from langchain_core.messages import HumanMessage

    try:
        reply = model.bind_tools(offered).invoke([HumanMessage(request)])
    except VademecumError:
        raise
    except NotImplementedError as error:
        raise ModelError("this model cannot call tools; take another with --model") from error
    except ValidationError as error:  # LangChain's, of arguments that are JSON and no object
        raise ModelError(f"the arguments of the model's call {UNREADABLE}") from error
    except Exception as error:  # providers share no base class; nothing is swallowed
        raise unanswered(error) from error
    if not reply.tool_calls and reply.invalid_tool_calls:
        raise ModelError(f"the arguments of the call of {reply.invalid_tool_calls[0]['name']!r} {UNREADABLE}")
    return reply.tool_calls


def _tools(workspace: Workspace, names: Sequence[str] | None) -> "list[BaseTool]":
    return tools.build(tools.Services(library=workspace.library, settings=workspace.settings), names)


def _describe(tool: "BaseTool") -> dict[str, Any]:
    from langchain_core.utils.function_calling import convert_to_openai_tool

    function = convert_to_openai_tool(tool)["function"]
    return {
        "name": function["name"],
        "effect": tools.effect(tool),
        "description": function.get("description", ""),
        "parameters": function.get("parameters", {}),
        "examples": list((tool.metadata or {}).get("examples", ())),
    }


def _completed(function: Mapping[str, Any]) -> dict[str, Any]:
    """A function with what LangChain insists on.

    Raises:
        UsageError: it has no name, or its parameters are no JSON schema.
    """
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(name, str) or not name.strip() or not isinstance(function.get("description") or "", str):
        raise UsageError('a tool must be {"name", "description", "parameters"}, the first two of them text')
    parameters = function.get("parameters") or {"type": "object"}
    if fault := next(_faults(parameters, "parameters"), ""):
        raise UsageError(f"the tool {name!r} has no JSON schema: {fault}; mend it")
    return {**function, "description": function.get("description") or "", "parameters": parameters}


def _faults(schema: Any, place: str, depth: int = 0) -> Iterator[str]:
    """Where a JSON schema is not made as one; what it says of values is left to the model's server."""
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        yield f"{place} is no object" if depth <= MAX_DEPTH else f"{place} is nested too deeply"
        return
    for key, value in schema.items():
        kind = _KINDS.get(key)
        if kind and value is not None and (not isinstance(value, kind[0]) or isinstance(value, bool)):
            yield f"{key} of {place} is no {kind[1]}"
        elif key in _NAMED and value:
            for name, inner in value.items():
                yield from _faults(inner, f"{place}.{name}", depth + 1)
        elif key in _LISTED and value:
            for inner in value:
                yield from _faults(inner, f"{key} of {place}", depth + 1)
        elif key == "items" and not isinstance(value, bool):
            yield from _faults(value, f"items of {place}", depth + 1)
