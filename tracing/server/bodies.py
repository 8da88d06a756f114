"""Bodies of requests: bounded, and unpacked as they come."""

import zlib
from collections.abc import Iterator
from typing import Any

from fastapi import Request

from core.errors import TraceError

PATIENCE_BYTES = 1_000_000_000
"""Of a body that is too large, as much is read and thrown away, so that its sender hears why it is refused."""


async def body(request: Request, limit: int) -> bytes:
    """The body, unpacked, of at most `limit` bytes.

    Raises:
        TraceError: it is larger (413), packed in a way not known (415), or cannot be unpacked (400).
    """
    encoding = request.headers.get("content-encoding", "identity").lower()
    unpack = _unpacker(encoding)
    kept, size, seen = bytearray(), 0, 0
    async for chunk in request.stream():
        seen += len(chunk)
        if size > limit:
            if seen > PATIENCE_BYTES:
                break
            continue
        for piece in unpack(chunk):
            size += len(piece)
            if size > limit:
                kept.clear()
                break
            kept += piece
    if size > limit:
        raise TraceError(
            f"more than {limit // 1_000_000} MB in one request; send less, or raise trace_frame_mb", status=413
        )
    for piece in unpack(None):
        kept += piece
    return bytes(kept)


def _unpacker(encoding: str) -> Any:
    """A function that unpacks a chunk, a bounded piece at a time; given None, it checks that the end was reached."""
    if encoding == "zstd":
        return _Zstd()
    if encoding == "gzip":
        return _Gzip()
    if encoding in ("identity", ""):
        return lambda chunk: [chunk] if chunk else []
    raise TraceError(f"content-encoding {encoding[:40]!r} is not known; send zstd, gzip or none", status=415)


class _Zstd:
    """Unpacks zstd, of one frame or several."""

    def __init__(self) -> None:
        import zstandard

        self.error = zstandard.ZstdError
        self.make = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj
        self.stream = self.make()
        self.begun = False

    def __call__(self, chunk: bytes | None) -> Iterator[bytes]:
        if chunk is None:
            if self.begun and not self.stream.eof:
                raise TraceError("the zstd stream ends before its end; send it again")
            return
        # A bomb unpacks to a thousand times its size: small bites keep what is held at once small.
        for start in range(0, len(chunk), 1024):
            yield from self._bite(chunk[start : start + 1024])

    def _bite(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self.stream.eof:
                self.stream = self.make()
            self.begun = True
            try:
                yield self.stream.decompress(data)
            except self.error as error:
                raise TraceError(f"the body is not zstd ({error})") from None
            data = self.stream.unused_data if self.stream.eof else b""


class _Gzip:
    """Unpacks gzip."""

    def __init__(self) -> None:
        self.stream = zlib.decompressobj(wbits=31)

    def __call__(self, chunk: bytes | None) -> Iterator[bytes]:
        if chunk is None:
            if not self.stream.eof:
                raise TraceError("the gzip stream ends before its end; send it again")
            return
        try:
            while chunk:
                yield self.stream.decompress(chunk, 1_000_000)
                chunk = self.stream.unconsumed_tail
        except zlib.error as error:
            raise TraceError(f"the body is not gzip ({error})") from None
