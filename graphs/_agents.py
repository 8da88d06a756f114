"""An agent as a part of a node: by name, with the context's tools, asking a person where that can be waited for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from vademecum import agents, tools
from vademecum.agents import Approval

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AnyMessage, BaseMessage
    from langchain_core.tools import BaseTool
    from langgraph.runtime import Runtime

    from vademecum.core.settings import Settings
    from vademecum.retrieval.library import Library


OF_DOCUMENTS = frozenset({"search_documents", "read_document", "query_table"})
"""Tools that find no more than the answer graph has found already."""


class Acting(Protocol):
    """What a context has whose nodes run agents."""

    @property
    def library(self) -> "Library":
        """The documents."""
        ...

    @property
    def collection(self) -> str | None:
        """The part of them that is searched."""
        ...

    @property
    def settings(self) -> "Settings | None":
        """Hosts, keys and bounds of tools."""
        ...

    @property
    def tools(self) -> Sequence[str] | None:
        """Tools that may be used; None: the agent's own."""
        ...

    @property
    def approve(self) -> Approval:
        """What becomes of calls that do more than return text."""
        ...


def tools_of(context: Acting, agent: str) -> "list[BaseTool]":
    """The tools that the agent is given."""
    services = tools.Services(library=context.library, collection=context.collection, settings=context.settings)
    return tools.build(services, agents.tools_of(agent) if context.tools is None else context.tools)


def fitting(question: str, agent: str, runtime: "Runtime[Any]") -> "BaseTool | None":
    """The tool of the agent's that a very small model would call for the question, or for the first of its parts that
    has one; None for those of the documents.

    None, too, for one that needs a person's leave where no conversation is stored, as then nobody can be asked.
    """
    from vademecum.models.tool_calling.described import described
    from vademecum.models.tool_calling.split_request import split_request
    from vademecum.models.tool_calling.tool_choice import choose

    offered = {tool.name: tool for tool in tools_of(runtime.context, agent)}
    functions = [described(tool) for tool in offered.values()]
    fitting_tools = [
        offered[function["name"]] for part in split_request(question) if (function := choose(part, functions))
    ]
    may_run = (tool for tool in fitting_tools if _stored(runtime) or not tools.needs_approval(tool))
    return next((tool for tool in may_run if tool.name not in OF_DOCUMENTS), None)


def run(
    agent: str,
    model: "BaseChatModel",
    offered: "Sequence[BaseTool]",
    messages: "Sequence[BaseMessage]",
    runtime: "Runtime[Any]",
) -> "list[AnyMessage]":
    """The messages that the agent adds to `shown`.

    A call that needs a person's leave stops the graph at this node (LangGraph's interrupt), which runs again when it
    is resumed, with the agent where it was. Where no conversation is stored there is nothing to resume, and no such
    call runs.
    """
    approve = "none" if runtime.context.approve == "ask" and not _stored(runtime) else runtime.context.approve
    graph = agents.build(agent, model, offered, approve=approve)
    return graph.invoke({"messages": list(messages)})["messages"][len(messages) :]


def _stored(runtime: "Runtime[Any]") -> bool:
    return runtime.execution_info is not None and bool(runtime.execution_info.thread_id)
