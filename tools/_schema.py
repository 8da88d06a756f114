"""From JSON schema to pydantic: the arguments of a tool that another has described."""

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from vademecum.core.errors import ToolError
from vademecum.tools._quoting import one_line

MAX_DEPTH = 6
"""Schemas nested deeper are taken as they come: no model fills them, and one that holds itself has no end."""

RESERVED = frozenset({"args", "callbacks", "config", "kwargs", "run_manager", "runtime", "self", "state", "store"})
"""Names that LangChain passes to a tool by itself."""

_PLAIN: dict[Any, Any] = {"string": str, "integer": int, "number": float, "boolean": bool, "null": type(None)}
_BOUNDS = {
    "minimum": "ge",
    "maximum": "le",
    "minLength": "min_length",
    "maxLength": "max_length",
    "minItems": "min_length",
    "maxItems": "max_length",
}

Json = Mapping[str, Any]


def resolved(node: Any, document: Json) -> Any:
    """The node, or what it points to by `$ref` within the document; other documents are not read.

    Raises:
        ToolError: it points to nothing, to another document, or in a circle.
    """
    for _ in range(20):
        if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
            return node
        node = _pointed(node["$ref"], document)
    raise ToolError("a $ref goes in a circle")


def _pointed(reference: str, document: Json) -> Any:
    if not reference.startswith("#/"):
        raise ToolError(f"$ref {one_line(reference, 80)!r} is in another document, which is not read")
    node: Any = document
    for key in reference[2:].split("/"):
        key = key.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
        if isinstance(node, Mapping) and key in node:
            node = node[key]
        elif isinstance(node, Sequence) and not isinstance(node, str) and key.isdecimal() and int(key) < len(node):
            node = node[int(key)]
        else:
            raise ToolError(f"$ref {one_line(reference, 80)!r} points to nothing")
    return node


class Types:
    """The Python types that the schemas of one document describe; each named one is made once."""

    def __init__(self, document: Json) -> None:
        self.document = document
        self.types_by_reference: dict[str, Any] = {}
        self.open: list[str] = []

    def of(self, schema: Any, name: str = "Value") -> Any:
        """The type; Any where the schema describes none, holds itself, or is nested too deep."""
        reference = schema.get("$ref") if isinstance(schema, Mapping) else None
        key = reference if isinstance(reference, str) else ""
        if key in self.types_by_reference:
            return self.types_by_reference[key]
        schema = resolved(schema, self.document)
        if not isinstance(schema, Mapping) or (key and key in self.open) or len(self.open) > MAX_DEPTH:
            return Any
        self.open.append(key)
        python_type = self._new_type(schema, safe_name(key.rpartition("/")[2]) if key else name)
        self.open.pop()
        if key:
            self.types_by_reference[key] = python_type
        return python_type

    def field(self, schema: Any, *, name: str, required: bool, text: str = "", alias: str | None = None) -> Any:
        """Type and Field of an argument, for `model`; one that is not required may be left out."""
        kind = self.of(schema, safe_name(name))
        schema = resolved(schema, self.document)
        schema = schema if isinstance(schema, Mapping) else {}
        description = one_line(str(text or schema.get("description") or schema.get("title") or name), 300)
        if schema.get("default") is not None:
            description += f" (default: {one_line(str(schema['default']), 60)})"
        bounds = _bounds(schema) if kind in (str, int, float) or schema.get("type") == "array" else {}
        if required:
            return kind, Field(description=description, alias=alias, **bounds)
        within: Any = Annotated[kind, Field(**bounds)] if bounds else kind  # ty: ignore[invalid-type-form]
        return (kind if kind is Any else within | None), Field(default=None, description=description, alias=alias)

    def _new_type(self, schema: Json, name: str) -> Any:
        if isinstance(schema.get("allOf"), list):
            schema = merged(schema, self.document)
        kinds = schema.get("type")
        if isinstance(kinds, list):
            python_type = _any_of([self.of({**schema, "type": kind}, name) for kind in kinds])
        else:
            python_type = self._single_type(schema, name)
        return python_type | None if schema.get("nullable") is True and python_type is not Any else python_type

    def _single_type(self, schema: Json, name: str) -> Any:
        if "const" in schema:
            return _literal([schema["const"]])
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return _literal(schema["enum"])
        for key in ("oneOf", "anyOf"):
            if isinstance(schema.get(key), list):
                return _any_of([self.of(option, name) for option in schema[key]])
        kind = schema.get("type")
        if kind == "array":
            item = self.of(schema.get("items", {}), f"{name}Item")
            return list[item]  # ty: ignore[invalid-type-form]
        if kind == "object" or (kind is None and isinstance(schema.get("properties"), Mapping)):
            return self._object(schema, name)
        return _PLAIN.get(kind, Any) if isinstance(kind, str) else Any

    def _object(self, schema: Json, name: str) -> Any:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or not properties or schema.get("additionalProperties"):
            return dict[str, Any]
        required = _names(schema.get("required"))
        fields: dict[str, Any] = {}
        for key, inner in properties.items():
            safe = safe_name(str(key), fields)
            fields[safe] = self.field(inner, name=str(key), required=key in required, alias=str(key))
        return model(name, fields)


def model(name: str, fields: Mapping[str, Any]) -> type[BaseModel]:
    """The pydantic model with these fields, which takes no others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a field may be called like a method of BaseModel: it is only read from
        return create_model(name, __config__=ConfigDict(extra="forbid", protected_namespaces=()), **fields)


def safe_name(name: str, names_in_use: Mapping[str, Any] | None = None) -> str:
    """The name as an argument of a tool may have it: letters, digits, underscores; not one of `taken`."""
    safe = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")[:60] or "value"
    safe = f"n{safe}" if safe[0].isdigit() else safe
    if safe in RESERVED or hasattr(BaseModel, safe):
        safe += "_"
    number, free = 2, safe
    while names_in_use is not None and free in names_in_use:
        free, number = f"{safe}_{number}", number + 1
    return free


def merged(schema: Json, document: Json, depth: int = 0) -> dict[str, Any]:
    """`allOf` as one schema.

    Raises:
        ToolError: it holds itself.
    """
    if depth > MAX_DEPTH:
        raise ToolError("an allOf is nested too deep")
    whole: dict[str, Any] = {key: value for key, value in schema.items() if key != "allOf"}
    for part in schema["allOf"]:
        part = resolved(part, document)
        if not isinstance(part, Mapping):
            continue
        part = merged(part, document, depth + 1) if isinstance(part.get("allOf"), list) else part
        properties = {**(whole.get("properties") or {}), **(part.get("properties") or {})}
        required = [*_names(whole.get("required")), *_names(part.get("required"))]
        whole = {**part, **whole, **({"properties": properties, "required": required} if properties else {})}
    return whole


def _names(listing: Any) -> list[Any]:
    return listing if isinstance(listing, list) else []


def _any_of(kinds: Sequence[Any]) -> Any:
    if not kinds or Any in kinds:
        return Any
    return Union[tuple(kinds)]  # noqa: UP007 (of types that are only known now)


def _literal(values: Sequence[Any]) -> Any:
    plain = [value for value in values if isinstance(value, str | int | bool) or value is None]
    if len(plain) < len(values):
        return Any
    return Literal[tuple(plain)]  # ty: ignore[invalid-type-form]


def _bounds(schema: Json) -> dict[str, Any]:
    fits = [(key, schema[key]) for key in _BOUNDS if isinstance(schema.get(key), int | float)]
    return {_BOUNDS[key]: value for key, value in fits if not isinstance(value, bool)}
