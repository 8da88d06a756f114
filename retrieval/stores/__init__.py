"""Where passage vectors are kept, one file each: the setting `store` is `stores/NAME.py`, with ":ADDRESS" or without.

    chroma                        Chroma in this process (the default)
    http://host:8000              Chroma's server, also chroma:http://...
    faiss                         FAISS in this process, saved without pickle
    postgres, postgresql://...    pgvector, in the database of the setting `database` or in the one named
    pinecone:INDEX, weaviate:URL  by their LangChain packages
    package.module:Class          any other LangChain `VectorStore`

To add one, write a file with `build(place) -> PassageIndex`. Where LangChain has a `VectorStore` for it, that is a
`Backend` in a `VectorStoreIndex` (retrieval/stores/_vector_store.py), which does the rest. The catalogue is the truth:
every index follows it and can be made again from it, without the embedding model.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vademecum.core.errors import SettingsError
from vademecum.core.plugins import Members
from vademecum.core.settings import Settings

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import VectorStore

    from vademecum.retrieval.catalogue import Catalogue
    from vademecum.retrieval.records import Change

    Given = str | VectorStore | Callable[[Embeddings, str], VectorStore]
    """A store as a person may give one: by name, made already, or as a function of embeddings and a name."""


members = Members("retrieval.stores")

FOLDERS = frozenset({"chroma", "faiss"})
"""Stores that keep a folder of their name in the workspace."""


class PassageIndex(Protocol):
    """The vectors of the catalogue's passages that come from the embedding model called `fingerprint`.

    Every method raises WorkspaceError where the store cannot be used.
    """

    fingerprint: str

    def search(self, vector: np.ndarray, k: int, collection: str | None = None) -> list[tuple[str, float]]:
        """Ids and cosine similarities of the `k` passages nearest to `vector` (d,), best first.

        An id may be of a passage that has just been removed from the catalogue.
        """
        ...

    def count(self, collection: str) -> int:
        """Number of vectors of a collection."""
        ...

    def apply(self, changes: "Sequence[Change]") -> None:
        """Follow changes just committed to the catalogue, all of them, by the holder of the writer's lock."""
        ...

    @property
    def behind(self) -> bool:
        """True where the catalogue has changed since the index followed; told without opening the store."""
        ...

    def repair(self) -> None:
        """Make the index what the catalogue says, by the holder of the writer's lock; at once where it is already."""
        ...

    def rewrite(self, collections: "Sequence[str]") -> None:
        """Have what was deleted from these collections leave the store's files too, by the holder of the lock."""
        ...

    def close(self) -> None:
        """Let go of files and connections; the next use opens them again."""
        ...


@dataclass(frozen=True)
class Place:
    """What an index is over. `address` is what follows the store's name in the setting; it may be empty."""

    home: Path
    fingerprint: str
    catalogue: "Catalogue"
    settings: Settings
    address: str = ""


def open_index(given: "Given", place: Place) -> PassageIndex:
    """The index in the store that a person gave, or named.

    Raises:
        UsageError: there is no store of that name; the message lists those there are.
        SettingsError: what is given or named cannot be used as a store, or its extra is missing.
    """
    if not isinstance(given, str):
        from vademecum.retrieval.stores import _given

        return _given.build(given, place)
    name, address = parsed(given)
    if not name:
        from vademecum.retrieval.stores import _given

        return _given.build_named(address, place)
    return members.get(name).build(replace(place, address=address))


def parsed(setting: str) -> tuple[str, str]:
    """Name and address of a store as the setting `store` gives them; the name is empty where a class is named."""
    if setting.lower().startswith(("http://", "https://")):
        return "chroma", setting
    if setting.lower().startswith(("postgres://", "postgresql://")):
        return "postgres", setting
    name, colon, address = setting.partition(":")
    if colon and name not in members.names() and not address.startswith("//"):
        return "", setting
    return name, address


def remove_unused(home: Path, used: Any) -> None:
    """Remove what stores that are not in use now left in the workspace: they no longer follow, so nothing is forgotten
    there. They are filled anew where they come into use again.
    """
    for name in FOLDERS - {parsed(used)[0] if isinstance(used, str) and ":" not in used else ""}:
        shutil.rmtree(home / name, ignore_errors=True)


def missing(extra: str, error: ImportError) -> SettingsError:
    """The error where a store's extra is not installed."""
    return SettingsError(f"the store {extra!r} needs an extra ({error.name} is missing): ./run setup {extra}")
