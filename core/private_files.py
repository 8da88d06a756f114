"""Files and folders for their owner alone, whatever the umask of the program that we are used in.

Our own commands set a umask instead (`vademecum.cli.main`), which holds for what other libraries write as well.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_folder(folder: Path) -> None:
    """Make the folder where it is missing; one that is there keeps its rights.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_database(file: Path) -> None:
    """Make the file of an SQLite database where it is missing; of one that is there, take rights from others.

    One that is there is not opened: to close it would drop the locks that this process holds on it.

    Raises:
        OSError: it cannot be made.
    """
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        for path in (file, *(file.with_name(file.name + ending) for ending in ("-wal", "-shm"))):
            close_to_others(path)


def is_open_to_others(path: Path) -> bool:
    """Whether the file or folder gives rights to others than its owner; never of a link."""
    with suppress(OSError):
        mode = path.lstat().st_mode
        return not stat.S_ISLNK(mode) and bool(mode & OTHERS)
    return False


def close_to_others(path: Path) -> None:
    """Take the rights of others from the file or folder; where it is not ours to change, nothing happens."""
    if is_open_to_others(path):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~OTHERS)
