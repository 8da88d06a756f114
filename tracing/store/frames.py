"""What clients send, taken apart: multipart frames split, their parts made operations."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from vademecum.core.errors import TraceError
from vademecum.tracing.store.operations import PARTS, Kind, Operation
from vademecum.tracing.store.values import identity, parsed, sent_list, shortened


class Part(NamedTuple):
    """One part of a multipart body."""

    name: str
    content_type: str
    data: bytes


class Frame(NamedTuple):
    """What a frame says: of runs, in order, and feedback; and what of it cannot be read, in a line each."""

    operations: list[Operation]
    feedback: list[dict[str, Any]]
    refused: list[str] = []  # noqa: RUF012 (never changed)


MAX_PARTS = 20_000
"""Parts of a multipart body, at most; the SDK sends some seven for each of a hundred runs."""

MAX_HEAD = 16_000
"""Bytes of headers of one part, at most."""


def parts(content: bytes, content_type: str) -> Iterator[Part]:
    """The parts of a multipart body.

    Raises:
        TraceError: it is none, is truncated, has too many parts, or one without a name (400).
    """
    delimiter = b"--" + _boundary(content_type)
    at = content.find(delimiter)
    if at < 0:
        raise TraceError("the frame has no part that its boundary begins")
    at += len(delimiter)
    if content.count(delimiter) > MAX_PARTS:
        raise TraceError(f"the frame has more than {MAX_PARTS} parts; send fewer at once", status=413)
    while content[at : at + 2] != b"--":
        head_end = content.find(b"\r\n\r\n", at)
        end = content.find(b"\r\n" + delimiter, head_end + 2)
        if content[at : at + 2] != b"\r\n" or not 0 <= head_end - at <= MAX_HEAD or end < 0:
            raise TraceError("the frame is truncated or corrupt; send it again")
        headers = _headers(content[at + 2 : head_end])
        data = content[head_end + 4 : end]
        length = headers.get("content-length")
        if length is not None and length != str(len(data)):
            raise TraceError("a part of the frame is not as long as it says; send it again")
        yield Part(_name(headers), headers.get("content-type", ""), data)
        at = end + 2 + len(delimiter)


def frame(content: bytes, content_type: str) -> Frame:
    """What a frame of runs says. A run of which a part is not what its name says is refused; the others are not.

    Raises:
        TraceError: it is truncated or corrupt (400).
    """
    reader = _FrameReader()
    for part in list(parts(content, content_type)):
        reader.take(part)
    return reader.frame()


class _FrameReader:
    """Takes the parts of a frame together, run by run."""

    def __init__(self) -> None:
        self.operations: dict[tuple[str, str], Operation] = {}
        self.feedback: list[dict[str, Any]] = []
        self.attachments: list[tuple[str, str, tuple[str, bytes]]] = []
        self.bad_runs: set[str] = set()
        self.refused: list[str] = []

    def take(self, part: Part) -> None:
        """Add what a part says, or the reason why nothing can be kept of its run."""
        kind, _, rest = part.name.partition(".")
        raw_id, _, field = rest.partition(".")
        try:
            if kind == "feedback":
                self.feedback.append({**_object(part), "id": identity(raw_id, "feedback id")})
            elif kind == "attachment" and field:
                file = (part.content_type.partition(";")[0], part.data)
                self.attachments.append((identity(raw_id, "run id"), field, file))
            elif kind in ("post", "patch"):
                self._take_run("post" if kind == "post" else "patch", identity(raw_id, "run id"), field, part)
            else:
                raise TraceError(f"a frame has no part {shortened(part.name)}", status=422)
        except TraceError as error:
            self.bad_runs.add(raw_id.lower())
            self.refused.append(f"{part.name[:80]}: {error}")

    def _take_run(self, kind: Kind, run_id: str, field: str, part: Part) -> None:
        operation = self.operations.setdefault((kind, run_id), Operation(kind, run_id, {}))
        if not field:
            operation.fields = {**_object(part), **operation.fields}
        elif field in PARTS:
            operation.fields[field] = parsed(part.data, part.name)

    def frame(self) -> Frame:
        """All that was taken, without the runs that cannot be read."""
        for run_id, name, file in self.attachments:
            operation = self.operations.get(("post", run_id)) or self.operations.get(("patch", run_id))
            if operation is None:
                operation = self.operations.setdefault(("patch", run_id), Operation("patch", run_id, {}))
            operation.attachments[name] = file
        sound = [operation for operation in self.operations.values() if operation.id not in self.bad_runs]
        return Frame(sound, self.feedback, self.refused)


def batch(content: dict[str, Any]) -> Frame:
    """What `{"post": [...], "patch": [...]}` says; a run that is none is refused, the others are not.

    Raises:
        TraceError: it is nothing of the kind (422).
    """
    operations: list[Operation] = []
    refused: list[str] = []
    for kind in ("post", "patch"):
        for number, fields in enumerate(sent_list(content.get(kind), kind)):
            try:
                if not isinstance(fields, dict):
                    raise TraceError("a run must be a JSON object", status=422)
                operations.append(Operation(kind, identity(fields.get("id"), "run id"), fields))
            except TraceError as error:
                refused.append(f"{kind} {number}: {error}")
    return Frame(operations, [], refused)


def _object(part: Part) -> dict[str, Any]:
    decoded = parsed(part.data, part.name)
    if not isinstance(decoded, dict):
        raise TraceError(f"{part.name[:80]} must be a JSON object", status=422)
    return decoded


def _boundary(content_type: str) -> bytes:
    kind, _, rest = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        raise TraceError(f"send multipart/form-data, not {kind[:60]!r}", status=415)
    for item in rest.split(";"):
        name, _, text = item.strip().partition("=")
        if name.lower() == "boundary" and 0 < len(text.strip('"')) <= 200:
            return text.strip('"').encode("latin-1")
    raise TraceError("the content-type names no boundary of up to 200 characters")


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
