"""Bodies of requests: bounded, and unpacked as they come."""

from fastapi import Request

from vademecum.core.errors import TraceError
from vademecum.tracing.store.unpacking import unpacker

PATIENCE_BYTES = 1_000_000_000
"""Of a body that is too large, as much is read and thrown away, so that its sender hears why it is refused."""


async def body(request: Request, limit: int) -> bytes:
    """The body, unpacked, of at most `limit` bytes.

    Raises:
        TraceError: it is larger (413), packed in a way not known (415), or cannot be unpacked (400).
    """
    encoding = request.headers.get("content-encoding", "identity").lower()
    unpack = unpacker(encoding)
    content, size, seen = bytearray(), 0, 0
    async for chunk in request.stream():
        seen += len(chunk)
        if size > limit:
            if seen > PATIENCE_BYTES:
                break
            continue
        for piece in unpack(chunk):
            size += len(piece)
            if size > limit:
                content.clear()
                break
            content += piece
    if size > limit:
        raise TraceError(
            f"more than {limit // 1_000_000} MB in one request; send less, or raise trace_frame_mb", status=413
        )
    for piece in unpack(None):
        content += piece
    return bytes(content)
