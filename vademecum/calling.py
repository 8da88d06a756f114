"""Which tools there are, as JSON, and which call a model would make of one: decided, not run."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import tools
from core.errors import ModelError, UsageError, VademecumError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool

    from vademecum.notebook import Notebook


def described(notebook: "Notebook", wanted: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """The tools called `wanted` (None: all): name, effect, description, parameters (JSON schema), examples."""
    return [_described(tool) for tool in _built(notebook, wanted)]


def call(notebook: "Notebook", request: str, functions: Sequence[Mapping[str, Any]] | None) -> dict[str, Any] | None:
    """The call that the model would make for a request, as `{"name", "args"}`; None where no tool fits.

    `functions`: tools as JSON (`name`, `description`, `parameters`); None: all of ours.

    Raises:
        UsageError: the model is none that could choose.
        ModelError: it cannot call tools, or did not answer.
    """
    model = notebook.model()
    if model is None:
        raise UsageError("choosing a call needs a language model; take another: --model embedded")
    offered = _built(notebook, None) if functions is None else [_completed(function) for function in functions]
    if not offered:
        return None
    made = _asked(model, request, offered)
    return {"name": made[0]["name"], "args": made[0]["args"]} if made else None


def _asked(model: "BaseChatModel", request: str, offered: Sequence[Any]) -> list[Any]:
    """The calls of the model's reply.

    Raises:
        ModelError: it cannot call tools, or did not answer.
    """
    from langchain_core.messages import HumanMessage

    try:
        return model.bind_tools(offered).invoke([HumanMessage(request)]).tool_calls
    except VademecumError:
        raise
    except NotImplementedError as error:
        raise ModelError("this model cannot call tools; take another with --model") from error
    except Exception as error:  # providers share no base class; nothing is swallowed
        first = next(iter(str(error).strip().splitlines()), "")[:200]
        raise ModelError(f"the model did not answer ({type(error).__name__}: {first})") from error


def _built(notebook: "Notebook", wanted: Sequence[str] | None) -> "list[BaseTool]":
    return tools.build(tools.Services(library=notebook.library, settings=notebook.settings), wanted)


def _described(tool: "BaseTool") -> dict[str, Any]:
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
    """A function with what LangChain insists on."""
    return {"description": "", **function, "parameters": function.get("parameters") or {"type": "object"}}
