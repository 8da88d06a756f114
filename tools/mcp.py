"""Tools of MCP servers that the settings name, by langchain-mcp-adapters.

What a tool does beyond returning text is taken from its annotations with care, since they are the server's own word: it
counts as one that writes, unless it says that it only reads; then as "network", unless the server is a process of this
machine and the tool says that it reaches no further (`openWorldHint: false`): only then nobody is asked before a call.
"""

from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, StructuredTool

from vademecum.tools import Effect, Services
from vademecum.tools._quoting import one_line
from vademecum.tools._schema import safe_name

if TYPE_CHECKING:
    from vademecum.tools._mcp_server import Server


def parts(services: Services) -> list[str]:
    """Names of the servers."""
    return sorted(services.chosen.mcp)


def build_part(services: Services, part: str) -> list[BaseTool]:
    """The tools of one server, each named after it: `files_read_file`.

    Raises:
        SettingsError: the server cannot be reached.
    """
    from vademecum.tools._mcp_server import server

    settings = services.chosen
    there = server(part, settings.mcp[part].get_secret_value())
    tools_by_name: dict[str, BaseTool] = {}
    for tool in there.tools():
        name = safe_name(f"{part}_{tool.name}", tools_by_name)
        tools_by_name[name] = _tool(name, tool, there, settings.tool_seconds)
    return list(tools_by_name.values())


def _tool(name: str, tool: BaseTool, there: "Server", seconds: float) -> BaseTool:
    def call(**arguments: Any) -> str:
        return there.call(tool.name, arguments, seconds)

    return StructuredTool(
        name=name,
        description=one_line(tool.description or tool.name, 1000),
        args_schema=tool.args_schema or {},
        func=call,
        metadata={"effect": _effect(tool, there)},
    )


def _effect(tool: BaseTool, there: "Server") -> Effect:
    from vademecum.tools._mcp_server import is_local, read_only

    reads, stays = read_only(tool)
    if not reads:
        return "writes"
    return "none" if stays and is_local(there.connection) else "network"
