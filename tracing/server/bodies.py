"""Bodies of requests: bounded in size and time, and unpacked as they come, beside the loop that answers others."""

import asyncio

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from vademecum.core.errors import TraceError
from vademecum.tracing.store.unpacking import unpacker

PATIENCE_BYTES = 1_000_000_000
"""Of a body that is too large, as much is read and thrown away, so that its sender hears why it is refused."""

BODY_SECONDS = 120.0
"""A body that is not whole after so long is not waited for; its sender may try again, as the SDK does."""


async def body(request: Request, limit: int) -> bytes:
    """The body, unpacked, of at most `limit` bytes, packed or not.

    Raises:
        TraceError: it is larger (413), packed in a way not known (415), cannot be unpacked (400), or too slow (408).
    """
    unpacked = _Unpacked(request.headers.get("content-encoding", "identity").lower(), limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                await run_in_threadpool(unpacked.add, chunk)
                if unpacked.seen > PATIENCE_BYTES:
                    break
    except TimeoutError:
        raise TraceError(f"the body is not whole after {BODY_SECONDS:.0f} seconds; send it again", status=408) from None
    return await run_in_threadpool(unpacked.whole)


class _Unpacked:
    """What has come of a body, and been unpacked."""

    def __init__(self, encoding: str, limit: int) -> None:
        self.limit = limit
        self.seen = 0
        self._unpack = unpacker(encoding)
        self._content = bytearray()
        self._is_too_large = False

    def add(self, chunk: bytes) -> None:
        """Take more of the body in; what is too large already is thrown away."""
        self.seen += len(chunk)
        if self.seen > self.limit:  # packed or not: what unpacks to nothing is work, too
            self._is_too_large = True
        for piece in () if self._is_too_large else self._unpack(chunk):
            if len(self._content) + len(piece) > self.limit:
                self._is_too_large = True
                self._content.clear()
                break
            self._content += piece

    def whole(self) -> bytes:
        """All of it, once nothing more comes."""
        if self._is_too_large:
            raise TraceError(
                f"more than {self.limit // 1_000_000} MB in one request; send less, or raise trace_frame_mb", status=413
            )
        for piece in self._unpack(None):
            self._content += piece
        return bytes(self._content)
