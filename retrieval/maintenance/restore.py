"""A workspace from its backup: `restore(file, home)`, all of it or nothing.

A backup may come from somebody else. Nothing is replaced before all of the archive has been unpacked beside the
workspace and checked; only files are made, in that folder, and of databases only those that we make ourselves: with
no trigger, view or virtual table of another's. Settings are taken over only where a person says so, as they may name
code to run and addresses to send texts to.
"""

import hashlib
import os
import shutil
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import cache
from pathlib import Path, PurePosixPath
from typing import IO

from vademecum.core import private_files
from vademecum.core.disk_errors import disk_problem
from vademecum.core.errors import SettingsError, UsageError, WorkspaceError
from vademecum.core.settings_sources import NAME as SETTINGS
from vademecum.core.settings_sources import read_toml
from vademecum.retrieval.catalogue import migrations
from vademecum.retrieval.catalogue.database import CATALOGUE, hold
from vademecum.retrieval.maintenance.backup import (
    DATABASES,
    MANIFEST,
    PIECE,
    VERSION,
    BackupSummary,
    Manifest,
    is_kept,
    is_settings,
)
from vademecum.retrieval.maintenance.scratch import OLD, remove_left_overs, scratch
from vademecum.tracing.store import schema as traces

MAX_MANIFEST = 64_000_000
"""Bytes of a manifest: some 500,000 files."""

MAX_RATIO = 1100
"""Deflated data grows by 1,032 at most: an archive that claims more holds members that lie over each other."""

UNREADABLE = (
    KeyError, EOFError, zipfile.BadZipFile, zlib.error, struct.error, RuntimeError, NotImplementedError, ValueError,
)  # fmt: skip
"""What `zipfile` raises for archives that are broken, encrypted, or none."""


def restore(
    file: Path, home: Path, *, force: bool = False, settings: Callable[[Sequence[str]], bool] | bool = False
) -> BackupSummary:
    """Make `home` the workspace that `file` holds. With `force`, in the place of what is there.

    `settings`: whether the `vade.toml` of the backup is taken over, or what says so, called with the names that it
    sets; where it is not, the present one stays, or none. All is unpacked and checked beside `home` first; then the old
    is moved away and the new in its place, and the old is removed. An older workspace is brought up to date when it is
    next opened.

    Raises:
        UsageError: `file` is no backup, holds nothing, or is of a later version; or `home` holds something and `force`
            was not given.
        WorkspaceError: the backup is damaged, `home` is in use, or cannot be written.
    """
    home = home.resolve()
    if not file.is_file():
        raise UsageError(f"there is no file {file}; name a backup that `vade backup` wrote")
    if home in file.resolve().parents:
        raise UsageError(f"{file} lies in the workspace that it would replace; move it elsewhere first")
    try:
        remove_left_overs(home)
        if not force and home.is_dir() and any(home.iterdir()):
            raise UsageError(f"{home} is not empty; name another with --home, or replace it all: --force")
        private_files.make_folder(home.parent)
        with zipfile.ZipFile(file) as archive, scratch(home.parent, home.name) as folder:
            manifest = _manifest(archive, file)
            left_out = _unpack(archive, _wanted(archive, manifest, file), folder / "new", file)
            _check(folder / "new", file)
            refused = _settle(folder / "new", home, settings)
            _put_in_place(folder / "new", home, folder / OLD)
    except zipfile.BadZipFile as error:
        raise UsageError(f"{file} is no backup, or is cut off ({error}); nothing was changed") from error
    except OSError as error:
        raise WorkspaceError(f"the backup cannot be restored to {home} ({disk_problem(error) or error})") from error
    return BackupSummary(len(manifest.files) - left_out, file.stat().st_size, manifest.made, refused)


def _manifest(archive: zipfile.ZipFile, file: Path) -> Manifest:
    try:
        if archive.getinfo(MANIFEST).file_size > MAX_MANIFEST:
            raise ValueError("the manifest is too long")
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except UNREADABLE as error:
        raise UsageError(f"{file} is no backup of a workspace; name a file that `vade backup` wrote") from error
    _require_known(file, manifest.version, VERSION)
    _require_known(file, manifest.workspace, len(migrations.MIGRATIONS))
    if CATALOGUE not in manifest.files:
        raise UsageError(f"{file} holds no documents (it has no {CATALOGUE}); nothing was changed, take another backup")
    return manifest


def _require_known(file: Path, version: int, known: int) -> None:
    if version > known:
        raise UsageError(
            f"{file} comes from a newer version of vademecum ({version}, this one knows up to {known}); update "
            "vademecum first"
        )


def _wanted(archive: zipfile.ZipFile, manifest: Manifest, file: Path) -> dict[zipfile.ZipInfo, str]:
    """The members that the manifest names, with their hashes; nothing else of the archive is looked at.

    Raises:
        UsageError: one would lie outside the workspace.
        WorkspaceError: one is missing, or together they are larger than the disk, or than can be.
    """
    members: dict[zipfile.ZipInfo, str] = {}
    for name, expected in manifest.files.items():
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts or "\\" in name or not place.parts or not name.isprintable():
            raise UsageError(f"{file} names a place outside the workspace ({name[:80]!r}) and is not restored")
        try:
            members[archive.getinfo(name)] = expected
        except KeyError as error:
            raise WorkspaceError(f"{file} is damaged at {name}; nothing was changed, take another backup") from error
    size, packed = sum(member.file_size for member in members), file.stat().st_size
    if size > packed * MAX_RATIO:
        raise UsageError(f"{file} claims to hold {size / 1e6:,.0f} MB in {packed / 1e6:,.1f} and is no backup of ours")
    return members


def _unpack(archive: zipfile.ZipFile, members: dict[zipfile.ZipInfo, str], target: Path, file: Path) -> int:
    """Unpack members that belong into a backup, each checked against its hash; how many others there were."""
    kept = {member: place for member in members if is_kept(place := PurePosixPath(member.filename))}
    size, free = sum(member.file_size for member in kept), shutil.disk_usage(target.parent).free
    if size > free:
        raise WorkspaceError(
            f"{file} needs {size / 1e6:,.0f} MB and the disk has {free / 1e6:,.0f}; free some, or name another --home"
        )
    for member, place in kept.items():
        goal = target.joinpath(*place.parts)
        private_files.make_folder(goal.parent)
        hashed = hashlib.sha256()
        try:
            with archive.open(member) as packed, _new_file(goal) as unpacked:
                while piece := packed.read(PIECE):
                    hashed.update(piece)
                    unpacked.write(piece)
                unpacked.flush()
                os.fsync(unpacked.fileno())
        except UNREADABLE as error:
            raise WorkspaceError(
                f"{file} is damaged at {member.filename}; nothing was changed, take another backup"
            ) from error
        if hashed.hexdigest() != members[member]:
            raise WorkspaceError(f"{file} is damaged at {member.filename} (its hash differs); nothing was changed")
    return len(members) - len(kept)


def _new_file(file: Path) -> IO[bytes]:
    """A new file: where the disk takes two names for the same, the second does not replace the first."""
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _check(new: Path, file: Path) -> None:
    """The databases can be read, are as we make them, and there is something in them."""
    databases = [path for path in new.rglob("*") if path.suffix in DATABASES]
    for database in databases:
        try:
            with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True)) as connection:
                connection.execute("PRAGMA trusted_schema = OFF")
                sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
                strange = [name for name, sql in connection.execute(_ACTING) if _normal(sql) not in _ours()]
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                of_catalogue = database.name == CATALOGUE
                count = connection.execute("SELECT count(*) FROM sources").fetchone()[0] if of_catalogue else 0
        except sqlite3.Error:
            sound, strange, version, count = False, [], 0, 0
        if not sound:
            raise WorkspaceError(f"{file} holds a damaged {database.name}; nothing was changed, take another backup")
        if strange:
            raise UsageError(
                f"{file} holds what is not ours ({strange[0][:80]!r} in {database.name}), and is not restored"
            )
        if of_catalogue:
            _require_known(file, version, len(migrations.MIGRATIONS))
        if database == new / CATALOGUE and not count and len(databases) == 1:
            raise UsageError(
                f"{file} holds no documents and no conversations; nothing was changed, take another backup"
            )


_ACTING = "SELECT name, sql FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR ifnull(rootpage, 0) <= 0"
"""What of a schema acts by itself, or is a virtual table: all that is no table or index with a page of its own."""


@cache
def _ours() -> frozenset[str]:
    """Those of our own catalogue, in each of its versions, and traces; conversations and facts have none."""
    statements: set[str] = set()
    for steps in (migrations.MIGRATIONS, (lambda connection: traces.migrate(connection, ""),)):
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
            for step in steps:
                step(connection)
                statements.update(_normal(sql) for _, sql in connection.execute(_ACTING))
    return frozenset(statements)


def _normal(sql: str) -> str:
    return " ".join(sql.split()).casefold()


def _settle(new: Path, home: Path, accept: Callable[[Sequence[str]], bool] | bool) -> tuple[str, ...]:
    """Leave the settings of the backup in place, or those of `home`; the names of those that were left out."""
    present = home / SETTINGS
    content = present.read_bytes() if present.is_file() else None
    others = [file for file in new.rglob("*") if is_settings(file.relative_to(new)) and file.read_bytes() != content]
    names = tuple(sorted({name for file in others for name in _names(file)}))
    if others and not (accept if isinstance(accept, bool) else accept(names)):
        for file in others:
            file.unlink()
    else:
        names = ()
    if content is not None and not (new / SETTINGS).exists():
        shutil.copy2(present, new / SETTINGS)
    return names


def _names(file: Path) -> Sequence[str]:
    try:
        return list(read_toml(file))
    except SettingsError:
        return ["what cannot be read"]


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
