"""This process's own client of Chroma: one for each folder, opened anew where the files have changed."""

import shutil
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vademecum.core import private_files
from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.catalogue import database

if TYPE_CHECKING:
    from chromadb import Collection
    from chromadb.api.client import Client as Opened

DATABASE = "chroma.sqlite3"
BESIDE = "-new"
"""Ends the name of a collection that is being written to take the place of another."""

EF_SEARCH = 400
"""Candidates that a search looks at. Of the true nearest 50 of 6,000, 400 find .9996, Chroma's own 100 .986, in 1.9
against 1.3 ms."""


def chroma() -> Any:
    """The package chromadb; its settings do not come from a `.env`, which in the working folder may be a stranger's.

    It reads one as it is imported, so the class of its settings is told not to as soon as that is made.
    """
    with _import_lock:
        if "chromadb" not in sys.modules:
            from pydantic_settings import BaseSettings

            settings_class: Any = BaseSettings
            settings_class.__pydantic_init_subclass__ = classmethod(_read_no_env_file)
            try:
                import chromadb
            finally:
                del settings_class.__pydantic_init_subclass__
        import chromadb.config
        import chromadb.errors

        _read_no_env_file(chromadb.config.Settings)  # where someone else imported it
        return chromadb


def _read_no_env_file(settings_class: Any, **_: Any) -> None:
    if settings_class.__module__ == "chromadb.config":
        settings_class.model_config["env_file"] = None


_import_lock = threading.Lock()


class Client:
    """This process's one client of a Chroma folder: only so does closing it let go of what Chroma remembers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generations: dict[str, int] = {}
        self._lock = threading.RLock()
        self._open: Opened | None = None
        self._collections: dict[str, Collection] = {}

    @contextmanager
    def use(self) -> Generator["Client"]:
        """One caller at a time, with Chroma's errors made ours."""
        errors = chroma().errors
        with self._lock:
            try:
                yield self
            except (errors.ChromaError, OSError, sqlite3.Error) as error:
                raise WorkspaceError(
                    f"the vector index {self.folder} cannot be used ({error}); free some disk space, or have it made "
                    "anew: vade doctor --repair"
                ) from error

    def refresh(self, index: str, followed: int) -> bool:
        """Open, or reopen where `index` has followed the catalogue since; True where it did."""
        with self._lock:
            if self._open is not None and self.generations.get(index) == followed:
                return False
            self.shut()
            self.generations = {index: followed}
            return True

    def reopen(self) -> None:
        """Close the client where one is open; the next use opens a new one."""
        with self._lock:
            self.shut()

    def shut(self) -> None:
        """Close the client; the next use opens a new one."""
        self._collections = {}
        if self._open is not None:
            self._open.close()
        self._open = None

    def collection(self, name: str) -> "Collection | None":
        """The Chroma collection of that name; None where there is none."""
        if name not in self._collections:
            with suppress(chroma().errors.NotFoundError):
                self._collections[name] = self._opened().get_collection(name, embedding_function=None)
        return self._collections.get(name)

    def readable(self, name: str) -> "Collection | None":
        """The collection of that name, or the one that is about to take it, or has just done so."""
        return self.collection(name) or self.collection(f"{name}{BESIDE}") or self.collection(name)

    def make(self, name: str, collection: str) -> "Collection":
        """The Chroma collection of that name, made where it is missing, marked with what it is for."""
        if name not in self._collections:
            self._collections[name] = self._opened().get_or_create_collection(
                name,
                configuration={"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}},
                metadata={"collection": collection},
                embedding_function=None,
            )
        return self._collections[name]

    def drop(self, name: str) -> None:
        """Drop the Chroma collection of that name, where there is one."""
        self._collections.pop(name, None)
        with suppress(chroma().errors.NotFoundError):
            self._opened().delete_collection(name)

    def drop_all_but(self, names: set[str]) -> None:
        """Drop the other Chroma collections: of other models, or of collections that are empty now."""
        for collection in self._opened().list_collections():
            if collection.name not in names:
                self._collections.pop(collection.name, None)
                self._opened().delete_collection(collection.name)

    def _opened(self) -> "Opened":
        if self._open is None:
            chromadb = chroma()
            from chromadb.api.shared_system_client import SharedSystemClient

            private_files.make_folder(self.folder)
            try:
                settings = chromadb.config.Settings(anonymized_telemetry=False)
                client = chromadb.PersistentClient(self.folder, settings=settings)
            except (chromadb.errors.ChromaError, ValueError, AttributeError) as error:  # of a file that is no database
                # Chroma keeps what it failed to open, and would give it to the next who asks.
                for cache in (SharedSystemClient._identifier_to_system, SharedSystemClient._identifier_to_refcount):
                    cache.pop(str(self.folder), None)
                raise OSError(f"{DATABASE} is damaged, or another process keeps it to itself") from error
            self._open = cast("Opened", client)
        return self._open


_clients: dict[Path, Client] = {}
_clients_lock = threading.Lock()


def client_of(folder: Path) -> Client:
    """The client of that folder, which all in this process share."""
    with _clients_lock:
        folder = folder.resolve()
        return _clients.setdefault(folder, Client(folder))


_HEADER = struct.Struct("<iQQQQ")
"""Begins `header.bin` of an index: version (1), offset, slots, slots in use, bytes a slot."""


def blank_unused_slots(folder: Path) -> None:
    """Fill with zeros what Chroma's indexes have room for and do not use, by the holder of the writer's lock.

    A new index is written with room for 100 vectors, and this room is memory as it comes: with text that the process
    has let go of, such as that of a document that is forgotten. Chroma overwrites a slot before it reads it.
    """
    for path in folder.glob("*/header.bin"):
        header = path.read_bytes()[: _HEADER.size]
        if len(header) < _HEADER.size or header[0] != 1:
            continue
        *_, used, size = _HEADER.unpack(header)
        for name, width in (("length.bin", 4), ("data_level0.bin", size)):
            with suppress(FileNotFoundError), path.with_name(name).open("r+b") as file:
                file.seek(used * width)
                unused = file.read()
                if unused.count(0) < len(unused):
                    file.seek(used * width)
                    file.write(bytes(len(unused)))


def keep_private(folder: Path) -> None:
    """Keep others out of what Chroma has made: a few files an index."""
    for path in (folder, *folder.rglob("*")):
        private_files.keep_others_out(path)


def leave_nothing_behind(folder: Path) -> None:
    """Rewrite Chroma's own database without what was deleted, and remove the files of indexes that are dropped.

    In a process of its own: a second SQLite in this one, beside Chroma's, would drop the locks that the other has on
    the file, or lose its own (https://www.sqlite.org/howtocorrupt.html, section 2.2).
    """
    command = [sys.executable, "-I", "-c", _REWRITE, str(folder / DATABASE), str(database.PATIENCE)]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        raise OSError(next(reversed(process.stderr.strip().splitlines()), "it could not be rewritten"))
    used = set(process.stdout.split())
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name not in used:
            shutil.rmtree(entry, ignore_errors=True)


_REWRITE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=float(sys.argv[2]), isolation_level=None)
connection.execute("VACUUM")
connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
print(*(row[0] for row in connection.execute("SELECT id FROM segments")))
connection.close()
"""
