"""Small workspaces for tests of ingestion: real files, catalogue and Chroma, and vectors that need no model."""

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from langchain_core.embeddings import Embeddings

from vademecum.core.settings import load_settings
from vademecum.models.token_encoder import Encoded
from vademecum.retrieval.library import Library


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


class HashTokens(Embeddings):
    """As the embedded model, with a vector for each token: of 384 numbers, drawn from the word's hash."""

    fingerprint = "hash-tokens-384"
    dimensions = 384

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        return [self._encoded(text) for text in texts]

    def encode_query(self, text: str) -> Encoded:
        return self._encoded(text)

    def _encoded(self, text: str) -> Encoded:
        words = list(re.finditer(r"\w+", text))
        tokens = np.array([_of_word(word.group().lower()) for word in words], np.float32).reshape(-1, 384)
        mean = tokens.mean(axis=0) if words else np.ones(384, np.float32)
        offsets = np.array([word.span() for word in words], np.int32).reshape(-1, 2)
        return Encoded(mean / np.linalg.norm(mean), tokens, offsets)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [encoded.vector.tolist() for encoded in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        return self._encoded(text).vector.tolist()


@lru_cache(maxsize=4096)
def _of_word(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8])
    return np.random.default_rng(seed).standard_normal(384).astype(np.float32)


def open_with_tokens(home: Path) -> Library:
    """A library whose embeddings are hashes, of tokens too: every mode can be searched."""
    library = Library(home, load_settings(home=home))
    library.embeddings = HashTokens()
    return library


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
    return {
        identity
        for identity, _ in library.vectors.search(
            np.ones(getattr(library.embeddings, "dimensions", 16), np.float32), 10_000, collection
        )
    }


def passage_ids(library: Library) -> set[str]:
    """Ids that the catalogue holds."""
    return {s.passage.id for source in library.catalogue.sources() for s in library.catalogue.passages_of(source.id)}
