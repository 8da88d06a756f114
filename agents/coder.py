"""The coder: solves a task by writing Python, running it in the sandbox and mending what went wrong.

    agent = coder.build(model, tools.build(tools.Services(), agents.tools_of("coder")))
    agent.invoke({"messages": [("user", "How many primes are below 1,000?")]})["messages"][-1].text

It decides by itself when to run and when to stop; `graphs/code.py` does the same as explicit steps.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain.agents import create_agent

from vademecum.agents._calls_first import CallsFirst
from vademecum.agents._decisions import Approval
from vademecum.agents._middleware import MAX_STEPS, Bounds, instructions, stack, tells_results
from vademecum.agents._told import is_small

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.tools import BaseTool
    from langgraph.graph.state import CompiledStateGraph
    from langgraph.types import Checkpointer

TOOLS = ("python", "calculator", "read-document", "search-documents")


def build(
    model: "BaseChatModel",
    tools: "Sequence[BaseTool]",
    *,
    checkpointer: "Checkpointer" = None,
    approve: Approval = "ask",
    bounds: Bounds | None = None,
) -> "CompiledStateGraph":
    """The agent as a graph over messages; see `agents` for `approve`."""
    return create_agent(
        model,
        list(tools),
        system_prompt=instructions("agents/coder", model),
        middleware=[*stack(model, tools, approve=approve, bounds=bounds), *_running_first(model)],
        checkpointer=checkpointer,
        name="coder",
    ).with_config(recursion_limit=MAX_STEPS)


def _running_first(model: "BaseChatModel") -> list[CallsFirst]:
    """What has a small model run a program, which it would else only show, and make up what it prints."""
    return [CallsFirst("run_python")] if is_small(model) and not tells_results(model) else []
