"""Cuts where neighbouring sentences differ most in meaning, by the workspace's own embedding model.

Each sentence is embedded with the one before and the one after it; a passage ends where the distance to the next is
beyond the 95th percentile of the stretch's distances. Source: Kamradt, "5 Levels of Text Splitting", level 4, and
LangChain's experimental SemanticChunker, with whose defaults it agrees; that one returns words without their places.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import numpy as np
from langchain_core.embeddings import Embeddings

from vademecum.retrieval.passages import sentences
from vademecum.retrieval.splitters import Cutting, Splitter
from vademecum.retrieval.splitters._stretches import LONGEST, packed, stretchwise
from vademecum.retrieval.structure import Block

PERCENTILE = 95
BATCH = 64
"""Sentences embedded at once."""


def build(cutting: Cutting) -> Splitter:
    """Passages of sentences about one thing; where `chunk_size` is set, longer ones are cut between sentences.

    Ingestion takes about four times as long as with other splitters: every sentence is read three times more.
    """
    size, _ = cutting.sizes(LONGEST, overlaps=False)
    model = cutting.embeddings()

    def pieces(text: str, _: Sequence[Block]) -> Iterator[tuple[int, int]]:
        units = list(sentences(text, 0, len(text), size))
        for group in _groups(units, _distances(model, text, units)):
            yield from packed(group, size)

    return stretchwise(pieces)


def _groups(units: list[tuple[int, int]], distances: list[float]) -> Iterator[list[tuple[int, int]]]:
    """The sentences, parted where the distance to the next one is among the largest."""
    threshold = np.percentile(distances, PERCENTILE) if distances else 0.0
    first = 0
    for i, distance in enumerate(distances, 1):
        if distance > threshold:
            yield units[first:i]
            first = i
    if units:
        yield units[first:]


def _distances(model: Embeddings, text: str, units: list[tuple[int, int]]) -> list[float]:
    """Cosine distances of each sentence to the next, each read together with its neighbours."""
    contexts = (text[units[max(i - 1, 0)][0] : units[min(i + 1, len(units) - 1)][1]] for i in range(len(units)))
    batches = iter(lambda: list(islice(contexts, BATCH)), [])
    vectors = (vector for batch in batches for vector in _unit(model.embed_documents(batch)))
    return [1 - float(first @ second) for first, second in pairwise(vectors)]


def _unit(vectors: list[list[float]]) -> np.ndarray:
    rows = np.array(vectors, np.float32)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
