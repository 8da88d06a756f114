"""How near two words are in meaning, by the vectors of an embedding model that is loaded only when first asked."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

_KEPT = 4096


class Embeds(Protocol):
    """What is needed of an embedding model (LangChain's `Embeddings` has it)."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text."""
        ...


class Meaning:
    """Nearness of words. Without a model no two words are near."""

    def __init__(self, embeddings: Embeds | Callable[[], Embeds] | None) -> None:
        self._embeddings = embeddings
        self._vectors: dict[str, NDArray[np.float32]] = {}

    def nearness(self, word: str, others: Sequence[str]) -> float:
        """The greatest cosine of `word` with one of `others`, in [-1, 1]; 0 without a model or without others."""
        if self._embeddings is None or not others:
            return 0.0
        vectors = self._vectors_of([word, *others])
        return float(np.max(vectors[1:] @ vectors[0]))

    def _vectors_of(self, words: Sequence[str]) -> NDArray[np.float32]:
        unknown = [word for word in dict.fromkeys(words) if word not in self._vectors]
        if unknown:
            if len(self._vectors) > _KEPT:
                self._vectors = {}
                unknown = list(dict.fromkeys(words))
            new_vectors = np.asarray(self._model().embed_documents(unknown), dtype=np.float32)
            new_vectors /= np.maximum(np.linalg.norm(new_vectors, axis=1, keepdims=True), 1e-9)
            self._vectors = {**self._vectors, **dict(zip(unknown, new_vectors, strict=True))}
        return np.stack([self._vectors[word] for word in words])

    def _model(self) -> Embeds:
        if not hasattr(self._embeddings, "embed_documents"):
            self._embeddings = self._embeddings()  # type: ignore
        return self._embeddings  # type: ignore
