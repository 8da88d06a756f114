"""Passage vectors in any LangChain `VectorStore`: how one follows the catalogue.

What the store takes for a text is its own name and the id of a passage, and its embeddings hand it the vector that is
in the catalogue: nothing is embedded again, and no text of a person leaves the catalogue. Stores have no common way to
say how near what they found is, so cosines are computed from the catalogue's vectors; the store decides which are near.
Each collection and embedding model has a part of its own in the store, named after the workspace too, so that
workspaces may share a server. What has been written is in the ledger, from which a crash is set right.
"""

import hashlib
import threading
import uuid
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings

from vademecum.core.errors import VademecumError, WorkspaceError
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.records import Change
from vademecum.retrieval.stores._catalogue_vectors import CatalogueVectors
from vademecum.retrieval.stores._ledger import Ledger, StoredCollection
from vademecum.retrieval.stores._passage_index import IndexSpec

if TYPE_CHECKING:
    from langchain_core.vectorstores import VectorStore

BATCH = 500
"""Rows a write: a request of 3 MB at 384 dimensions."""

CONFIRM_EVERY = 10
"""Batches after which a store is asked to save them, which may mean writing a whole file."""

_IDS = uuid.UUID("6f1d6f0e-4c0b-4d59-9a53-3e2b6a3f7a10")
"""Of the ids in stores, which are UUIDs made from those texts: Weaviate and Postgres take no others."""


class Backend:
    """Makes the `VectorStore` of each part. `name` distinguishes it from others, with its address but without secrets.

    Only `open` need be written.
    """

    name: str = ""
    search_options: Mapping[str, Any] = {}
    """Further arguments of `similarity_search_by_vector`."""
    shared: bool = False
    """Whether a search may find what is in another part, or not ours at all."""

    def open(self, name: str, embeddings: Embeddings, dimensions: int) -> "VectorStore":
        """The store's part called `name`, made where it is missing, for vectors of so many numbers."""
        raise NotImplementedError

    def drop(self, name: str) -> bool:  # noqa: ARG002 (for those that can)
        """Remove a part as a whole; False where it cannot be done so, and its rows are deleted one by one."""
        return False

    def flush(self, store: "VectorStore") -> None:
        """Make sure that what was written lasts."""

    def close(self) -> None:
        """Let go of connections; the next use opens them again."""


class VectorStoreIndex:
    """A `PassageIndex` in what `backend` opens. Safe to share between threads, one at a time in the store."""

    def __init__(self, spec: IndexSpec, backend: Backend) -> None:
        self.home = spec.home
        self.fingerprint = spec.fingerprint
        self.catalogue = spec.catalogue
        self.backend = backend
        self._ledger = Ledger(spec.home, backend.name)
        self._lock = threading.RLock()
        self._open: dict[str, tuple[VectorStore, CatalogueVectors]] = {}
        self._is_checked = False

    def search(self, vector: np.ndarray, k: int, collection: str | None = None) -> list[tuple[str, float]]:
        """Ids and cosine similarities of the `k` passages nearest to `vector` (d,), best first."""
        self._catch_up()
        names = self.catalogue.collections() if collection is None else [collection]
        ids: set[str] = set()
        for name in names:
            if (part := self._ledger.collection(self._name_in_store(name))) and (count := self._ledger.count(part)):
                ids.update(self._nearest(part, vector, min(k, count)))
        return sorted(self._cosines(ids, vector), key=lambda pair: (-pair[1], pair[0]))[:k]

    def count(self, collection: str) -> int:
        """Number of vectors of a collection."""
        part = self._ledger.collection(self._name_in_store(collection))
        return 0 if part is None else self._ledger.count(part)

    def apply(self, changes: Sequence[Change]) -> None:
        """Follow changes just committed to the catalogue, all of them, by the holder of the writer's lock."""
        if not changes:
            return
        generation = self.catalogue.generation
        if not self._there() or self._ledger.followed(self.fingerprint) + len(changes) != generation:
            self.repair()
            return
        for collection in dict.fromkeys(change.collection for change in changes):
            here = [change for change in changes if change.collection == collection]
            self._delete(collection, [identity for change in here for identity in change.removed])
            self._add(collection, [key for change in here for key in change.added])
        self._ledger.follow(self.fingerprint, generation)

    @property
    def behind(self) -> bool:
        """True where the catalogue has changed since the index followed; known without opening the store."""
        return self._ledger.followed(self.fingerprint) != self.catalogue.generation

    def repair(self) -> None:
        """Make the index what the catalogue says, by the holder of the writer's lock; at once where it is already."""
        generation = self.catalogue.generation
        if self._there() and self._ledger.followed(self.fingerprint) == generation:
            return
        collections = self.catalogue.collections()
        names_in_use = {self._name_in_store(name) for name in collections}
        for part in self._ledger.collections():
            if part.name not in names_in_use:
                self._drop(part)
        for collection in collections:
            ids = self.catalogue.ids(collection, self.fingerprint)
            part = self._ledger.collection(self._name_in_store(collection))
            noted = self._ledger.ids(part) if part else {}
            self._delete(collection, sorted(noted.keys() - ids.keys()))
            self._add(collection, [key for identity, key in ids.items() if not noted.get(identity)])
        self._ledger.follow(self.fingerprint, generation)

    def rewrite(self, collections: Sequence[str]) -> None:
        """Nothing: what `VectorStore.delete` leaves in a store's own files is the store's affair."""

    def close(self) -> None:
        """Let go of files and connections; the next use opens them again."""
        with self._lock:
            self._open, self._is_checked = {}, False
            self.backend.close()
            self._ledger.close()

    def _name_in_store(self, collection: str) -> str:
        digest = hashlib.sha256(f"{self._ledger.workspace}\0{self.fingerprint}\0{collection}".encode()).hexdigest()
        return f"vade_{digest[:24]}"

    def _catch_up(self) -> None:
        """Where a writer died before the index followed, or the store has lost its content, set it right."""
        if self._there() and not self.behind:
            return
        # Held by a writer at work: it will bring the index up to date, and what there is serves until then.
        with suppress(_Busy), _writer_lock(self.home):
            self.repair()

    def _there(self) -> bool:
        """Whether the store still has what the ledger says, by one look a process; where not, the ledger is void."""
        with self._lock:
            if self._is_checked:
                return True
            lost = [part for part in self._ledger.collections() if not self._holds(part)]
            for part in lost:
                self._ledger.drop(part)
            if lost:
                self._ledger.follow(self.fingerprint, 0)
            self._is_checked = True
            return not lost

    def _holds(self, part: StoredCollection) -> bool:
        identity = self._ledger.first(part)
        rows = self.catalogue.passages(ids=[identity]) if identity else []
        if not rows or part.name not in {self._name_in_store(name) for name in self.catalogue.collections()}:
            return True  # nothing to check by; `repair` deals with what should not be there
        vector = self.catalogue.vectors([rows[0].key], tokens=False)[rows[0].key].passage
        return len(vector) != part.dimensions or bool(self._nearest(part, vector, 1))

    def _nearest(self, part: StoredCollection, vector: np.ndarray, k: int) -> list[str]:
        limit = k
        with self._using(part) as (store, _):
            while True:
                documents = store.similarity_search_by_vector(vector.tolist(), k=limit, **self.backend.search_options)
                texts = (document.page_content.partition("/") for document in documents)
                ours = [identity for name, _, identity in texts if name == part.name][:k]
                if len(ours) == k or len(documents) < limit or not self.backend.shared:
                    return ours
                limit *= 4

    def _cosines(self, ids: Iterable[str], vector: np.ndarray) -> Iterator[tuple[str, float]]:
        names = {row.key: row.passage.id for row in self.catalogue.passages(ids=sorted(ids))}
        for key, row in self.catalogue.vectors(list(names), tokens=False).items():
            if len(row.passage) == len(vector):
                yield names[key], float(row.passage @ vector)

    def _add(self, collection: str, keys: Sequence[int]) -> None:
        batches = _batches(keys, BATCH)
        while some := list(islice(batches, CONFIRM_EVERY)):
            added = [identity for batch in some for identity in self._add_batch(collection, batch)]
            if added and (part := self._ledger.collection(self._name_in_store(collection))):
                with self._using(part) as (store, _):
                    self.backend.flush(store)
                self._ledger.confirm(part, added)

    def _add_batch(self, collection: str, keys: Sequence[int]) -> list[str]:
        """Hand over the vectors of those passages that are still there; returns their ids."""
        ids = {row.key: row.passage.id for row in self.catalogue.passages(keys=keys)}
        rows = self.catalogue.vectors(list(ids), tokens=False)
        vectors = {ids[key]: row.passage.tolist() for key, row in rows.items()}
        if vectors:
            part = self._ledger.add_collection(self._name_in_store(collection), len(next(iter(vectors.values()))))
            self._ledger.intend(part, vectors)
            texts = {_text(part, identity): vector for identity, vector in vectors.items()}
            with self._using(part) as (store, handed), handed.having(texts):
                store.add_texts(list(texts), ids=[_stored_id(text) for text in texts])
        return list(vectors)

    def _delete(self, collection: str, ids: Sequence[str]) -> None:
        if part := self._ledger.collection(self._name_in_store(collection)):
            self._delete_from(part, self._ledger.among(part, ids))

    def _delete_from(self, part: StoredCollection, ids: Sequence[str]) -> None:
        if not ids:
            return
        self._ledger.intend(part, ids)
        with self._using(part) as (store, _):
            for batch in _batches(ids, BATCH):
                store.delete([_stored_id(_text(part, identity)) for identity in batch])
            self.backend.flush(store)
        self._ledger.removed(part, ids)

    def _drop(self, part: StoredCollection) -> None:
        """Remove what came from another embedding model, or from a collection that is empty now."""
        with self._lock, self._explained():
            dropped = self.backend.drop(part.name)
            self._open.pop(part.name, None)
        if not dropped:
            self._delete_from(part, sorted(self._ledger.ids(part)))
        self._ledger.drop(part)

    @contextmanager
    def _using(self, part: StoredCollection) -> Generator[tuple["VectorStore", CatalogueVectors]]:
        """The store's part, one caller at a time, with its errors made ours."""
        with self._lock, self._explained():
            if part.name not in self._open:
                handed = CatalogueVectors(part.dimensions)
                self._open[part.name] = self.backend.open(part.name, handed, part.dimensions), handed
            yield self._open[part.name]

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except VademecumError:
            raise
        except Exception as error:
            first = next(iter(str(error).strip().splitlines()), "")[:200]
            raise WorkspaceError(
                f"the store {self.backend.name!r} cannot be used ({type(error).__name__}: {first}); check the setting "
                "`store`, and that its server runs: what is stored in the catalogue is safe, and the store will follow"
            ) from error


class _Busy(Exception):
    """Another process is writing."""


@contextmanager
def _writer_lock(home: Any) -> Generator[None]:
    """The writer's lock, or `_Busy` at once; unlike a plain suppression, errors of what is done inside come through."""
    lock = database.hold(home, wait=0)
    try:
        lock.__enter__()
    except WorkspaceError as error:
        raise _Busy from error
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def _text(part: StoredCollection, identity: str) -> str:
    """The text that represents a passage in the store: it distinguishes ours from what else may be there."""
    return f"{part.name}/{identity}"


def _stored_id(text: str) -> str:
    return str(uuid.uuid5(_IDS, text))


def _batches(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
