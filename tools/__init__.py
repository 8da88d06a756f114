"""Tools that an agent can call: one file each, found by its name.

To add one, write `tools/<name>.py` with a first docstring line that says what it does and

    def build(services: Services) -> BaseTool: ...

Give it typed arguments, a description that says when to call it, and two or three worked calls in
`metadata["examples"]`, each `{"request": ..., "args": {...}}`: the embedded model chooses a tool by the likeness of the
request to description and examples, and fills its arguments after them. What the tool cannot do, it says by raising
`core.errors.ToolError`, whose words go to the model. Nothing else needs an edit: `names` lists it, `build` finds it.

`metadata["effect"]` says what a call does beyond returning text: "none", "network" (it sends what the model wrote to
another machine), "writes" or "spends". A person is asked before any but "none"; a tool that does not say counts as one
that writes.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from core import plugins
from core.settings import Settings

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool

    from retrieval.library import Library


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
    """Hosts, keys and bounds that the person has set; None means the defaults."""


def names() -> list[str]:
    """Names of all tools, sorted, as the command line takes them."""
    return plugins.member_names(sys.modules[__name__])


def build(services: Services, wanted: Sequence[str] | None = None) -> "list[BaseTool]":
    """The tools called `wanted` (None: all), in that order.

    Raises:
        UsageError: there is no such tool; the message lists those there are.
    """
    chosen = names() if wanted is None else wanted
    return [plugins.member(sys.modules[__name__], name).build(services) for name in chosen]


def effect(tool: "BaseTool") -> Effect:
    """What a call of the tool does beyond returning text; "writes" where the tool does not say."""
    said = (tool.metadata or {}).get("effect")
    return next((known for known in get_args(Effect) if known == said), "writes")


def needs_approval(tool: "BaseTool") -> bool:
    """Whether a person is asked before a call: it leaves the machine, writes or spends."""
    return effect(tool) != "none"
