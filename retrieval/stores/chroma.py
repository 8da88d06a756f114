"""Passage vectors in Chroma, embedded: an index derived from the catalogue, which it follows and never leads.

(Its client: `_chroma_client.py`. Those in Chroma's server: `_chroma_server.py`.)

Chroma's own client rather than LangChain's wrapper around it, because the vectors are there already (they come from
the same forward pass as the sentences') and the texts are in the catalogue: what is forgotten there is nowhere else.
One Chroma collection for each collection of the workspace and each embedding model, so that vectors of two models
never meet and no search pays for a filter (measured at 3,000 vectors: 0.9 ms, with a `where` 9.8 ms).

Two things Chroma 1.5 does not do, and how they are met. A client does not see what another process wrote until it is
opened anew: the catalogue holds the generation that the index has followed to, and a client older than that is
reopened. A crash between catalogue and index leaves the index behind: it is then set right from the catalogue by
whoever can take the writer's lock.
"""

import hashlib
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.catalogue import database
from vademecum.retrieval.catalogue.catalogue import Catalogue
from vademecum.retrieval.catalogue.records import Change
from vademecum.retrieval.stores import IndexSpec, PassageIndex
from vademecum.retrieval.stores._chroma_client import (
    BESIDE,
    blank_unused_slots,
    client_of,
    keep_private,
    leave_nothing_behind,
)

FOLDER = "chroma"
BATCH = 1000
"""Rows a write; Chroma takes 5,461 at most, and from 1,000 on it gets no faster."""

TRIES, PAUSE = 20, 0.25
"""Searches of Chroma's files, and seconds between them: another process may be rewriting them."""


class ChromaIndex:
    """The vectors of the passages in `catalogue` that come from the embedding model called `fingerprint`.

    Every method raises WorkspaceError where Chroma's files cannot be used.
    """

    def __init__(self, home: Path, fingerprint: str, catalogue: Catalogue) -> None:
        self.home = home
        self.fingerprint = fingerprint
        self.catalogue = catalogue
        self._name = f"{FOLDER}:{fingerprint}"
        self._client = client_of(home / FOLDER)

    def search(self, vector: np.ndarray, k: int, collection: str | None = None) -> list[tuple[str, float]]:
        """Ids and cosine similarities of the `k` passages nearest to `vector` (d,), best first.

        An id may be of a passage that has just been removed from the catalogue.
        """
        for _ in range(TRIES - 1):
            with suppress(WorkspaceError):  # another process has put a collection in another's place, or rewrites all
                self._catch_up()
                return self._nearest(vector, k, collection)
            time.sleep(PAUSE)
            self._client.reopen()
        self._catch_up()
        return self._nearest(vector, k, collection)

    def _nearest(self, vector: np.ndarray, k: int, collection: str | None) -> list[tuple[str, float]]:
        names = self.catalogue.collections() if collection is None else [collection]
        hits: list[tuple[str, float]] = []
        with self._client.use() as client:
            for name in names:
                if (stored := client.readable(self._collection_name(name))) is not None:
                    answer = stored.query(query_embeddings=[vector], n_results=k, include=["distances"])
                    distances = (answer["distances"] or [[]])[0]
                    hits.extend((i, 1 - distance) for i, distance in zip(answer["ids"][0], distances, strict=True))
        return sorted(hits, key=lambda pair: (-pair[1], pair[0]))[:k]

    def count(self, collection: str) -> int:
        """Number of vectors of a collection."""
        with self._client.use() as client:
            stored = client.collection(self._collection_name(collection))
            return 0 if stored is None else stored.count()

    def apply(self, changes: Sequence[Change]) -> None:
        """Follow changes just committed to the catalogue, all of them, by the holder of the writer's lock."""
        if not changes:
            return
        followed, generation = self.catalogue.followed(self._name), self.catalogue.generation
        reopened = self._client.refresh(self._name, followed)
        if followed + len(changes) == generation:
            for change in changes:
                self._delete(change.collection, change.removed)
                self._add(change.collection, change.added)
            self._note(generation)
            if not reopened:
                return
        self.repair()

    @property
    def behind(self) -> bool:
        """True where the catalogue has changed since the index followed; known without opening Chroma."""
        return self.catalogue.followed(self._name) != self.catalogue.generation

    def repair(self) -> None:
        """Make the index what the catalogue says, by the holder of the writer's lock; at once where it is already."""
        generation = self.catalogue.generation
        self._client.refresh(self._name, self.catalogue.followed(self._name))
        if self._in_step(generation):
            return
        collections = self.catalogue.collections()
        self._drop_all_but({self._collection_name(name) for name in collections})
        for collection in collections:
            ids, indexed = self.catalogue.ids(collection, self.fingerprint), self._ids(collection)
            self._delete(collection, sorted(indexed - ids.keys()))
            self._add(collection, [key for identity, key in ids.items() if identity not in indexed])
        self._note(generation)

    def rewrite(self, collections: Iterable[str]) -> None:
        """Write collections anew, by the holder of the writer's lock: Chroma keeps what it deletes in its files.

        Each can be read all the time: the new one is filled beside the old one, and takes its name.
        """
        generation = self.catalogue.touch()  # so that readers open the new one
        for collection in collections:
            name = self._collection_name(collection)
            keys = list(self.catalogue.ids(collection, self.fingerprint).values())
            beside = f"{name}{BESIDE}"
            with self._client.use() as client:
                client.drop(beside)
            self._fill(beside, collection, keys)
            with self._client.use() as client:
                client.drop(name)
                if keys:
                    client.make(beside, collection).modify(name=name)
        with self._client.use() as client:
            client.shut()
            leave_nothing_behind(self.home / FOLDER)
        self._note(generation)

    def close(self) -> None:
        """Let go of Chroma's files; the next use opens them again."""
        with self._client.use() as client:
            client.shut()

    def _in_step(self, generation: int) -> bool:
        if self.catalogue.followed(self._name) != generation:
            return False
        names = self.catalogue.collections()
        return all(self.count(name) == len(self.catalogue.ids(name, self.fingerprint)) for name in names)

    def _catch_up(self) -> None:
        """Reopen where another process wrote; where the writer died before the index followed, set it right."""
        followed = self.catalogue.followed(self._name)
        reopened = self._client.refresh(self._name, followed)
        generation = self.catalogue.generation
        if followed == generation and (not reopened or self._in_step(generation)):
            return
        # Held by a writer at work: it will bring the index up to date, and what there is serves until then.
        with suppress(WorkspaceError), database.hold(self.home, wait=0):
            self.repair()

    def _note(self, generation: int) -> None:
        with self._client.use():
            blank_unused_slots(self.home / FOLDER)
            keep_private(self.home / FOLDER)
        self.catalogue.follow(self._name, generation)
        self._client.generations[self._name] = generation

    def _collection_name(self, collection: str) -> str:
        digest = hashlib.sha256(f"{self.fingerprint}\0{collection}".encode()).hexdigest()
        return f"passages-{digest[:24]}"

    def _ids(self, collection: str) -> set[str]:
        with self._client.use() as client:
            stored = client.collection(self._collection_name(collection))
            return set() if stored is None else set(stored.get(include=[])["ids"])

    def _delete(self, collection: str, ids: Sequence[str]) -> None:
        for batch in _batches(ids):
            with self._client.use() as client:
                if (stored := client.collection(self._collection_name(collection))) is not None:
                    stored.delete(ids=batch)

    def _add(self, collection: str, keys: Sequence[int]) -> None:
        self._fill(self._collection_name(collection), collection, keys)

    def _fill(self, name: str, collection: str, keys: Sequence[int]) -> None:
        for batch in _batches(keys):
            ids = [row.passage.id for row in self.catalogue.passages(keys=batch)]
            vectors = self.catalogue.vectors(batch, tokens=False)
            with self._client.use() as client:
                stored = client.make(name, collection)
                stored.upsert(ids=ids, embeddings=[vectors[key].passage for key in batch])

    def _drop_all_but(self, names: set[str]) -> None:
        with self._client.use() as client:
            client.drop_all_but(names)


def build(spec: IndexSpec) -> PassageIndex:
    """Chroma in this process, in the workspace's folder; where an address is given, the server there."""
    if spec.address:
        from vademecum.retrieval.stores import _chroma_server

        return _chroma_server.build(spec)
    return ChromaIndex(spec.home, spec.fingerprint, spec.catalogue)


def _batches(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, BATCH)):
        yield batch
