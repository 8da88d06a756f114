"""Folders in which a backup is written or restored, and what killed ones left behind.

    with scratch(file.parent, file.name, home) as folder: ...
    remove_left_overs(home)

Such a folder lies beside what is made in it, as only there it takes its place in one step. A lock in it, which the
system drops when its process ends, says that somebody works there. The workspace keeps the place of each backup that is
under way, so that what is left of one is found from there.
"""

import fcntl
import glob
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_log = logging.getLogger("vademecum.backup")

MARK = "vademecum-scratch"
"""The file with the lock: a folder without it is not ours, or holds nothing yet."""

OLD = "old"
"""Within the folder of a restoration, the workspace that is being replaced."""

_NAME = re.compile(r"\..+\.vade-[a-z0-9_]{8}")
_PLACE = ".under-way-"
_DRAFT = re.compile(r"\..+\.(\d+)-[0-9a-f]{8}\.part")
"""A file that is being written by the process of that number (`vademecum.core.atomic_write`)."""


@contextmanager
def scratch(place: Path, name: str, home: Path | None = None) -> Generator[Path]:
    """An empty folder in `place`, private, and removed at the end; `home`: the workspace that remembers it meanwhile.

    Raises:
        OSError: it cannot be made.
    """
    folder = Path(tempfile.mkdtemp(prefix=f".{name[:80]}.vade-", dir=place))
    reminder = home / f"{_PLACE}{folder.name[-8:]}" if home else None
    with suppress(OSError):  # a workspace that cannot be written can be backed up all the same
        if reminder:
            reminder.write_bytes(os.fsencode(folder.absolute()))
    handle = os.open(folder / "unlocked", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        os.rename(folder / "unlocked", folder / MARK)
        yield folder
    finally:
        _remove(folder)
        os.close(handle)
        if reminder:
            reminder.unlink(missing_ok=True)


def remove_left_overs(home: Path, *places: Path) -> None:
    """Remove what killed backups and restorations of the workspace left, and those in `places`.

    A workspace that was on its way out when its restoration was killed, so that nothing is in its place, comes back.
    """
    for folder in _idle(home.parent.glob(f".{glob.escape(home.name[:80])}.vade-*")):
        if (folder / OLD).is_dir() and not home.exists():
            os.rename(folder / OLD, home)
        _remove(folder)
    for place in places:
        for folder in _idle(place.glob(".*.vade-*")):
            if not (folder / OLD).is_dir():  # of another workspace, which may have to come back
                _remove(folder)
    for reminder in home.glob(f"{_PLACE}*"):
        folder = Path(os.fsdecode(reminder.read_bytes()[:4096].replace(b"\0", b"")))
        for idle in _idle([folder]):
            _remove(idle)
        if not folder.parent.is_dir():
            _log.warning("a backup was interrupted in %s, which is out of reach: what it left there stays", folder)
        elif not folder.exists():
            reminder.unlink(missing_ok=True)


def remove_drafts(home: Path) -> None:
    """Remove files of the workspace whose writers were killed before they were whole."""
    for file in home.rglob(".*.part"):
        if (match := _DRAFT.fullmatch(file.name)) and not _is_alive(int(match[1])):
            file.unlink(missing_ok=True)


def _idle(folders: "Iterator[Path] | list[Path]") -> Iterator[Path]:
    """Those that are ours, and that nobody works in; held while the caller looks at each."""
    for folder in folders:
        if not _NAME.fullmatch(folder.name) or folder.is_symlink() or (folder / MARK).is_symlink():
            continue
        try:
            handle = os.open(folder / MARK, os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield folder
        except BlockingIOError:
            continue
        finally:
            os.close(handle)


def _remove(folder: Path) -> None:
    """Remove the folder; the mark last, so that what a second kill leaves is still known as ours."""
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != MARK:
                path.unlink(missing_ok=True)
        (folder / MARK).unlink(missing_ok=True)
        folder.rmdir()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
