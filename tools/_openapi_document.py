"""An OpenAPI 3 document: read, checked, and taken apart into operations."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from vademecum.core.errors import SettingsError, ToolError
from vademecum.core.settings import from_here
from vademecum.tools._quoting import one_line
from vademecum.tools._schema import Json, resolved
from vademecum.tools._web import web

if TYPE_CHECKING:
    from vademecum.core.settings import OpenApi, Settings

METHODS = ("get", "head", "post", "put", "patch", "delete")

MAX_OPERATIONS = 100
"""Most operations that become tools: no model chooses well among more."""


@dataclass(frozen=True)
class Parameter:
    """Something that a call is told: where it goes ("path", "query", "header", "cookie"), and what it may be."""

    name: str
    place: str
    required: bool
    schema: Any
    description: str
    explode: bool


@dataclass(frozen=True)
class Operation:
    """One thing that the API does; `body` is the schema of what is sent, as `media` ("" where nothing is)."""

    id: str
    method: str
    path: str
    description: str
    parameters: tuple[Parameter, ...]
    body: Any = None
    media: str = ""
    body_required: bool = False


def load(api: "OpenApi", settings: "Settings") -> tuple[Json, str]:
    """The document, and the address of the API that it describes.

    Raises:
        SettingsError: it cannot be read, or is no OpenAPI 3 document.
        ToolError: its address may not be opened, or answers with an error.
    """
    text = _text(api, settings)
    document = _parsed(text)
    if not isinstance(document, Mapping):
        raise SettingsError(f"{api.document} is neither JSON nor YAML with an OpenAPI document in it")
    version = str(document.get("openapi", document.get("swagger", "")))
    if not version.startswith("3."):
        raise SettingsError(f"{api.document} is no OpenAPI 3 document: it says {one_line(version, 20) or 'nothing'!r}")
    if not isinstance(document.get("paths"), Mapping):
        raise SettingsError(f"{api.document} has no paths, so there is nothing to call")
    return document, _address(document, api)


def operations(document: Json, only: tuple[str, ...]) -> list[Operation]:
    """What the API can do, in the document's order.

    Raises:
        SettingsError: an operation of `only` is not there, or there are too many.
        ToolError: the document contradicts itself.
    """
    all_operations = [
        _operation(document, str(path), method, item)
        for path, item in _items(document)
        for method in METHODS
        if isinstance(item.get(method), Mapping)
    ]
    operation_ids = {operation.id for operation in all_operations}
    if missing := [name for name in only if name not in operation_ids]:
        raise SettingsError(f"there is no operation {missing[0]!r}; there are: {', '.join(sorted(operation_ids)[:20])}")
    selected = [operation for operation in all_operations if not only or operation.id in only]
    if len(selected) > MAX_OPERATIONS:
        problem = f"it has {len(selected):,} operations, more than {MAX_OPERATIONS}"
        raise SettingsError(f"{problem}; choose some by their operationId in `operations`")
    if not selected:
        raise SettingsError("it has no operations, so there is nothing to call")
    return selected


def _text(api: "OpenApi", settings: "Settings") -> str:
    if api.document.startswith(("http://", "https://")):
        reach = web(settings, api.document) if api.private else web(settings)
        return reach.get(api.document, follow="anywhere").text
    file = from_here(api.document)
    try:
        if file.stat().st_size > settings.web_max_mb * 1_000_000:
            raise SettingsError(f"{api.document} is larger than the {settings.web_max_mb:g} MB allowed")
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) and error.strerror else "it is not text in UTF-8"
        raise SettingsError(f"{api.document} cannot be read: {problem.lower()}") from error


def _parsed(text: str) -> Any:
    import yaml

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return None


def _address(document: Json, api: "OpenApi") -> str:
    """Where the API is: as the setting says, else the first server, its variables at their defaults."""
    if api.url:
        return api.url.rstrip("/")
    servers = document.get("servers")
    first = servers[0] if isinstance(servers, list) and servers and isinstance(servers[0], Mapping) else {}
    address = str(first.get("url", "/"))
    for name, variable in (first.get("variables") or {}).items():
        address = address.replace(f"{{{name}}}", str(variable.get("default", "")))
    if api.document.startswith(("http://", "https://")):
        address = urljoin(api.document, address)
    if not address.startswith(("http://", "https://")):
        raise SettingsError("the document does not say where its API is; set `url`")
    return address.rstrip("/")


def _items(document: Json) -> Iterator[tuple[str, Json]]:
    for path, item in document["paths"].items():
        item = resolved(item, document)
        if isinstance(item, Mapping):
            yield path, item


def _operation(document: Json, path: str, method: str, item: Json) -> Operation:
    declaration = item[method]
    parameters: dict[tuple[str, str], Parameter] = {}
    for raw in [*(item.get("parameters") or []), *(declaration.get("parameters") or [])]:
        parameter = _parameter(resolved(raw, document))
        # These three say how the call is made, which is not for a model to choose (OpenAPI 3.1, "Parameter Object").
        if parameter.place != "header" or parameter.name.lower() not in ("accept", "authorization", "content-type"):
            parameters[parameter.place, parameter.name] = parameter
    media, schema, required = _body(declaration, document)
    summary = " ".join(str(declaration[key]) for key in ("summary", "description") if declaration.get(key))
    return Operation(
        id=str(declaration.get("operationId") or f"{method} {path}"),
        method=method.upper(),
        path=path,
        description=one_line(summary, 500) or f"{method.upper()} {path}",
        parameters=tuple(parameters.values()),
        body=schema,
        media=media,
        body_required=required,
    )


def _parameter(raw: Any) -> Parameter:
    if not isinstance(raw, Mapping) or not isinstance(raw.get("name"), str) or not isinstance(raw.get("in"), str):
        raise ToolError("a parameter has no name, or does not say where it goes")
    content = raw.get("content")
    media = next(iter(content.values()), {}) if isinstance(content, Mapping) else {}
    schema = raw.get("schema", media.get("schema", {}) if isinstance(media, Mapping) else {})
    return Parameter(
        name=raw["name"],
        place=raw["in"],
        required=raw.get("required") is True or raw["in"] == "path",
        schema=schema,
        description=str(raw.get("description") or ""),
        explode=raw.get("explode", raw["in"] in ("query", "cookie")) is True,
    )


def _body(declaration: Json, document: Json) -> tuple[str, Any, bool]:
    """Media type, schema and whether it must be there, of what is sent; JSON, where there is a choice."""
    body = resolved(declaration.get("requestBody"), document)
    content = body.get("content") if isinstance(body, Mapping) else None
    if not isinstance(content, Mapping) or not content:
        return "", None, False
    ranked = sorted(content, key=lambda kind: ("json" not in kind, "form-urlencoded" not in kind))
    media = content[ranked[0]]
    return ranked[0], media.get("schema", {}) if isinstance(media, Mapping) else {}, body.get("required") is True
