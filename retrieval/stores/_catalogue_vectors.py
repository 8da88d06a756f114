"""What a LangChain `VectorStore` takes for an embedding model: it gives the vectors that the catalogue has already."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager

from langchain_core.embeddings import Embeddings


class CatalogueVectors(Embeddings):
    """Gives a store vectors that are computed already; a text represents a passage."""

    def __init__(self, dimensions: int) -> None:
        self._vectors: Mapping[str, list[float]] = {}
        self._dimensions = dimensions

    @contextmanager
    def having(self, vectors: Mapping[str, list[float]]) -> Generator[None]:
        """Have these to hand while the block runs."""
        self._vectors = vectors
        try:
            yield
        finally:
            self._vectors = {}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Their vectors; KeyError for what is none of those to hand."""
        return [self._vectors[text] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Its vector; of anything else one of the right length, which is what stores ask for to know it."""
        return self._vectors.get(text) or [1.0, *[0.0] * (self._dimensions - 1)]
