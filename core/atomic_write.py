"""Files that are written whole or not at all: what was there stays until all of the new is on the disk.

write_whole(home / "vade.toml", b"mode = 'sparse'")
with replacing(home / "backup.zip") as draft:
pack(draft)
"""

import contextlib
import errno
import os
import uuid
from collections.abc import Generator
from pathlib import Path

from vademecum.core import private_files

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_whole(file: Path, content: bytes, *, durable: bool = True) -> None:
    """Put `content` in the place of what `file` held, in one step; its folder is made. Both are for their owner alone.

    Raises:
        OSError: it cannot be written; the file is what it was, and nothing lies beside it.
    """
    with (
        replacing(file, durable=durable) as draft,
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as writer,
    ):
        writer.write(content)


@contextlib.contextmanager
def replacing(file: Path, *, durable: bool = True) -> Generator[Path]:
    """A path beside `file`, to be written by the block; then it takes the place of `file`, in one step.

    Of two that write at once the later one wins. What a killed process leaves behind ends in `.PROCESS-RANDOM.part`.
    `durable`: whether what was written is on the disk before it takes the place, so that it survives a power cut.

    Raises:
        OSError: it cannot be written; the file is what it was, and nothing lies beside it.
    """
    private_files.make_folder(file.parent)
    draft = file.with_name(f".{file.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}.part")
    try:
        yield draft
        private_files.keep_others_out(draft)
        if durable:
            _sync(draft)
        os.replace(draft, file)
    finally:
        draft.unlink(missing_ok=True)


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remedy(error: OSError) -> str:
    """What a person does about a file that could not be written: the end of a message."""
    return "free some disk space" if error.errno in _NO_ROOM else "give yourself the right to"
