"""A connection to one MCP server, kept open in the background for as long as the process lives.

The adapters are async, and open a session for every call unless they are handed one, which starts a server of standard
input and output anew each time. Here one task holds the session; calls run beside it on the same loop.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.tools import BaseTool, StructuredTool, ToolException

from vademecum.core.errors import SettingsError, ToolError
from vademecum.core.settings import from_here
from vademecum.tools._background import BACKGROUND, complete
from vademecum.tools._guard import described
from vademecum.tools._quoting import material, one_line, quoted

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

START_SECONDS = 30.0
"""Longest a server may take to start and to list its tools; one that is fetched first by `npx` or `uvx` takes some."""


class Server:
    """One server: started when it is first used, and again where it has ended."""

    def __init__(self, name: str, connection: Mapping[str, Any]) -> None:
        self.name = name
        self.connection: Any = with_transport(name, connection)
        self._starting = threading.Lock()
        self._task: asyncio.Task[None] | None = None
        self._tools: dict[str, BaseTool] = {}

    def tools(self) -> list[BaseTool]:
        """Its tools as the adapters convert them.

        Raises:
            SettingsError: it cannot be started, or does not speak MCP.
        """
        with self._starting:
            if self._task is None or self._task.done():
                self._start()
            return list(self._tools.values())

    def call(self, tool: str, arguments: Mapping[str, Any], seconds: float) -> str:
        """What the tool answers, quoted.

        Raises:
            ToolError: it failed, took too long, or its server is gone.
        """
        try:
            self.tools()
        except SettingsError as error:
            raise ToolError(str(error)) from error
        server_tool = self._tools.get(tool)
        if not isinstance(server_tool, StructuredTool):
            raise ToolError(f"the server {self.name!r} no longer has this tool; answer without it")
        try:
            content, artifact = complete(server_tool.coroutine, seconds)(**arguments)
        except ToolException as error:
            raise ToolError(f"the server {self.name!r} says that it failed:\n{quoted(str(error))}") from None
        except ToolError:
            raise
        except Exception as error:
            self._stop()
            raise ToolError(f"the server {self.name!r} did not answer ({described(error)}); try once more") from error
        return material(f"the server {self.name}", _text(content, artifact))

    def _start(self) -> None:
        import langchain_mcp_adapters.tools  # noqa: F401 (takes a second: not on the loop, where others would wait)

        # What is wrong with a server is told in our words; its client would log a traceback beside them.
        logging.getLogger("mcp").setLevel(logging.CRITICAL)

        async def begin() -> dict[str, BaseTool]:
            ready: asyncio.Future[dict[str, BaseTool]] = asyncio.get_running_loop().create_future()
            self._task = asyncio.create_task(self._hold(ready))
            return await ready

        try:
            self._tools = BACKGROUND.run(begin(), START_SECONDS)
        except TimeoutError:
            self._stop()
            raise SettingsError(
                f"setting 'mcp': {self.name!r} did not start within {START_SECONDS:g} seconds"
            ) from None
        except Exception as error:
            problem = described(_innermost(error))
            raise SettingsError(
                f"setting 'mcp': {self.name!r} did not start ({problem}); check its command or its url"
            ) from error

    def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            BACKGROUND.loop().call_soon_threadsafe(task.cancel)

    async def _hold(self, ready: "asyncio.Future[dict[str, BaseTool]]") -> None:
        """Open the session, and keep it open until this task is cancelled: AnyIO wants it closed by who opened it."""
        from langchain_mcp_adapters.sessions import create_session
        from langchain_mcp_adapters.tools import load_mcp_tools

        try:
            async with create_session(self.connection) as session:
                await session.initialize()
                ready.set_result({tool.name: tool for tool in await load_mcp_tools(session)})
                await asyncio.Event().wait()
        except Exception as error:  # noqa: BLE001 (handed to who is waiting; later, the end of the server is told by a call)
            if not ready.done():
                ready.set_exception(error)
        finally:
            if not ready.done():
                ready.cancel()


def with_transport(name: str, connection: Mapping[str, Any]) -> dict[str, Any]:
    """The connection as the adapters take it; the transport goes without saying.

    Raises:
        SettingsError: it names neither a command nor a URL.
    """
    if connection.get("transport") == "stdio" or ("command" in connection and "transport" not in connection):
        folder = from_here(connection.get("cwd") or "")
        return {"args": [], **connection, "transport": "stdio", "cwd": str(folder)}
    if "transport" in connection:
        return dict(connection)
    if "url" in connection:
        return {**connection, "transport": "streamable_http"}
    raise SettingsError(f"setting 'mcp': {name!r} needs a `command` to start, or the `url` of a server that runs")


def is_local(connection: Mapping[str, Any]) -> bool:
    """Whether the server is a process of this machine that nobody else talks to."""
    return connection.get("transport") == "stdio"


_servers: dict[str, Server] = {}
_opening = threading.Lock()


def server(name: str, connection: Mapping[str, Any]) -> Server:
    """The server of that name and configuration; the same one for the whole process."""
    key = json.dumps([name, connection], sort_keys=True, default=str)
    with _opening:
        if key not in _servers:
            _servers[key] = Server(name, connection)
        return _servers[key]


def _text(content: Any, artifact: Any) -> str:
    """What a model reads of an answer: its texts; of pictures and files, that they are there."""
    blocks: Sequence[Any] = content if isinstance(content, list) else [content]
    parts = []
    for block in blocks:
        if isinstance(block, str):
            parts.append(block)
        elif isinstance(block, dict) and block.get("type") == "text":
            parts.append(str(block.get("text", "")))
        else:
            kind = block.get("type", "something") if isinstance(block, dict) else "something"
            parts.append(f"[{one_line(str(kind), 40)}, which cannot be shown here]")
    text = "\n".join(parts)
    structured = artifact.get("structured_content") if isinstance(artifact, dict) else None
    return text if text.strip() or structured is None else json.dumps(structured, ensure_ascii=False)


def _innermost(error: BaseException) -> BaseException:
    """The first error of a group: AnyIO wraps whatever happens in one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def read_only(tool: "BaseTool") -> tuple[bool, bool]:
    """Whether the tool says that it changes nothing, and that it stays with what its server has."""
    hints = tool.metadata or {}
    return hints.get("readOnlyHint") is True, hints.get("openWorldHint") is False
