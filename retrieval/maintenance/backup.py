"""A workspace as one file: `write(home, file)`; and back: `vademecum.retrieval.maintenance.restore`.

The file is a zip archive with a manifest: version, time, and the SHA-256 of each member. What is derived (the vector
index) is left out, as it is made from the catalogue. Databases are copied by SQLite's backup, each as it was at one
moment, while others go on writing.
"""

import hashlib
import os
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, NonNegativeInt

from vademecum.core import private_files
from vademecum.core.disk_errors import disk_problem
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.core.settings_sources import NAME as SETTINGS
from vademecum.retrieval.catalogue.database import CATALOGUE, PATIENCE
from vademecum.retrieval.maintenance.scratch import remove_left_overs, scratch
from vademecum.retrieval.stores import FOLDERS

VERSION = 1
"""Of the archive; a later program reads it, an earlier one says that it cannot."""

MANIFEST = "vademecum.json"

DATABASES = (".db", ".sqlite")
DERIVED = FOLDERS | {"stores.sqlite"}
"""Left out: made from the catalogue when it is missing."""

PASSING = (".lock", ".log", ".part", "-wal", "-shm", "-journal", ".pid", ".server")
"""Endings of what only a running process has to do with."""

NESTED = (("notebooks",), ("evaluation", "documents"))
"""Where a workspace keeps others, each in a folder of its own."""

PIECE = 1 << 20


class Manifest(BaseModel):
    """What an archive says of itself. `workspace` is the version of its catalogue; `files` their SHA-256 by path."""

    model_config = ConfigDict(frozen=True)

    version: NonNegativeInt
    workspace: NonNegativeInt
    made: datetime
    files: dict[str, str]


class BackupSummary(NamedTuple):
    """What was written or restored: files, and bytes of the archive.

    `settings`: names of the settings in the backup that were not taken over.
    """

    files: int
    size: int
    written_at: datetime
    settings: tuple[str, ...] = ()


def write(home: Path, file: Path) -> BackupSummary:
    """Write the workspace in `home` to `file`, whole or not at all; a file that is there already is replaced.

    Raises:
        UsageError: there is no workspace, or `file` is no file or lies in the workspace.
        WorkspaceError: the workspace cannot be read, or the file not written.
    """
    if not (home / CATALOGUE).is_file():
        raise UsageError(f"there is no workspace in {home}; name another with --home")
    if (file.exists() and not file.is_file()) or home.resolve() in file.resolve().parents:
        raise UsageError(f"{file} is no place for a backup; name a file outside the workspace {home}")
    try:
        private_files.make_folder(file.parent)
        remove_left_overs(home, file.parent)
        with scratch(file.parent, file.name, home) as folder:
            draft = folder / "backup"
            draft.touch(mode=0o600)  # it may hold what is private, and keys that stand in the workspace's vade.toml
            manifest = _pack(home, draft, folder)
            os.replace(draft, file)
    except (OSError, sqlite3.Error) as error:
        reason = disk_problem(error) or f"{error}; look at it with vade doctor"
        raise WorkspaceError(
            f"the backup cannot be written to {file} ({reason}); what was there before is untouched"
        ) from error
    return BackupSummary(len(manifest.files), file.stat().st_size, manifest.made)


def below_workspace(path: PurePath) -> tuple[str, ...]:
    """The parts of a place in the workspace; of one in a workspace that lies in it, those in that one."""
    for folder in NESTED:
        if path.parts[: len(folder)] == folder and len(path.parts) > len(folder) + 1:
            return path.parts[len(folder) + 1 :]
    return path.parts


def is_kept(path: PurePath) -> bool:
    """Whether a file at this place in a workspace belongs into a backup: not what is derived, hidden or passing.

    All that was dropped on the page does, whatever its name. Frames that wait for a server elsewhere do not: they
    would be sent twice.
    """
    first, *rest = below_workspace(path)
    if first.split("-")[0] == "uploads" and rest:
        return True
    hidden = any(part.startswith(".") for part in path.parts)
    elsewhere = first.casefold() == "spool" and rest[:1] != ["local"]
    damaged = ".set-aside-" in first
    return not (hidden or elsewhere or damaged or first.casefold() in DERIVED or path.name.casefold().endswith(PASSING))


def is_settings(path: PurePath) -> bool:
    """Whether the file at this place says how a workspace is set; on some disks `VADE.TOML` is the same."""
    return [part.casefold() for part in below_workspace(path)] == [SETTINGS]


def _pack(home: Path, target: Path, scratch: Path) -> Manifest:
    hashes: dict[str, str] = {}
    version = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in _members(home):
            source, name = home / path, path.as_posix()
            if source.suffix in DATABASES:
                source = _snapshot(source, scratch / "snapshot.db")
            if (hashed := _add(archive, source, name)) is not None:
                hashes[name] = hashed
            if name == CATALOGUE:
                version = _version(source)
        manifest = Manifest(version=VERSION, workspace=version, made=datetime.now(UTC), files=hashes)
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    with target.open("rb") as handle:
        os.fsync(handle.fileno())
    return manifest


def _members(home: Path) -> Iterator[Path]:
    """Files of the workspace by their place in it; the catalogue is among them."""
    for folder, folders, files in os.walk(home):
        folders.sort()
        for name in sorted(files):
            whole = Path(folder, name)
            if is_kept(path := whole.relative_to(home)) and whole.is_file() and not whole.is_symlink():
                yield path


def _snapshot(database: Path, target: Path) -> Path:
    """The database as it is at one moment, with what its log holds; a file that is none as it is."""
    target.unlink(missing_ok=True)
    source = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=PATIENCE)
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    return target


def _add(archive: zipfile.ZipFile, source: Path, name: str) -> str | None:
    """The SHA-256 of what went into the archive; None for a file that is gone by now (a frame that was delivered)."""
    hashed = hashlib.sha256()
    try:
        with source.open("rb") as handle, archive.open(name, "w", force_zip64=True) as member:
            while piece := handle.read(PIECE):
                hashed.update(piece)
                member.write(piece)
    except FileNotFoundError:
        return None
    return hashed.hexdigest()


def _version(catalogue: Path) -> int:
    connection = sqlite3.connect(f"file:{catalogue}?mode=ro", uri=True)
    try:
        return connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()
