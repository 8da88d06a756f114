"""HTTP APIs that the settings name: each operation of an OpenAPI 3 document becomes a tool.

A tool calls the hosts that the setting allows and no others, follows no redirect, and sends the setting's headers. GET
and HEAD count as "network", every other method as one that writes.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel

from vademecum.core.errors import SettingsError, ToolError
from vademecum.tools import Services
from vademecum.tools._openapi_document import Operation, Parameter, load, operations
from vademecum.tools._quoting import material, one_line, quoted
from vademecum.tools._schema import Types, merged, model, resolved, safe_name
from vademecum.tools._web import Web, host_and_port, refusal

if TYPE_CHECKING:
    from vademecum.core.settings import OpenApi, Settings

MAX_SAID = 600
"""Longest part of a refusal that is passed on, in characters: it may say which argument was wrong."""


def parts(services: Services) -> list[str]:
    """Names of the APIs."""
    return sorted(services.chosen.openapi)


def build_part(services: Services, part: str) -> list[BaseTool]:
    """The operations of one API as tools.

    Raises:
        SettingsError: its document cannot be used, or its host is not allowed.
    """
    api = services.chosen.openapi[part]
    try:
        document, address = load(api, services.chosen)
        reach = _reach(api, address, services.chosen)
        types = Types(document)
        tools_by_name: dict[str, BaseTool] = {}
        for operation in operations(document, api.operations):
            name = safe_name(f"{part}_{operation.id}", tools_by_name)
            tools_by_name[name] = _tool(name, operation, types, address, api, reach)
    except (SettingsError, ToolError) as error:
        raise SettingsError(f"setting 'openapi', {part!r}: {error}") from error
    return list(tools_by_name.values())


def _reach(api: "OpenApi", address: str, settings: "Settings") -> Web:
    """The web as far as this API may go.

    Raises:
        SettingsError: not even to its own address.
    """
    try:
        there = httpx.URL(address)
        allowed = {
            host_and_port(httpx.URL(host if "://" in host else f"{there.scheme}://{host}")) for host in api.hosts
        }
    except httpx.InvalidURL as error:
        raise SettingsError(f"{one_line(address)!r} is not a web address") from error
    if host_and_port(there) not in (allowed or ({host_and_port(there)} if api.url else set())):
        raise SettingsError(f"its host {there.host!r} is not allowed; add it to `hosts` if you trust it")
    private = frozenset({host_and_port(there)}) if api.private else False
    reach = Web(settings.web_seconds, int(settings.web_max_mb * 1_000_000), private)
    if not api.private and (there.host == "localhost" or there.host.replace(".", "").isdigit() or ":" in there.host):
        reach.require_public(there)  # a name is looked up when it is called; an address can be judged now
    return reach


def _tool(name: str, operation: Operation, types: Types, address: str, api: "OpenApi", reach: Web) -> BaseTool:
    fields: dict[str, Any] = {}
    parameters: dict[str, Parameter] = {}
    for parameter in operation.parameters:
        safe = safe_name(parameter.name, fields)
        parameters[safe] = parameter
        fields[safe] = types.field(
            parameter.schema, name=parameter.name, required=parameter.required, text=parameter.description
        )
    body = _body_fields(operation, types, fields)

    def call(**arguments: Any) -> str:
        plain_arguments = {key: _plain(value) for key, value in arguments.items() if value is not None}
        request = _request(operation, plain_arguments, parameters, body)
        headers = {key: value.get_secret_value() for key, value in api.headers.items()}
        path = request.pop("path")
        reply = reach.ask(operation.method, f"{address}{path}", **{**request, "headers": request["headers"] | headers})
        if reply.status >= 300:
            server_text = f"\n\nIt says:\n{quoted(reply.text[:MAX_SAID])}" if reply.text.strip() else ""
            raise ToolError(f"{refusal(reply)}{server_text}")
        return _reply_text(reply.text, reply.headers.get("content-type", ""), address, len(reply.body))

    return StructuredTool.from_function(
        call,
        name=name,
        description=operation.description,
        args_schema=model(name, fields),
        metadata={"effect": "network" if operation.method in ("GET", "HEAD") else "writes"},
    )


def _body_fields(operation: Operation, types: Types, fields: dict[str, Any]) -> dict[str, str | None]:
    """Adds the fields of what is sent to `fields`; says which field is which property (None: the whole)."""
    if not operation.media:
        return {}
    schema = resolved(operation.body, types.document)
    if isinstance(schema, Mapping) and isinstance(schema.get("allOf"), list):
        schema = merged(schema, types.document)
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or not properties or schema.get("additionalProperties"):
        safe = safe_name("body", fields)
        fields[safe] = types.field(schema, name="body", required=operation.body_required, text="What is sent.")
        return {safe: None}
    names: dict[str, str | None] = {}
    required = (schema.get("required") or []) if operation.body_required else []
    for key, inner in properties.items():
        if isinstance(inner, Mapping) and inner.get("readOnly"):
            continue
        safe = safe_name(str(key), fields)
        names[safe] = str(key)
        fields[safe] = types.field(inner, name=str(key), required=key in required)
    return names


def _request(
    operation: Operation,
    arguments: Mapping[str, Any],
    parameters: Mapping[str, Parameter],
    body: Mapping[str, str | None],
) -> dict[str, Any]:
    """The request as httpx takes it, and `path`."""
    path, query, headers, cookies = operation.path, [], {"Accept": "application/json, text/plain;q=0.5"}, []
    for name, parameter in parameters.items():
        if name not in arguments:
            continue
        value = arguments[name]
        if parameter.place == "path":
            path = path.replace(f"{{{parameter.name}}}", _segment(value))
        elif parameter.place == "query":
            query.extend(_pairs(parameter, value))
        elif parameter.place == "header":
            headers[parameter.name] = one_line(_word(value), 2000)
        elif parameter.place == "cookie":
            cookies.append(f"{parameter.name}={quote(_word(value), safe='')}")
    if cookies:
        headers["Cookie"] = "; ".join(cookies)
    sent = {key: arguments[name] for name, key in body.items() if name in arguments}
    return {"path": path, "params": query or None, "headers": headers, **_sent(operation.media, sent)}


def _sent(media: str, sent: Mapping[str | None, Any]) -> dict[str, Any]:
    if not sent:
        return {}
    content = sent.get(None, sent)
    if "json" in media:
        return {"json": content}
    if "form" in media and isinstance(content, Mapping):
        return {"data": {key: value if isinstance(value, list) else _word(value) for key, value in content.items()}}
    return {"content": _word(content).encode()}


def _segment(value: Any) -> str:
    """A value in a path: it cannot reach beyond its place there."""
    text = _word(value)
    if text in ("", ".", ".."):
        raise ToolError(f"{text!r} cannot be part of an address; give another value")
    return quote(text, safe="")


def _pairs(parameter: Parameter, value: Any) -> list[tuple[str, str]]:
    if isinstance(value, list) and parameter.explode:
        return [(parameter.name, _word(entry)) for entry in value]
    if isinstance(value, Mapping):
        return [(f"{parameter.name}[{key}]", _word(entry)) for key, entry in value.items()]
    return [(parameter.name, _word(value))]


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(map(_word, value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


def _reply_text(text: str, kind: str, address: str, size: int) -> str:
    host = httpx.URL(address).host
    if not text.strip():
        return f"{host} has done it, and answered nothing."
    if "json" not in kind and not kind.startswith("text/"):
        return f"{host} answered {size:,} bytes of {one_line(kind, 60) or 'an unknown kind'}, which are no text."
    return material(host, text)
