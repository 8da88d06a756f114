"""The beginning of a large file that comes in pieces, and a record of how much of it is surely on the disk.

A process that is killed loses nothing that the record names; after a power cut what lies behind it may be anything.
"""

import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from vademecum.core.atomic_write import write_whole

STEP = 16 << 20
"""Bytes after which what has come is put on the disk for sure, and noted."""


class PartialFile:
    """The beginning of what is to be the file at `target`."""

    def __init__(self, target: Path) -> None:
        self.file = target.with_name(f"{target.name}.part")
        self._record = self.file.with_suffix(".record")
        self.files = (self.file, self._record)

    @property
    def size(self) -> int:
        """Bytes that are surely on the disk."""
        try:
            noted, size = json.loads(self._record.read_text("utf-8"))["bytes"], self.file.stat().st_size
            return min(noted, size) if type(noted) is int and noted > 0 else 0
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return 0

    def append(self, chunks: Iterable[bytes], came: Callable[[int], object]) -> None:
        """Write the chunks behind what is sure; `came` is told how many bytes are there, after each.

        An empty chunk says that more takes a while: what has come is made sure then.
        """
        size = sure = self.size
        with self.file.open("ab") as file:
            file.truncate(size)
            try:
                for chunk in chunks:
                    file.write(chunk)
                    size += len(chunk)
                    came(size)
                    if not chunk or size - sure >= STEP:
                        sure = self._keep(file, size)
            finally:
                self._keep(file, size)

    def _keep(self, file: BinaryIO, size: int) -> int:
        file.flush()
        os.fsync(file.fileno())
        write_whole(self._record, json.dumps({"bytes": size}).encode())
        return size

    def clear(self) -> None:
        """Begin anew."""
        self.file.unlink(missing_ok=True)
        self._record.unlink(missing_ok=True)
