"""What a store of passage vectors is made from, and what it can do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from vademecum.core.settings import Settings

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import VectorStore

    from vademecum.retrieval.catalogue.catalogue import Catalogue
    from vademecum.retrieval.catalogue.records import Change

    StoreChoice = str | VectorStore | Callable[[Embeddings, str], VectorStore]
    """A store as a person may give one: by name, made already, or as a function of embeddings and a name."""


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
        """True where the catalogue has changed since the index followed; known without opening the store."""
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
class IndexSpec:
    """What an index is made from. `address` is what follows the store's name in the setting; it may be empty."""

    home: Path
    fingerprint: str
    catalogue: "Catalogue"
    settings: Settings
    address: str = ""
