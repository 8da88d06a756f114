"""Bounds on every tool: in time, in the length of a result, and in what it raises, which is words for the model.

`guarded` is applied by `tools.build`, so that an agent gets it for every tool, its own and others'.
"""

import contextvars
import functools
import json
import threading
from collections.abc import Callable
from typing import Any

from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool, StructuredTool, Tool, ToolException

from vademecum.core.errors import ToolError, VademecumError
from vademecum.tools._background import complete, late
from vademecum.tools._quoting import one_line

MAX_MEDIA = 5_000_000
"""Longest result with pictures, in characters of JSON; they are sent to the model as they are."""


def guarded(tool: BaseTool, *, seconds: float, chars: int) -> BaseTool:
    """The same tool within bounds: `seconds` for a call, `chars` for the text of a result.

    A call raises ToolError and nothing else, except what LangChain handles by itself: arguments that do not fit the
    schema, a ToolException for which the tool has a handler, and LangGraph's interrupts. The tool is sync: an async
    caller has it run in a thread.
    """
    from langgraph.errors import GraphBubbleUp

    passed = (GraphBubbleUp, *((ToolException,) if tool.handle_tool_error else ()))
    pair = tool.response_format == "content_and_artifact"
    bound = functools.partial(_bounded, seconds=seconds, chars=chars, pair=pair, passed=passed)
    if isinstance(tool, StructuredTool | Tool):
        function = tool.func or complete(tool.coroutine, seconds)
        return tool.model_copy(update={"func": bound(function), "coroutine": None})
    copied_names = ("name", "description", "return_direct", "tags", "metadata", "extras", "response_format")
    return StructuredTool(
        args_schema=tool.args_schema or tool.get_input_schema(),
        func=bound(tool._run),
        handle_tool_error=tool.handle_tool_error,
        handle_validation_error=tool.handle_validation_error,
        **{name: getattr(tool, name) for name in copied_names},
    )


def _bounded(
    function: Callable[..., Any], *, seconds: float, chars: int, pair: bool, passed: tuple[type[BaseException], ...]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        result, error = _within(seconds, functools.partial(function, *args, **kwargs))
        if isinstance(error, passed) or (isinstance(error, ToolError) and len(str(error)) <= chars):
            raise error
        if error is not None:
            raise _in_words(error, chars) from error
        if pair and isinstance(result, tuple) and len(result) == 2:
            content = shortened(result[0], chars)
            # What belonged to a result that had to be cut is as long, and would be kept in every checkpoint.
            return content, result[1] if content is result[0] else None
        return shortened(result, chars)

    return call


def _within(seconds: float, call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """What `call` returns or raises; a thread that takes longer is left behind, and dies with the process."""
    results: list[Any] = []
    errors: list[BaseException] = []
    context = contextvars.copy_context()

    def run() -> None:
        try:
            results.append(context.run(call))
        except BaseException as error:  # noqa: BLE001 (handed to the caller: a tool may raise anything, SystemExit too)
            errors.append(error)

    thread = threading.Thread(target=run, name="tool", daemon=True)
    thread.start()
    # Ctrl-C is raised here, in the caller's thread, and goes its way.
    thread.join(seconds)
    if errors:
        return None, errors[0]
    return (results[0], None) if results else (None, ToolError(late(seconds)))


def _in_words(error: BaseException, chars: int) -> ToolError:
    text = str(error) if isinstance(error, VademecumError) else f"it failed: {described(error)}"
    return ToolError(shortened(text, chars))


def described(error: BaseException) -> str:
    """An error that is not ours, in one line: its kind, and what it says."""
    return one_line(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


def shortened(content: Any, chars: int) -> Any:
    """What a model is shown of a result: as it is where its text has at most `chars` characters, else its beginning."""
    if isinstance(content, ToolMessage):
        cut = shortened(content.content, chars)
        return content if cut is content.content else content.model_copy(update={"content": cut, "artifact": None})
    text = content if isinstance(content, str) else _as_text(content)
    blocks = [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
    block_text = "\n".join(str(block["text"]) for block in blocks if "text" in block)
    if len(text) <= chars or (blocks and len(block_text) <= chars and len(text) <= MAX_MEDIA):
        return content
    text = block_text or text
    return f"{text[:chars]}\n[The result goes on: it has {len(text):,} characters, of which these are the first.]"


def _as_text(content: Any) -> str:
    try:
        return json.dumps(content, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return str(content)
