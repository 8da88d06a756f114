"""How near a passage is to a question, beyond the cosine of their vectors."""

from typing import TYPE_CHECKING

import numpy as np

from retrieval.encode import Floats, read_sentences

if TYPE_CHECKING:
    from retrieval.records import StoredVectors


def coverage(question: Floats, passage: Floats) -> Floats:
    """Best cosine in the passage's tokens (m, d) of each of the question's (n, d): (n,), zeros where m is 0.

    Its mean is MaxSim (Khattab and Zaharia 2020, eq. 3).
    """
    return (question @ passage.T).max(axis=1) if len(passage) else np.zeros(len(question), np.float32)


def best_sentence(row: "StoredVectors", vector: Floats) -> float:
    """Cosine of the passage's sentence nearest to `vector` (d,), unit length; 0 where it has no sentence vectors."""
    _, sentences = read_sentences(row.sentences, len(row.spans))
    return float((sentences @ vector).max()) if sentences.size else 0.0
