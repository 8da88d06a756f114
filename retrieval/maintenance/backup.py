"""A workspace as one file, and back: `write(home, file)`, `restore(file, home)`.

The file is a zip archive with a manifest: version, time, and the SHA-256 of each member. What is derived (the vector
index) is left out, as it is made from the catalogue. Databases are copied by SQLite's backup, each as it was at one
moment, while others go on writing. Nothing is replaced before all of the archive has been unpacked and checked.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from vademecum.core.atomic_write import replacing
from vademecum.core.errors import UsageError, WorkspaceError
from vademecum.retrieval.catalogue.database import CATALOGUE, PATIENCE, hold
from vademecum.retrieval.catalogue.migrations import MIGRATIONS
from vademecum.retrieval.stores import FOLDERS

VERSION = 1
"""Of the archive; a later program reads it, an earlier one says that it cannot."""

MANIFEST = "vademecum.json"

DATABASES = (".db", ".sqlite")
DERIVED = FOLDERS | {"stores.sqlite"}
"""Left out: made from the catalogue when it is missing."""

PASSING = (".lock", ".log", ".part", "-wal", "-shm", "-journal", ".pid")
"""Endings of what only a running process has to do with."""

PIECE = 1 << 20


class Manifest(BaseModel):
    """What an archive says of itself. `workspace` is the version of its catalogue; `files` their SHA-256 by path."""

    model_config = ConfigDict(frozen=True)

    version: int
    workspace: int
    made: datetime
    files: dict[str, str]


class BackupSummary(NamedTuple):
    """What was written or restored: files, and bytes of the archive."""

    files: int
    size: int
    written_at: datetime


def write(home: Path, file: Path) -> BackupSummary:
    """Write the workspace in `home` to `file`, whole or not at all; a file that is there already is replaced.

    Raises:
        UsageError: there is no workspace, or `file` is a folder or lies in the workspace.
        WorkspaceError: the workspace cannot be read, or the file not written.
    """
    if not (home / CATALOGUE).is_file():
        raise UsageError(f"there is no workspace in {home}; name another with --home")
    if file.is_dir() or home.resolve() in file.resolve().parents:
        raise UsageError(f"{file} is no place for a backup; name a file outside the workspace {home}")
    try:
        with replacing(file) as draft, TemporaryDirectory(prefix=".vade-backup-", dir=file.parent) as scratch:
            draft.touch(mode=0o600)  # it may hold what is private, and keys that stand in the workspace's vade.toml
            manifest = _pack(home, draft, Path(scratch))
    except (OSError, sqlite3.Error) as error:
        raise WorkspaceError(
            f"the backup cannot be written to {file} ({error}); what was there before is untouched"
        ) from error
    return BackupSummary(len(manifest.files), file.stat().st_size, manifest.made)


def restore(file: Path, home: Path, *, force: bool = False) -> BackupSummary:
    """Make `home` the workspace that `file` holds. With `force`, in the place of what is there.

    All is unpacked and checked beside `home` first; then the old is moved away and the new in its place, and the old is
    removed. An older workspace is brought up to date when it is next opened.

    Raises:
        UsageError: `file` is no backup, or of a later version; or `home` holds something and `force` was not given.
        WorkspaceError: the backup is damaged, `home` is in use, or cannot be written.
    """
    home = home.absolute()
    if not force and home.is_dir() and any(home.iterdir()):
        raise UsageError(f"{home} is not empty; name another with --home, or replace it all: --force")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive, file)
            with TemporaryDirectory(prefix=f".{home.name}.", dir=home.parent) as scratch:
                new = Path(scratch, "new")
                _unpack(archive, manifest, new, file)
                _check(new, file)
                _put_in_place(new, home, Path(scratch, "old"))
    except FileNotFoundError as error:
        raise UsageError(f"there is no file {file}; name a backup that `vade backup` wrote") from error
    except zipfile.BadZipFile as error:
        raise UsageError(f"{file} is no backup, or is cut off ({error}); nothing was changed") from error
    except OSError as error:
        raise WorkspaceError(f"the backup cannot be restored to {home} ({error})") from error
    return BackupSummary(len(manifest.files), file.stat().st_size, manifest.made)


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
        below = Path(folder).relative_to(home)
        folders[:] = sorted(name for name in folders if not (below == Path() and name in DERIVED))
        for name in sorted(files):
            whole = Path(folder, name)
            derived = below == Path() and name in DERIVED
            passing = name.endswith(PASSING) or name.startswith(".")
            if not derived and not passing and whole.is_file() and not whole.is_symlink():
                yield below / name


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


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    try:
        content: dict[str, Any] = json.loads(archive.read(MANIFEST))
        manifest = Manifest.model_validate(content)
    except (KeyError, ValueError, ValidationError) as error:
        raise UsageError(f"{file} is no backup of a workspace; name a file that `vade backup` wrote") from error
    if manifest.version > VERSION or manifest.workspace > len(MIGRATIONS):
        raise UsageError(
            f"{file} comes from a newer version of vademecum (workspace {manifest.workspace}, this one knows up to "
            f"{len(MIGRATIONS)}); update vademecum first"
        )
    return manifest


def _unpack(archive: zipfile.ZipFile, manifest: Manifest, target: Path, file: Path) -> None:
    """Unpack what the manifest names, and nothing else, each checked against its hash while it is written."""
    for name, expected in manifest.files.items():
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts or "\\" in name or not place.parts:
            raise UsageError(f"{file} names a place outside the workspace ({name[:80]!r}) and is not restored")
        goal = target.joinpath(*place.parts)
        goal.parent.mkdir(parents=True, exist_ok=True)
        hashed = hashlib.sha256()
        try:
            with archive.open(name) as member, goal.open("wb") as handle:
                while piece := member.read(PIECE):
                    hashed.update(piece)
                    handle.write(piece)
                handle.flush()
                os.fsync(handle.fileno())
        except (KeyError, EOFError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise WorkspaceError(f"{file} is damaged at {name}; nothing was changed, take another backup") from error
        if hashed.hexdigest() != expected:
            raise WorkspaceError(f"{file} is damaged at {name} (its hash differs); nothing was changed")


def _check(new: Path, file: Path) -> None:
    """The databases can be read as such."""
    for database in [path for path in new.rglob("*") if path.suffix in DATABASES]:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            well = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        except sqlite3.Error:
            well = False
        finally:
            connection.close()
        if not well:
            raise WorkspaceError(f"{file} holds a damaged {database.name}; nothing was changed, take another backup")


def _put_in_place(new: Path, home: Path, old: Path) -> None:
    """Swap the folders; while `home` is held, so that no writer is in the middle of something."""
    if not home.is_dir():
        os.rename(new, home)
        return
    with hold(home, wait=0):
        os.rename(home, old)
        try:
            os.rename(new, home)
        except OSError:
            os.rename(old, home)
            raise
    shutil.rmtree(old, ignore_errors=True)
