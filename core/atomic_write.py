"""Files that are written whole or not at all: what was there stays until all of the new is on the disk.

write_whole(home / "vade.toml", b"mode = 'sparse'")
"""

import errno
import os
import uuid
from pathlib import Path

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def write_whole(file: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Put `content` in the place of what `file` held, in one step; its folder is made. `mode`: its rights, at most.

    Of two that write at once the later one wins. What a killed process leaves behind ends in `.part`.

    Raises:
        OSError: it cannot be written; the file is what it was, and nothing lies beside it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    half = file.with_name(f".{file.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(half, file)
    finally:
        half.unlink(missing_ok=True)


def remedy(error: OSError) -> str:
    """What a person does about a file that could not be written: the end of a message."""
    return "free some disk space" if error.errno in _NO_ROOM else "give yourself the right to"
