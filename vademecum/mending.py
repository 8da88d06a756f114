"""Files of a workspace that are damaged: which, what is saved of each, and where the rest is.

What is derived is thrown away and made anew; of what is not, all that can be read goes into a new file, and the damaged
one is kept beside it under a name that ends in `.set-aside-...`.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from vademecum.core import private_files
from vademecum.core.disk_errors import disk_remedy
from vademecum.core.errors import SettingsError, WorkspaceError
from vademecum.core.salvage import IsWhole, fault_of, salvage, set_aside
from vademecum.core.settings_sources import NAME as SETTINGS
from vademecum.core.settings_sources import read_toml
from vademecum.retrieval.catalogue import database as catalogue
from vademecum.retrieval.maintenance.scratch import remove_drafts, remove_left_overs, scratch
from vademecum.retrieval.stores import FOLDERS

FILES = (SETTINGS, "writer.lock", "migration.lock", "traces.lock", "traces.log", "traces.server", "spool/local/lock")
PLACES = (*sorted(FOLDERS), "spool", "spool/local", "uploads", "evaluation", "prompts")


class Mended(NamedTuple):
    """What was wrong with a file, what was done, and whether nothing of it is lost."""

    fault: str
    deed: str
    complete: bool


class Database(NamedTuple):
    """A database of a workspace: what it holds in words, its file, what makes an empty one, and what a row must be."""

    content: str
    file: str
    make: Callable[[Path], object]
    is_whole: IsWhole


def faults(home: Path) -> Iterator[str]:
    """What of the workspace's files is damaged, one line each; of the catalogue, `vademecum.doctor` says it."""
    for path, kind in _of_wrong_kind(home):
        yield f"{path} is no {kind}"
    for database in _databases():
        if database.file != catalogue.CATALOGUE and (fault := fault_of(home / database.file, database.is_whole)):
            yield f"{database.content} in {home / database.file} are damaged ({fault})"


def mend(home: Path) -> Iterator[Mended]:
    """Set aside what is damaged, and put in its place what could be saved of it.

    Raises:
        WorkspaceError: the workspace cannot be written, or another process is writing it.
    """
    try:
        remove_left_overs(home, home)
        remove_drafts(home)
        yield from _mend_kinds(home)
        yield from _mend_settings(home)
        with catalogue.hold(home):
            for database in _databases():
                yield from _mend_database(home, database)
    except (OSError, sqlite3.Error) as error:
        raise WorkspaceError(f"the workspace {home} cannot be repaired ({error}); {disk_remedy(error)}") from error


def _mend_kinds(home: Path) -> Iterator[Mended]:
    for path, kind in _of_wrong_kind(home):
        yield Mended(f"{path} is no {kind}", f"it is set aside as {set_aside(path).name}", complete=False)


def _of_wrong_kind(home: Path) -> Iterator[tuple[Path, str]]:
    for name in (*FILES, *(database.file + ending for database in _databases() for ending in ("", "-wal", "-shm"))):
        if (home / name).is_dir():
            yield home / name, "file"
    for name in PLACES:
        if (home / name).exists() and not (home / name).is_dir():
            yield home / name, "folder"


def _mend_settings(home: Path) -> Iterator[Mended]:
    try:
        read_toml(home / SETTINGS)
    except SettingsError as error:
        fault = str(error).partition("; ")[0]
        yield Mended(fault, f"it is set aside as {set_aside(home / SETTINGS).name}", complete=False)


def _mend_database(home: Path, database: Database) -> Iterator[Mended]:
    file = home / database.file
    fault = "it is empty" if _is_emptied(home, database) else fault_of(file, database.is_whole)
    if not fault:
        return
    with scratch(home, "repair") as folder:
        saved = salvage(file, database.make, database.is_whole, folder)
    if database.file == catalogue.CATALOGUE:
        for folder in FOLDERS:  # made anew from what was saved
            shutil.rmtree(home / folder, ignore_errors=True)
    rest = "" if saved.complete else ", the rest is lost"
    deed = f"{saved.rows} rows were saved{rest}; the damaged file is kept as {saved.aside.name}"
    yield Mended(f"{database.content} in {file} are damaged ({fault})", deed, saved.complete)


def _is_emptied(home: Path, database: Database) -> bool:
    return database.file == catalogue.CATALOGUE and catalogue.is_emptied(home)


def _databases() -> tuple[Database, ...]:
    from vademecum.memory import checkpoints, store
    from vademecum.tracing.store import database as traces

    return (
        Database(
            "the documents",
            catalogue.CATALOGUE,
            _by(lambda home: catalogue.connect(home).close(), catalogue.CATALOGUE),
            _any,
        ),
        Database("conversations", checkpoints.FILE, _by(_make_checkpoints, checkpoints.FILE), _is_checkpoint),
        Database("facts", store.FILE, _by(_make_facts, store.FILE), _is_json),
        Database("traces", traces.FILE, _by(lambda home: traces.Database(home).close(), traces.FILE), _is_json),
    )


def _by(make: Callable[[Path], object], name: str) -> Callable[[Path], None]:
    """As `make`, which makes a file of that name in a workspace, at any path."""

    def make_at(path: Path) -> None:
        home = path.with_name(f"{path.name}.home")
        private_files.make_folder(home)
        make(home)
        os.replace(home / name, path)

    return make_at


def _make_checkpoints(home: Path) -> None:
    from vademecum.memory.checkpoints import open_checkpointer

    saver: Any = open_checkpointer(home)
    saver.conn.close()


def _make_facts(home: Path) -> None:
    from vademecum.memory.store import FILE, MeaningStore

    with closing(sqlite3.connect(home / FILE, isolation_level=None)) as connection:
        MeaningStore(connection, None).setup()  # ty: ignore[invalid-argument-type]


def _any(_: str, __: Mapping[str, Any]) -> bool:
    return True


def _is_json(table: str, row: Mapping[str, Any]) -> bool:
    """Whether what looks like JSON in a row is: a page of zeros or noise in the middle of a text breaks it."""
    names = () if table == "labels" else ("value", "inputs", "outputs", "extra", "metadata", "manifest", "tags")
    try:
        for name in names:  # what is for filters (`labels`) is cut at a length, JSON or not
            if isinstance(text := row.get(name), str) and text[:1] in "{[":
                json.loads(text)
    except ValueError:
        return False
    return "\0" not in "".join(text for text in row.values() if isinstance(text, str))


def _is_checkpoint(table: str, row: Mapping[str, Any]) -> bool:
    from vademecum.memory.checkpoints import serializer

    column = {"checkpoints": "checkpoint", "writes": "value"}.get(table)
    if column is None or row.get("type") is None:
        return True
    try:
        content = serializer().loads_typed((row["type"], row[column]))
        if table == "checkpoints":
            _ = content["ts"], content["channel_values"]
        json.loads(row.get("metadata") or "{}")
    except Exception:  # noqa: BLE001 (whatever noise in a message leads to)
        return False
    return True
