"""What was packed by zstd or gzip is unpacked as it comes, and never more at once than a bounded piece."""

import zlib
from collections.abc import Callable, Iterable, Iterator

from vademecum.core.errors import TraceError


def unpacked(body: bytes, encoding: str) -> bytes:
    """The whole body of a request of ours; not for what strangers send."""
    unpack = unpacker(encoding)
    return b"".join([*unpack(body), *unpack(None)])


def unpacker(encoding: str) -> Callable[[bytes | None], Iterable[bytes]]:
    """A function that unpacks a chunk, a bounded piece at a time; given None, it checks that the end was reached.

    Raises:
        TraceError: the encoding is not known (415); and the function: what it is given cannot be unpacked (400).
    """
    if encoding == "zstd":
        return _Zstd()
    if encoding == "gzip":
        return _Gzip()
    if encoding in ("identity", ""):
        return lambda chunk: [chunk] if chunk else []
    raise TraceError(f"content-encoding {encoding[:40]!r} is not known; send zstd, gzip or none", status=415)


MAX_ZSTD_FRAMES = 1000
"""Frames of zstd in one body, at most: each is work, even where nothing is in it."""


class _Zstd:
    """Unpacks zstd, of one frame or several."""

    def __init__(self) -> None:
        import zstandard

        self.error = zstandard.ZstdError
        self.make = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj
        self.stream = self.make()
        self.has_input = False
        self.frames = 1

    def __call__(self, chunk: bytes | None) -> Iterator[bytes]:
        if chunk is None:
            if self.has_input and not self.stream.eof:
                raise TraceError("the zstd stream ends before its end; send it again")
            return
        # A bomb unpacks to a thousand times its size: small bites keep what is held at once small.
        for start in range(0, len(chunk), 1024):
            yield from self._bite(chunk[start : start + 1024])

    def _bite(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self.stream.eof:
                self.stream = self.make()
                self.frames += 1
                if self.frames > MAX_ZSTD_FRAMES:
                    raise TraceError(f"the body has more than {MAX_ZSTD_FRAMES} frames of zstd; send one")
            self.has_input = True
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
