"""The states of stored runs: opened at any checkpoint, read and written as JSON, changed in a branch that goes on."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, get_type_hints

from langchain_core.messages import AnyMessage, BaseMessage
from pydantic import BaseModel, TypeAdapter, ValidationError

from vademecum import graphs
from vademecum.core.errors import UsageError
from vademecum.memory import time_travel
from vademecum.memory.checkpoints import at as config_at
from vademecum.memory.checkpoints import latest
from vademecum.workspace import Workspace


class StateAt(NamedTuple):
    """The state of a conversation at a checkpoint. `values` are as the nodes see them; `graph` is "" where unknown."""

    checkpoint: time_travel.Checkpoint
    graph: str
    values: dict[str, Any]


def graph_of(workspace: Workspace, thread: str) -> str:
    """The name of the graph that a stored conversation ran last; "" where it is not known.

    Raises:
        UsageError: there is no such conversation.
    """
    return latest(workspace.checkpointer, thread).metadata.get("graph", "")


def state_at(workspace: Workspace, thread: str, at: str) -> StateAt:
    """The state at a checkpoint, by its id or step.

    Raises:
        UsageError: there is no such conversation or checkpoint.
    """
    checkpoint = time_travel.find(workspace.checkpointer, thread, at)
    checkpoint_tuple = workspace.checkpointer.get_tuple(config_at(thread, checkpoint.id))
    values = {} if checkpoint_tuple is None else time_travel.state(checkpoint_tuple)
    return StateAt(checkpoint, graph_of(workspace, thread), values)


def changed(state: StateAt, texts: Mapping[str, str]) -> dict[str, Any]:
    """Values of the state from what a person has written for them (see `written`).

    Raises:
        UsageError: a text is no JSON, or not what that part of the state holds.
    """
    values = {}
    for name, text in texts.items():
        kind, now = _kinds(state.graph).get(name, Any), state.values.get(name)
        try:
            new_value = text if isinstance(now, str) else json.loads(text)
            values[name] = TypeAdapter(kind).validate_python(new_value)
        except json.JSONDecodeError as error:
            raise UsageError(f"{name} is not JSON (line {error.lineno}: {error.msg}); mend it") from error
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            where = f"{name}.{place}" if place else name
            raise UsageError(f"{where} cannot be that: {first['msg'].lower()}") from error
    return values


def written(state: StateAt, name: str) -> str:
    """A value of the state as a person can change it: text as it is, all else as JSON."""
    value = state.values[name]
    return value if isinstance(value, str) else json.dumps(plain(value), ensure_ascii=False, indent=2)


def plain(value: Any) -> Any:
    """A value as JSON has it; what JSON has no form for is said in words."""
    if isinstance(value, BaseMessage | BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if isinstance(value, Mapping):
        return {str(key): plain(element) for key, element in value.items()}
    if isinstance(value, tuple) and (as_dict := getattr(value, "_asdict", None)):
        return plain(as_dict())
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(element) for element in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    try:
        return TypeAdapter(type(value)).dump_python(value, mode="json")
    except Exception:  # noqa: BLE001 (any type may come by; how it fails to be JSON is of no interest)
        return str(value)


@cache
def _kinds(graph: str) -> dict[str, Any]:
    """The types of a graph's state, by name."""
    if not graph or graph.startswith("agent:"):
        return {"messages": list[AnyMessage]}
    return get_type_hints(graphs.module(graph).State, include_extras=True)
