"""Agents: a model that decides by itself which tools to call, in a loop of `langchain.agents.create_agent`.

    from vademecum import agents; from vademecum import tools
    agent = agents.build("assistant", chat_model("embedded", settings), tools.build(tools.Services()))
    agent.invoke({"messages": [("user", "What is 17.5% of 2,340?")]})["messages"][-1].text

One file each, found by its name. To add one, write `agents/<name>.py` with a first docstring line that says what it is
for and

    def build(model, tools, *, checkpointer=None, approve="ask") -> CompiledStateGraph: ...

`TOOLS`, where the file has it, names the tools that the agent is given where the person names none, by their files,
with hyphens ("read-document"); a name that is not there is left out. Its instructions are a file in `prompts/`; what
surrounds its loop is `_middleware.stack`. With `approve="ask"` a call that leaves the machine, writes or spends stops
the run (LangGraph's `interrupt`, which needs a checkpointer to go on from) until a person decides. What a run came to
is read from its messages, here: `calls`, `reply`, `citations`.
"""

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage
from pydantic import BaseModel, ConfigDict

from vademecum.agents._decisions import (
    Approval,
    Decide,
    Decision,
    Waiting,
    as_decisions,
    check_edits,
    decision,
    resumption,
    waiting,
)
from vademecum.agents._found import CITATIONS
from vademecum.core import plugins
from vademecum.core.errors import UsageError
from vademecum.core.types import Citation

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

__all__ = [
    "AgentAnswer",
    "Approval",
    "Decide",
    "Decision",
    "ToolCall",
    "Waiting",
    "as_decisions",
    "build",
    "calls",
    "check_edits",
    "citations",
    "decision",
    "describe",
    "names",
    "redacted",
    "reply",
    "resumption",
    "tools_of",
    "waiting",
]


members = plugins.Members("agents")

NOT_RUN = "was not run"
"""The result of a call that has none."""


class ToolCall(NamedTuple):
    """One call of a tool: `result` is what the model read; `failed` where that is an error."""

    tool: str
    args: dict[str, Any]
    result: str
    failed: bool


class AgentAnswer(BaseModel):
    """What a task came to; `seconds` is wall time, `model` who decided and wrote.

    Where calls are `waiting` for a person, it goes on with `Notebook.resume(thread_id, ...)`.
    """

    model_config = ConfigDict(frozen=True)

    task: str
    text: str
    calls: tuple[ToolCall, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    citations: tuple[Citation, ...] = ()
    """The places in documents that the text rests on, as far as it names them."""
    trail: tuple[dict[str, Any], ...] = ()
    """Of a plan: every step that was tried, and what came of it."""
    agent: str = "assistant"
    model: str = ""
    run_id: str = ""
    thread_id: str = ""
    seconds: float = 0.0


def names() -> list[str]:
    """Names of all agents, sorted, as the command line takes them."""
    return members.names()


def describe(name: str) -> str:
    """The first line of the agent's docstring: what it is for."""
    return members.about(name)


def build(
    name: str,
    model: "BaseChatModel",
    tools: "Sequence[BaseTool]",
    *,
    checkpointer: "BaseCheckpointSaver[Any] | bool | None" = None,
    approve: Approval = "ask",
) -> "CompiledStateGraph[Any, Any, Any, Any]":
    """The agent called `name`, as a graph over messages.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    module = members.get(name)
    return module.build(model, tools, checkpointer=checkpointer, approve=approve)


def tools_of(name: str) -> list[str] | None:
    """Names of the tools that the agent is given where the person names none; None: all.

    Raises:
        UsageError: the agent asks for a tool that is not there; the message lists those there are.
    """
    from vademecum import tools

    requested = getattr(members.get(name), "TOOLS", None)
    if requested is None:
        return None
    hyphened, available = [tool.replace("_", "-") for tool in requested], tools.names()
    if unknown := [tool for tool in hyphened if tool not in available]:
        raise UsageError(
            f"the agent {name!r} asks for tools that are not there: {', '.join(unknown)}; "
            f"there are: {', '.join(available)}"
        )
    return [tool for tool in available if tool in hyphened]


def for_drawing(name: str) -> "CompiledStateGraph[Any, Any, Any, Any]":
    """The agent with all its tools and a model that says nothing: to be drawn, not run."""
    from langchain_core.language_models import FakeListChatModel

    from vademecum import tools

    return build(name, FakeListChatModel(responses=[]), tools.build(tools.Services(), tools_of(name)))


def calls(messages: Sequence[AnyMessage]) -> tuple[ToolCall, ...]:
    """The calls of the latest turn (since the person last spoke), in order, as they were run."""
    tool_calls: list[ToolCall] = []
    turn = _latest_turn(messages)
    for place, message in enumerate(turn):
        if isinstance(message, AIMessage):
            # Some servers number the calls of each message from the start.
            after = takewhile(lambda call: not isinstance(call, AIMessage), turn[place + 1 :])
            results = {call.tool_call_id: call for call in after if isinstance(call, ToolMessage)}
            tool_calls += [
                _as_call(call["name"], call["args"], results.get(call["id"] or "")) for call in message.tool_calls
            ]
    return tuple(tool_calls)


def redacted(text: str) -> str:
    """The text without secrets: keys, tokens and passwords are replaced by a word that says so."""
    from vademecum.agents import _secrets

    return _secrets.redacted(text)


def reply(messages: Sequence[AnyMessage]) -> str:
    """The last words of the latest turn; empty where there are none."""
    texts = [message.text for message in _latest_turn(messages) if isinstance(message, AIMessage)]
    return next((text for text in reversed(texts) if text.strip()), "")


def citations(messages: Sequence[AnyMessage]) -> tuple[Citation, ...]:
    """The places in documents that the reply of the latest turn rests on, or that it names, "notes.md, line 3"."""
    last = next(
        (one for one in reversed(_latest_turn(messages)) if isinstance(one, AIMessage) and one.text.strip()), None
    )
    if last is not None and (carried := last.additional_kwargs.get(CITATIONS)):
        return tuple(Citation.model_validate(citation) for citation in carried)
    text = reply(messages)
    cited_places = [
        citation
        for message in _latest_turn(messages)
        if isinstance(message, ToolMessage) and isinstance(message.artifact, list)
        for citation in message.artifact
        if isinstance(citation, Citation)
    ]
    return tuple(citation for citation in dict.fromkeys(cited_places) if _names(text, citation))


def _names(text: str, citation: Citation) -> bool:
    place = f"page {citation.page}" if citation.page else f"line {citation.line}"
    return re.search(rf"{re.escape(citation.path)}, {place}(?!\d)", text) is not None


def _as_call(name: str, args: dict[str, Any], result: ToolMessage | None) -> ToolCall:
    if result is None:
        return ToolCall(name, args, NOT_RUN, failed=True)
    return ToolCall(name, result.additional_kwargs.get("args", args), result.text, failed=result.status == "error")


def _latest_turn(messages: Sequence[AnyMessage]) -> Sequence[AnyMessage]:
    questions = [place for place, message in enumerate(messages) if isinstance(message, HumanMessage)]
    return messages[questions[-1] :] if questions else messages
