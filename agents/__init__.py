"""Agents: a model that decides by itself which tools to call, in a loop of `langchain.agents.create_agent`.

One file each, found by its name. To add one, write `agents/<name>.py` with a first docstring line that says what it is
for and

    def build(model, tools, *, checkpointer=None, ask_before=()) -> CompiledStateGraph: ...

Its instructions are a file in `prompts/`. What a run came to is read from its messages, here: `calls` and `reply`.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from pydantic import BaseModel, ConfigDict

Approval = Literal["all", "ask", "none"]
"""Who lets a tool run: every call runs, a person is asked before each, or none runs."""


class ToolCall(NamedTuple):
    """One call of a tool: `result` is what the model read; `failed` where that is an error."""

    tool: str
    args: dict[str, Any]
    result: str
    failed: bool


class AgentAnswer(BaseModel):
    """What a task came to; `seconds` is wall time, `model` who decided and wrote."""

    model_config = ConfigDict(frozen=True)

    task: str
    text: str
    calls: tuple[ToolCall, ...] = ()
    model: str = ""
    run_id: str = ""
    thread_id: str = ""
    seconds: float = 0.0


def calls(messages: Sequence[AnyMessage]) -> tuple[ToolCall, ...]:
    """The calls of the latest turn (since the person last spoke), in order."""
    turn = _latest_turn(messages)
    results = {message.tool_call_id: message for message in turn if isinstance(message, ToolMessage)}
    made = [call for message in turn if isinstance(message, AIMessage) for call in message.tool_calls]
    return tuple(_as_call(call["name"], call["args"], results.get(call["id"] or "")) for call in made)


def reply(messages: Sequence[AnyMessage]) -> str:
    """The last words of the latest turn; empty where there are none."""
    said = [message.text for message in _latest_turn(messages) if isinstance(message, AIMessage)]
    return next((text for text in reversed(said) if text.strip()), "")


def _as_call(name: str, args: dict[str, Any], result: ToolMessage | None) -> ToolCall:
    if result is None:
        return ToolCall(name, args, "was not run", failed=True)
    return ToolCall(name, args, result.text, failed=result.status == "error")


def _latest_turn(messages: Sequence[AnyMessage]) -> Sequence[AnyMessage]:
    asked = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return messages[asked[-1] :] if asked else messages
