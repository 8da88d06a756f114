"""The names by which checkpoints know our types, whatever module and class hold them today.

LangGraph writes an object as its module, its class and its fields, and reads one that it cannot import as a plain dict,
without an error. So our types are written under one module name that no file has, and read under every name that a
release ever wrote:

- a class moved to another module: nothing to do, where `vademecum.core.types` still imports it; a module that a
  *release* wrote stands in MODULES and stays there.
- a class was renamed: add the old name to CLASSES.
- a field was renamed or dropped: add a function to UPGRADES. JSON (answers in messages, experiments, traces) holds the
  same fields without class names; there the type itself has to read the old field: `Field(validation_alias=
  AliasChoices("new", "old"))`, which serves checkpoints too.

Names of a graph's nodes and of its state's keys lie in checkpoints as well, and are not translated: a run that waits
under an old name could not go on. They stay, whatever the functions behind them are called.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

import ormsgpack
from langgraph.checkpoint.serde.jsonplus import EXT_PYDANTIC_V2, JsonPlusSerializer
from pydantic import BaseModel

from vademecum.core import types

MODULE = "vademecum"
"""What checkpoints name as the module of our types."""

MODULES = (MODULE, "core.types", "vademecum.core.types")
"""Every module name under which a checkpoint may hold our types. Release 0.1.0 wrote `core.types`; none is removed."""

CLASSES: dict[str, str] = {}
"""Names of classes that have another name today: {"Old": "New"}."""

UPGRADES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""By the name of today's class: makes today's fields of those that an earlier release wrote (or today's, unchanged).

    UPGRADES = {"Hit": lambda fields: {"score": fields.pop("points"), **fields} if "points" in fields else fields}

Fields of a type inside another one are plain in it: the function of the outer type has to change those too.
"""

_UNPACKING = ormsgpack.OPT_NON_STR_KEYS
_PACKING = ormsgpack.OPT_NON_STR_KEYS | ormsgpack.OPT_REPLACE_SURROGATES

Renamed = Callable[[Any], list[Any] | None]
"""Given an object as LangGraph packs it (module, class, fields, ...), the same under other names; None: not ours."""


class Serializer(JsonPlusSerializer):
    """LangGraph's serializer, under the names of this module; of other types only LangChain's come back as objects."""

    def __init__(self) -> None:
        super().__init__(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in _types().values()])

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """How it is packed, and the bytes."""
        packing, packed = super().dumps_typed(obj)
        if packing == "msgpack" and any(module in packed for module in _modules()):
            return packing, _translated(packed, _as_stored)
        return packing, packed

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value of what `dumps_typed` gave, in this release or an earlier one."""
        packing, packed = data
        if packing == "msgpack" and any(name.encode() in packed for name in MODULES):
            return super().loads_typed((packing, _translated(packed, _as_today)))
        return super().loads_typed(data)


@functools.cache
def _types() -> dict[str, type[BaseModel]]:
    """Our data types by their name."""
    models = inspect.getmembers(types, lambda member: inspect.isclass(member) and issubclass(member, BaseModel))
    return {name: kind for name, kind in models if kind is not BaseModel and not name.startswith("_")}


@functools.cache
def _modules() -> frozenset[bytes]:
    """The modules of our data types, as LangGraph writes their names."""
    return frozenset(kind.__module__.encode() for kind in _types().values())


def _as_stored(packed: Any) -> list[Any] | None:
    match packed:
        case [str(module), str(name), *rest] if name in _types() and module == _types()[name].__module__:
            return [MODULE, name, *rest]
    return None


def _as_today(packed: Any) -> list[Any] | None:
    match packed:
        case [str(module), str(name), dict(fields), *rest] if module in MODULES and CLASSES.get(name, name) in _types():
            name = CLASSES.get(name, name)
            upgrade = UPGRADES.get(name)
            return [_types()[name].__module__, name, upgrade(fields) if upgrade else fields, *rest]
    return None


def _translated(packed: bytes, renamed: Renamed) -> bytes:
    """The same value with each object of ours, however deep it lies, under its other name."""

    def packed_again(code: int, inside: bytes) -> ormsgpack.Ext:
        with contextlib.suppress(ormsgpack.MsgpackDecodeError):
            value = ormsgpack.unpackb(inside, ext_hook=packed_again, option=_UNPACKING)
            if code == EXT_PYDANTIC_V2:
                value = renamed(value) or value
            return ormsgpack.Ext(code, ormsgpack.packb(value, option=_PACKING))
        return ormsgpack.Ext(code, inside)

    return ormsgpack.packb(ormsgpack.unpackb(packed, ext_hook=packed_again, option=_UNPACKING), option=_PACKING)
