"""How settings and choices reach a graph: what its `Context` is made of, and which choices a run of it may make.

A field of a graph's `Context` gets its value from the first of these that has one:

1. the workspace, for what only that can give: `library`, `verifier`, `model`, `model_name`, `settings` (`PARTS`);
2. the choices of the run: `notes.stream("Why?", mode="dense")`, `None` being as good as left out;
3. the setting of the same name: `VADE_MODE=dense`;
4. the default in the `Context` itself.

The choice `model` is a name: of it `model` and `model_name` are made. Nothing else is passed on, so a choice that is
no field of the `Context` is a mistake, and refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

from vademecum import graphs
from vademecum.core.errors import UsageError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.settings import Settings
from vademecum.workspace import Workspace

PARTS = frozenset({"library", "verifier", "model", "model_name", "settings"})
"""Fields of a `Context` that only a workspace can give."""


def choices(graph: str) -> list[str]:
    """Names of what a run of the graph may choose: the model, and the fields of its `Context` but for `PARTS`."""
    schema = graphs.context_schema(graph)
    return ["model", *(field.name for field in fields(schema) if field.name not in PARTS)] if schema else ["model"]


def takes_images(graph: str) -> bool:
    """Whether images can be attached to what the graph is asked."""
    return "attachments" in getattr(getattr(graphs.module(graph), "State", None), "__annotations__", {})


def require_choices(graph: str, names: Iterable[str], arguments: Iterable[str] = ()) -> None:
    """Raise UsageError where a choice is none of the graph's; `arguments`: what else the caller takes by name."""
    possible = choices(graph)
    for name in names:
        if name not in possible:
            raise UsageError(f"{unknown_name('choice', name, [*possible, *arguments])} (graph {graph})")


def context(workspace: Workspace, graph: str, run_choices: Mapping[str, Any]) -> Any:
    """What the nodes of the graph work with; None where it has no `Context`.

    Raises:
        UsageError: a choice is none of the graph's, or there is no such model.
    """
    choice_values = {name: value for name, value in run_choices.items() if value is not None}
    require_choices(graph, choice_values)
    schema = graphs.context_schema(graph)
    if schema is None:
        return None
    model_name = workspace.model_name(choice_values.pop("model", None))
    settings = workspace.settings
    parts = {
        "library": lambda: workspace.library,
        "verifier": lambda: workspace.verifier,
        "model": lambda: workspace.model(model_name),
        "model_name": lambda: model_name,
        "settings": lambda: settings,
    }
    values = {}
    for name in (field.name for field in fields(schema)):
        if name in parts:
            values[name] = parts[name]()
        elif name in choice_values:
            values[name] = choice_values[name]
        elif name in Settings.model_fields:
            values[name] = getattr(settings, name)
    return schema(**values)
