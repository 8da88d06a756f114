"""Small workspaces for tests of ingestion: real files, catalogue and Chroma, and vectors that need no model."""

import hashlib
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from core.settings import load_settings
from retrieval.library import Library


class HashEmbeddings(Embeddings):
    """A unit vector of 16 numbers drawn from the text's hash: equal texts are near, all others far."""

    def __init__(self, fingerprint: str = "hash-16") -> None:
        self.fingerprint = fingerprint

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        seed = int.from_bytes(hashlib.sha256((self.fingerprint + text).encode()).digest()[:8])
        vector = np.random.default_rng(seed).standard_normal(16)
        return (vector / np.linalg.norm(vector)).tolist()


def open_library(home: Path, fingerprint: str = "hash-16", **settings: object) -> Library:
    """A library whose embeddings are hashes."""
    library = Library(home, load_settings(home=home, **settings))
    library.embeddings = HashEmbeddings(fingerprint)
    return library


def contents(library: Library) -> list[tuple]:
    """All that a workspace knows, without what differs between two equal ones (times, row numbers)."""
    catalogue = library.catalogue
    rows = []
    for source in catalogue.sources():
        passages = catalogue.passages_of(source.id)
        vectors = catalogue.vectors([stored.key for stored in passages])
        ids = [(stored.passage, vectors[stored.key].passage.tobytes()) for stored in passages]
        rows.append((source.model_dump(exclude={"added_at"}), catalogue.text(source.id), ids))
    return rows


def indexed(library: Library, collection: str = "default") -> set[str]:
    """Ids that the vector index finds, by search and not by listing."""
    return {identity for identity, _ in library.vectors.search(np.ones(16, np.float32), 10_000, collection)}


def passage_ids(library: Library) -> set[str]:
    """Ids that the catalogue holds."""
    return {s.passage.id for source in library.catalogue.sources() for s in library.catalogue.passages_of(source.id)}
