"""Tools that an agent can call: one file each, found by its name.

To add one, write `tools/<name>.py` with a first docstring line that says what it does and

    def build(services: Services) -> BaseTool: ...

Give it typed arguments, a description that says when to call it, and two or three worked calls in
`metadata["examples"]`, each `{"request": ..., "args": {...}}`: the embedded model chooses a tool by the likeness of the
request to description and examples, and fills its arguments after them (one without "args" is for choosing only). What
the tool cannot do, it says by raising `vademecum.core.errors.ToolError`, whose words go to the model. What is for the
model alone stands in brackets in a last line: "[Read on with start=500.]"; a person is not told it. Nothing else needs
an edit: `names` lists it, `build` finds it.

`metadata["effect"]` says what a call does beyond returning text: "none", "network" (it sends what the model wrote to
another machine), "writes" or "spends". A person is asked before any but "none"; a tool that does not say counts as one
that writes.

A file whose tools depend on the settings (the operations of an API, the tools of a server) has instead

    def parts(services: Services) -> list[str]: ...
    def build_part(services: Services, part: str) -> list[BaseTool]: ...

and its parts are asked for by `file:part`, all of them by the file's name. Every tool is given its bounds here, in
time, in length, and in what it may raise (`_guard.py`).
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from vademecum.core import plugins
from vademecum.core.errors import UsageError, VademecumError
from vademecum.core.settings import Settings

if TYPE_CHECKING:
    from types import ModuleType

    from langchain_core.tools import BaseTool

    from vademecum.retrieval.library import Library

members = plugins.Members("tools")
_log = logging.getLogger("vademecum.tools")

Effect = Literal["none", "network", "writes", "spends"]
"""What a call of a tool does beyond returning text."""


@dataclass(frozen=True)
class Services:
    """What tools may use; each takes what it needs from here and nothing from anywhere else."""

    library: "Library | None" = None
    """The documents of the workspace; None where there are none to search."""

    collection: str | None = None
    """Search only this collection; None means all."""

    settings: Settings | None = None
    """Hosts, keys and bounds that the person has set; None means the library's, else the defaults."""

    @property
    def chosen(self) -> Settings:
        """The settings to go by."""
        return self.settings or getattr(self.library, "settings", None) or Settings.model_construct()


def names() -> list[str]:
    """Names of all files of tools, sorted, as the command line takes them."""
    return members.names()


def build(
    services: Services, tool_names: Sequence[str] | None = None, *, report: Callable[[str], object] = _log.warning
) -> "list[BaseTool]":
    """The tools called `wanted` (None: all), in that order. A name is a file's, or `file:part`.

    Where all are asked for, one that cannot be set up is left out, and `report` is told so in a line.

    Raises:
        UsageError: there is no such tool; the message lists those there are.
        SettingsError: a tool that was asked for by name cannot be set up as the settings say.
    """
    built: dict[str, BaseTool] = {}
    for tool in _all(services, report) if tool_names is None else _by_name(services, tool_names):
        if tool_names is None and tool.name in built:
            report(f"two tools are called {tool.name!r}; the second is left out")
        built.setdefault(tool.name, tool)
    return [_within_bounds(tool, services.chosen) for tool in built.values()]


def effect(tool: "BaseTool") -> Effect:
    """What a call of the tool does beyond returning text; "writes" where the tool does not say."""
    declared = (tool.metadata or {}).get("effect")
    return next((effect_name for effect_name in get_args(Effect) if effect_name == declared), "writes")


def needs_approval(tool: "BaseTool") -> bool:
    """Whether a person is asked before a call: it leaves the machine, writes or spends."""
    return effect(tool) != "none"


def _by_name(services: Services, tool_names: Sequence[str]) -> "Iterator[BaseTool]":
    for name in tool_names:
        file, _, part = name.partition(":")
        yield from _of(services, members.get(file), file, part)


def _of(services: Services, module: "ModuleType", file: str, part: str) -> "Iterator[BaseTool]":
    if not hasattr(module, "parts"):
        if part:
            raise UsageError(f"the tool {file!r} has no parts such as {part!r}; ask for {file!r}")
        yield module.build(services)
        return
    part_names = module.parts(services)
    if part and part not in part_names:
        there = f"there are: {', '.join(part_names)}" if part_names else f"the setting {file!r} names none"
        raise UsageError(f"no part {part!r} of the tools {file!r}; {there}")
    for part_name in [part] if part else part_names:
        yield from module.build_part(services, part_name)


def _all(services: Services, report: Callable[[str], object]) -> "Iterator[BaseTool]":
    for file in names():
        try:
            module = members.get(file)
            wholes = module.parts(services) if hasattr(module, "parts") else [""]
        except Exception as error:  # noqa: BLE001 (a broken file of a person's own must not take the others with it)
            report(f"the tools of {file!r} are left out: {_line(error)}")
            continue
        for part in wholes:
            try:
                yield from list(_of(services, module, file, part))
            except Exception as error:  # noqa: BLE001 (as above)
                report(f"the tools of {f'{file}:{part}' if part else file!r} are left out: {_line(error)}")


def _line(error: Exception) -> str:
    from vademecum.tools._guard import described

    return str(error) if isinstance(error, VademecumError) else described(error)


def _within_bounds(tool: "BaseTool", settings: Settings) -> "BaseTool":
    from vademecum.tools._guard import guarded

    return guarded(tool, seconds=settings.tool_seconds, chars=settings.tool_chars)
