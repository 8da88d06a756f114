"""What surrounds the loop of every agent: a person's leave, bounds, retries, redaction, care for long conversations.

    create_agent(model, tools, middleware=stack(model, tools, approve="ask"))

Middleware that wraps a call is listed from the outside in; hooks after the model run from the last to the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain.agents.middleware import (
    AgentMiddleware,
    HumanInTheLoopMiddleware,
    InterruptOnConfig,
    ModelCallLimitMiddleware,
    ModelRetryMiddleware,
    PIIMiddleware,
    ToolCallLimitMiddleware,
    ToolErrorMiddleware,
    ToolRetryMiddleware,
)
from langchain.agents.middleware.types import ToolCallRequest

from vademecum import prompts
from vademecum.agents import _secrets
from vademecum.agents._approval import Refusals, review
from vademecum.agents._decisions import Approval
from vademecum.agents._model_errors import BoundedReplies, ModelErrors, Summarization, UnreadableCalls
from vademecum.agents._results import BoundedResults, QuotedResults
from vademecum.agents._told import ToldInWords, is_small
from vademecum.agents._trimming import Trimming
from vademecum.core.errors import VademecumError
from vademecum.models.retryable import transient
from vademecum.tools import effect, needs_approval

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool


MAX_STEPS = 400
"""Recursion limit: more than the bounds below let a run take, each hook of the middleware being a step."""


@dataclass(frozen=True)
class Bounds:
    """How far a run may go. LangGraph's own limit of 10,007 steps would let a confused model run for hours."""

    model_calls: int = 8
    tool_calls: int = 16
    retries: int = 2
    """Further tries at a call that failed for a reason that may pass."""

    first_wait: float = 0.5
    """Seconds before the first of them; each next one waits twice as long."""

    result_chars: int = 20_000
    """Longest result of a tool, in characters."""

    summary_from: int = 24_000
    """Tokens from which on a conversation is summarised (estimated)."""

    small_tokens: int = 2_000
    """Tokens of earlier turns that a model in this process is shown: its window has 4,096."""


def stack(
    model: "BaseChatModel", tools: "Sequence[BaseTool]", *, approve: Approval, bounds: Bounds | None = None
) -> list[AgentMiddleware[Any, Any, Any]]:
    """The middleware of an agent with these tools."""
    bounds = bounds or Bounds()
    guarded = [tool for tool in tools if needs_approval(tool)]
    return [
        ModelCallLimitMiddleware(run_limit=bounds.model_calls, exit_behavior="end"),
        ToolCallLimitMiddleware(run_limit=bounds.tool_calls),
        *_approval(model, guarded, approve),
        UnreadableCalls(),
        BoundedResults(bounds.result_chars),
        ToolErrorMiddleware(told_to_the_model),
        ToolRetryMiddleware(
            tools=[tool.name for tool in tools if effect(tool) in ("none", "network")],
            retry_on=transient,
            on_failure="error",
            max_retries=bounds.retries,
            initial_delay=bounds.first_wait,
        ),
        PIIMiddleware(_secrets.KIND, detector=_secrets.find, apply_to_output=True, apply_to_tool_results=True),
        *_long_conversations(model, bounds),
        ToldInWords(model, reads=not tells_results(model)),
        *([] if tells_results(model) else [QuotedResults()]),
        BoundedReplies(),
        ModelErrors(),
        ModelRetryMiddleware(
            retry_on=transient, on_failure="error", max_retries=bounds.retries, initial_delay=bounds.first_wait
        ),
    ]


def told_to_the_model(error: Exception, request: ToolCallRequest) -> str:
    """What the model reads where a tool failed: the words of our own errors, one line of any other."""
    name = request.tool_call["name"]
    if isinstance(error, VademecumError):
        return f"{name} could not do this: {error}"
    first = next(iter(str(error).strip().splitlines()), "")[:200]
    return f"{name} failed ({type(error).__name__}: {first}).\n[Do without it, or say what is missing.]"


def tells_results(model: "BaseChatModel") -> bool:
    """Whether the model hands on what tools returned as it stands, and never reads it: the embedded one does."""
    return bool(getattr(model, "tells_results", False))


def _approval(
    model: "BaseChatModel", guarded: "Sequence[BaseTool]", approve: Approval
) -> list[AgentMiddleware[Any, Any, Any]]:
    if not guarded or approve == "all":
        return []
    if approve == "none":
        return [Refusals([tool.name for tool in guarded])]
    on: dict[str, bool | InterruptOnConfig] = {tool.name: review(tool) for tool in guarded}
    if is_small(model):  # it would tell the person what they have just done
        return [HumanInTheLoopMiddleware(on, edit_notice=None)]
    return [HumanInTheLoopMiddleware(on)]


def _long_conversations(model: "BaseChatModel", bounds: Bounds) -> list[AgentMiddleware[Any, Any, Any]]:
    if is_small(model):
        return [Trimming(bounds.small_tokens)]
    return [Summarization(model, trigger=("tokens", bounds.summary_from), keep=("messages", 12))]


def instructions(agent: str, model: "BaseChatModel") -> str:
    """What the model is told of its work as that agent; a model in this process is told in one line, which it heeds."""
    return prompts.load("agents/in-process" if is_small(model) else agent).render()[0].text
