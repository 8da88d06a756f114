"""What clients send, taken apart: multipart frames split, their parts made operations."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from vademecum.core.errors import TraceError
from vademecum.tracing.store.operations import PARTS, Operation
from vademecum.tracing.store.values import identity


class Part(NamedTuple):
    """One part of a multipart body."""

    name: str
    content_type: str
    data: bytes


class Frame(NamedTuple):
    """What a frame says: of runs, in order, and feedback."""

    operations: list[Operation]
    feedback: list[dict[str, Any]]


def parts(content: bytes, content_type: str) -> Iterator[Part]:
    """The parts of a multipart body.

    Raises:
        TraceError: it is none, is truncated, or a part has no name (400).
    """
    delimiter = b"--" + _boundary(content_type)
    at = content.find(delimiter)
    if at < 0:
        raise TraceError("the frame has no part that its boundary begins")
    at += len(delimiter)
    while content[at : at + 2] != b"--":
        head_end = content.find(b"\r\n\r\n", at)
        end = content.find(b"\r\n" + delimiter, head_end + 2)
        if content[at : at + 2] != b"\r\n" or head_end < 0 or end < 0:
            raise TraceError("the frame is truncated or corrupt; send it again")
        headers = _headers(content[at + 2 : head_end])
        data = content[head_end + 4 : end]
        length = headers.get("content-length")
        if length is not None and length != str(len(data)):
            raise TraceError("a part of the frame is not as long as it says; send it again")
        yield Part(_name(headers), headers.get("content-type", ""), data)
        at = end + 2 + len(delimiter)


def frame(content: bytes, content_type: str) -> Frame:
    """What a frame of runs says.

    Raises:
        TraceError: it is truncated or corrupt (400), or a part is not what its name says (422).
    """
    operations: dict[tuple[str, str], Operation] = {}
    feedback: list[dict[str, Any]] = []
    attachments: list[tuple[str, str, tuple[str, bytes]]] = []
    for part in parts(content, content_type):
        kind, _, rest = part.name.partition(".")
        run_id, _, field = rest.partition(".")
        if kind == "feedback":
            feedback.append({**_object(part), "id": identity(run_id, "feedback id")})
        elif kind == "attachment" and field:
            attachments.append((identity(run_id, "run id"), field, (part.content_type.partition(";")[0], part.data)))
        elif kind in ("post", "patch"):
            key = (kind, identity(run_id, "run id"))
            operation = operations.setdefault(key, Operation(kind, key[1], {}))
            if not field:
                operation.fields = {**_object(part), **operation.fields}
            elif field in PARTS:
                operation.fields[field] = value(part.data, part.name)
        else:
            raise TraceError(f"a frame has no part {part.name[:60]!r}", status=422)
    for run_id, name, file in attachments:
        operation = operations.get(("post", run_id)) or operations.get(("patch", run_id))
        if operation is None:
            operation = operations.setdefault(("patch", run_id), Operation("patch", run_id, {}))
        operation.attachments[name] = file
    return Frame(list(operations.values()), feedback)


def batch(content: dict[str, Any]) -> list[Operation]:
    """The operations of `{"post": [...], "patch": [...]}`."""
    operations = []
    for kind in ("post", "patch"):
        for fields in content.get(kind) or []:
            if not isinstance(fields, dict):
                raise TraceError(f"{kind} must be a list of runs", status=422)
            operations.append(Operation(kind, identity(fields.get("id"), "run id"), fields))
    return operations


def value(data: bytes, name: str = "the body") -> Any:
    """The value of JSON; NaN and Infinity, which JSON does not have, are None.

    Raises:
        TraceError: it is none (422).
    """
    try:
        return json.loads(data, parse_constant=lambda _: None)
    except (ValueError, RecursionError) as error:
        raise TraceError(f"{name[:80]} is not JSON ({error})", status=422) from None


def _object(part: Part) -> dict[str, Any]:
    decoded = value(part.data, part.name)
    if not isinstance(decoded, dict):
        raise TraceError(f"{part.name[:80]} must be a JSON object", status=422)
    return decoded


def _boundary(content_type: str) -> bytes:
    kind, _, rest = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        raise TraceError(f"send multipart/form-data, not {kind[:60]!r}", status=415)
    for item in rest.split(";"):
        name, _, text = item.strip().partition("=")
        if name.lower() == "boundary" and text.strip('"'):
            return text.strip('"').encode("latin-1")
    raise TraceError("the content-type names no boundary")


def _headers(block: bytes) -> dict[str, str]:
    headers = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, _, rest = line.partition(":")
        headers[name.strip().lower()] = rest.strip()
    return headers


def _name(headers: dict[str, str]) -> str:
    for item in headers.get("content-disposition", "").split(";"):
        name, _, text = item.strip().partition("=")
        if name.lower() == "name":
            return text.strip('"')
    raise TraceError("a part of the frame has no name")
