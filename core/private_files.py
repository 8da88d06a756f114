"""Files and folders for their owner alone, whatever the umask of the program that we are used in.

Our own commands set a umask instead (`vademecum.cli.main`), which holds for what other libraries write as well. What
lies in a workspace and is not ours keeps its rights.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO

_OURS = re.compile(
    r"(catalogue|stores)\.sqlite(-wal|-shm|-journal)?|(checkpoints|memory|traces)\.db(-wal|-shm|-journal)?"
    r"|(writer|migration|traces)\.lock|traces\.(log|server)|vade\.toml|chroma|faiss|spool|\.under-way-\w+|\.page-token"
)
"""What we make at the top of a workspace, under names that nobody else gives."""

_OURS_AMONG_OURS = re.compile(
    r"uploads(-.+)?|evaluation|prompts|notebooks|\..+\.part|\..+\.vade-[a-z0-9_]{8}|.*\.set-aside.*"
)
"""What we make there as well; a person's own folder may hold others of these names."""


def make_folder(folder: Path) -> None:
    """Make the folder, and those above it, where they are missing; what is there keeps its rights.

    Raises:
        OSError: it cannot be made.
    """
    if not folder.is_dir():
        if not folder.parent.exists():
            make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def make_file(file: Path) -> None:
    """Make the file where it is missing; from one that is there, and its logs if it is a database, keep others out.

    One that is there is not opened: to close a database would drop the locks that this process holds on it.

    Raises:
        OSError: it cannot be made.
    """
    try:
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        for path in (file, *(file.with_name(file.name + ending) for ending in ("-wal", "-shm"))):
            keep_others_out(path)


def keep_others_out(path: Path) -> None:
    """Take the rights of others from the file or folder; where it is not ours to change, nothing happens."""
    if _is_open(path):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.lstat().st_mode) & ~OTHERS)


def close_workspace(home: Path) -> None:
    """Keep others out of the folder of a workspace, if all in it is ours, else out of what is: without a walk."""
    for path in _ours(home):
        keep_others_out(path)


def open_to_others(home: Path) -> list[Path]:
    """All that is ours in a workspace and that others have rights to. As many steps as there are files."""
    paths = _ours(home)
    within = (
        Path(folder, name) for top in paths if top != home for folder, *names in os.walk(top) for name in _all(names)
    )
    return [path for path in (*paths, *within) if _is_open(path)]


def _all(names: list[list[str]]) -> Iterator[str]:
    return (name for group in names for name in group)


def _ours(home: Path) -> list[Path]:
    """What is ours at the top of a workspace, and its folder where all is."""
    names = os.listdir(home) if home.is_dir() else []
    ours = [name for name in names if _OURS.fullmatch(name)]
    others = [name for name in names if not _OURS.fullmatch(name)]
    if ours and all(map(_OURS_AMONG_OURS.fullmatch, others)):
        return [home, *(home / name for name in names)]
    return [home / name for name in ours]


def _is_open(path: Path) -> bool:
    with suppress(OSError):
        mode = path.lstat().st_mode
        return not stat.S_ISLNK(mode) and bool(mode & OTHERS)
    return False
