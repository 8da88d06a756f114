"""How near passages are to a question, beyond the cosines of their vectors; many at once, from what is stored of them.

Stored rows are int8 and each scaled for itself, so that a product is divided by the length of its row: that is less
work than to bring the rows to length one before.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vademecum.retrieval.encode import TOKEN_DIMENSIONS, Floats, sentence_rows

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.records import StoredVectors

SLICE = 64
"""Passages compared at once: some 5 MB, and 70 MB where all are as long as passages can be."""


def best_matches(question: Floats, passages: Sequence[bytes]) -> Floats:
    """Best cosine in the tokens of each of the passages of each of the question's: float32 (m, passages).

    `question`: unit vectors (m, 128). `passages`: tokens as `vademecum.retrieval.encode` stores them; 0 where there are
    none.
    A column's mean is MaxSim (Khattab and Zaharia 2020, arXiv:2004.12832, eq. 3).
    """
    slices = (passages[begin : begin + SLICE] for begin in range(0, len(passages), SLICE))
    empty = np.zeros((len(question), 0), np.float32)
    return np.concatenate([empty, *(_best(question, some, TOKEN_DIMENSIONS) for some in slices)], axis=1)


def best_sentences(vector: Floats, passages: "Sequence[StoredVectors]") -> Floats:
    """Of each passage the cosine of its sentence nearest to `vector` (d,), unit length; 0 where it has no vectors."""
    rows = [sentence_rows(passage.sentences, len(passage.spans)) for passage in passages]
    return _best(vector[None, :], rows, len(vector))[0]


def _best(rows: Floats, passages: Sequence[bytes], dimensions: int) -> Floats:
    """The best cosine of each of `rows` (m, d) among each passage's int8 rows: (m, passages)."""
    counts = np.array([len(passage) // dimensions for passage in passages], np.int64)
    matrix: NDArray[np.int8] = np.frombuffer(b"".join(passages), np.int8).reshape(-1, dimensions)
    floats = matrix.astype(np.float32)
    cosines = (rows @ floats.T) / np.maximum(np.sqrt(np.einsum("ij,ij->i", floats, floats)), 1e-9)
    best = np.zeros((len(rows), len(passages)), np.float32)
    filled = np.flatnonzero(counts)
    if len(filled):
        best[:, filled] = np.maximum.reduceat(cosines, np.concatenate([[0], np.cumsum(counts[filled])[:-1]]), axis=1)
    return best
