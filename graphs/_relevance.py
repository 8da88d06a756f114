"""Whether a sentence bears on the question: what a document tells the reader to do can be quoted, and is no answer.

A model that obeys an instruction hidden in a document writes it down with its quote, which is there, word for word: the
verdict alone would let it pass.
"""

from collections.abc import Sequence

import numpy as np
from langchain_core.embeddings import Embeddings

from vademecum.core.types import Evidence
from vademecum.graphs._claims import Claim
from vademecum.verification.words import parse

LEAST = 0.2
"""Cosine to the question below which a sentence may be beside it: 4 of 400 gold sentences share no word of weight with
their question and are below it; of pairs of a question and a sentence from `tests/injections.jsonl`, 95% are below .16
(all-MiniLM-L6-v2)."""

NEARER = 0.3
"""By how much the best evidence must be nearer: where question and documents are in two languages, nothing is near."""


def bearing(question: str, claims: Sequence[Claim], evidence: Evidence, embeddings: Embeddings) -> list[Claim]:
    """The claims without those that share no word of weight with the question and are far from it."""
    question_stems = _stems(question)
    doubtful = [place for place, claim in enumerate(claims) if not question_stems & _stems(claim["text"])]
    if not doubtful or not evidence.sentences:
        return list(claims)
    texts = [question, evidence.sentences[0].text, *(claims[place]["text"] for place in doubtful)]
    vectors = np.array(embeddings.embed_documents(texts), np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    near = vectors[1:] @ vectors[0]
    beside = {
        place for place, likeness in zip(doubtful, near[1:], strict=True) if likeness < min(LEAST, near[0] - NEARER)
    }
    return [claim for place, claim in enumerate(claims) if place not in beside]


def _stems(text: str) -> set[str]:
    return {word.stem for word in parse(text).words if word.kind != "function"}
