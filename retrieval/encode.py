"""A passage's vectors: its own, its sentences' and its tokens', all from one forward pass, small enough to keep.

Sentence vectors are pooled from the passage's token vectors ("late chunking", Günther et al. 2024, arXiv:2409.04701).
Token vectors are kept for late interaction (ColBERT, Khattab and Zaharia 2020, arXiv:2004.12832) as 128 bytes each:
projected to 128 dimensions by a principal component analysis and rounded to int8 (MRR within .002 of the full ones on
wiki, notes and spans; 64 dimensions lose .005 to .025). Models without token vectors leave sentences and tokens empty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vademecum.language.sentences import sentence_spans
from vademecum.retrieval.passages import PassageSpan
from vademecum.retrieval.structure import blocks

if TYPE_CHECKING:
    from vademecum.models.token_encoder import Encoded

Floats = NDArray[np.float32]
TOKEN_DIMENSIONS = 128


@dataclass(frozen=True)
class PassageVectors:
    """What is stored of one passage.

    `passage`: float32 (d,), unit length. `spans`: int32 (n, 2), its sentences as offsets in the source's text.
    `sentences`: int32 (n, 2) of each sentence's tokens, then int8 (n, d). `tokens`: int8 (m, 128). Rows of int8 are
    scaled each for itself, so that only their directions count.
    """

    passage: Floats
    spans: NDArray[np.int32]
    sentences: bytes
    tokens: bytes


def encode_passages(model: Any, text: str, spans: Sequence[PassageSpan], *, title: str) -> list[PassageVectors]:
    """Vectors of the passages at `spans` of a source's text, in order.

    What is embedded begins with the title and the headings, so that a passage knows what it is about; no sentence
    includes them. `model` is a `vademecum.models.token_encoder.TokenEncoder` or any LangChain `Embeddings`.
    """
    bodies = [_body(text, span, title) for span in spans]
    heads = [". ".join([title, *span.headings]) + ". " for span in spans]
    texts = [head + text[body : span.end] for head, body, span in zip(heads, bodies, spans, strict=True)]
    sentences = [
        np.array(sentence_spans(text[body : span.end]), np.int32).reshape(-1, 2)
        for body, span in zip(bodies, spans, strict=True)
    ]
    if not hasattr(model, "encode"):
        vectors = np.array(model.embed_documents(texts), np.float32)
        return [
            PassageVectors(unit(vector), bounds + body, b"", b"")
            for vector, bounds, body in zip(vectors, sentences, bodies, strict=True)
        ]
    return [
        _vectors(model, encoded, len(head), bounds, body)
        for encoded, head, bounds, body in zip(model.encode(texts), heads, sentences, bodies, strict=True)
    ]


def _body(text: str, span: PassageSpan, title: str) -> int:
    """Where the passage's own words begin, behind the headings above them; its start where it has no others."""
    if span.body is not None:
        return span.body
    begin = span.start
    for block in blocks(text[span.start : span.end]):
        if block.kind != "heading" or block.title not in ("", title, *span.headings):
            break
        begin = span.start + block.end
    while begin < span.end and text[begin].isspace():
        begin += 1
    return begin if begin < span.end else span.start


def _vectors(model: Any, encoded: "Encoded", head: int, bounds: NDArray[np.int32], body: int) -> PassageVectors:
    """`bounds`: of the sentences in the body, in front of which the embedded text has `head` characters."""
    begins, ends = encoded.offsets[:, 0] - head, encoded.offsets[:, 1] - head
    inside = ends > 0
    ranges = np.stack([np.searchsorted(begins, bounds[:, 0]), np.searchsorted(ends, bounds[:, 1], "right")], 1)
    first = int(np.argmax(inside)) if inside.any() else len(inside)
    ranges = np.clip(ranges, first, len(inside)).astype(np.int32)
    pooled = np.zeros((len(bounds), encoded.tokens.shape[1]), np.float32)
    for row, (start, stop) in enumerate(ranges):
        if stop > start:
            pooled[row] = encoded.tokens[start:stop].mean(axis=0)
    sentences, tokens = _rounded(pooled), compress(model, encoded.tokens)
    return PassageVectors(encoded.vector, bounds + body, ranges.tobytes() + sentences.tobytes(), tokens.tobytes())


def compress(model: Any, tokens: Floats) -> NDArray[np.int8]:
    """Token vectors (m, 384) of `model` as int8 (m, 128); of whatever length, since each row is scaled for itself."""
    return _rounded(tokens @ _projection_of(model))


def project(model: Any, tokens: Floats) -> Floats:
    """Token vectors (m, 384) of `model` as unit vectors (m, 128), to compare with stored ones by dot product."""
    return unit(unit(tokens) @ _projection_of(model))


def read_sentences(blob: bytes, count: int) -> tuple[NDArray[np.int32], Floats]:
    """Of `count` sentences the ranges of their tokens, int32 (n, 2), and unit vectors, float32 (n, d)."""
    if not blob:
        return np.zeros((count, 2), np.int32), np.zeros((count, 0), np.float32)
    ranges = np.frombuffer(blob, np.int32, 2 * count).reshape(-1, 2)
    rows = np.frombuffer(sentence_rows(blob, count), np.int8).reshape(count, -1)
    return ranges, unit(rows.astype(np.float32))


def sentence_rows(blob: bytes, count: int) -> bytes:
    """The int8 rows (n, d) of `count` sentences, without the ranges in front of them."""
    return blob[8 * count :]


def read_tokens(blob: bytes) -> Floats:
    """Unit vectors of the tokens, float32 (m, 128)."""
    return unit(np.frombuffer(blob, np.int8).reshape(-1, TOKEN_DIMENSIONS).astype(np.float32))


def unit(rows: Floats) -> Floats:
    """Rows (or one vector) scaled to length one; zeros stay zeros."""
    length = np.linalg.norm(rows, axis=-1, keepdims=True)
    return rows / np.maximum(length, 1e-9)


def _rounded(rows: Floats) -> NDArray[np.int8]:
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=1e-9)
    return np.round(rows * (127 / largest)).astype(np.int8)


def _projection_of(model: Any) -> Floats:
    """Principal axes (384, 128) of the model's token vectors; those of the embedded one where it names no others."""
    return _projection(getattr(model, "token_projection", "token_projection.npy"))


@cache
def _projection(name: str) -> Floats:
    """Principal axes from a file that `benchmarks/fit_ranking.py` made."""
    with (files("vademecum.retrieval") / name).open("rb") as file:
        return np.load(file, allow_pickle=False).astype(np.float32)
