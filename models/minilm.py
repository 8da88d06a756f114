"""The embedded embedding model: all-MiniLM-L6-v2 on onnxruntime, with the vector of every token for free.

One forward pass gives a text's vector and its token vectors with their places in the text, so that sentences can
get vectors from the same pass as their passage ("late chunking", Günther et al. 2024, arXiv:2409.04701).
"""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from vademecum.models.minilm_graph import MiniLMGraph, well_formed
from vademecum.models.weights import MINILM, MINILM_TOKENIZER

WINDOW_TOKENS = 256
"""Tokens read at once, [CLS] and [SEP] included: what the model was made for. A longer text is read in windows of equal
length. Measured on paragraphs of eval/wiki: where the evidence is in one of more than 256 tokens, MRR is .75; cut at
256 it is .62, read at once up to 512 tokens .63, in windows of 128 .69."""

MAX_WINDOWS = 8
"""Longer texts (some 8,000 characters) are cut here: passages are shorter, questions ought to be."""

COMPUTATION = "w8a8"
"""Part of the fingerprint: products of 8-bit integers. To be changed whenever the graph computes other vectors."""

_BATCH_TOKENS = 256
"""Tokens in one forward pass."""

_BATCH_WINDOWS = 16
"""Windows in one forward pass, at most."""


class Encoded(NamedTuple):
    """What the model says of a text.

    `vector`: float32 (384,), unit length. `tokens`: float32 (n, 384), the raw last hidden state of the n tokens of the
    text, [CLS] and [SEP] left out. `offsets`: int32 (n, 2), where each token stands in the text, in characters.
    """

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32]
    offsets: NDArray[np.int32]


class MiniLM(Embeddings):
    """Mean-pooled vectors of 384 dimensions and unit length. Safe to use from several threads at once.

    The same text has the same vector, alone or among others, to the last digit. An empty text has one too: that of
    [CLS] and [SEP].
    """

    dimensions = 384
    languages = ("en",)
    """Those it was trained on; of others it knows little more than the names."""

    def __init__(self, threads: int = 0) -> None:
        """Load the model. `threads`: forward passes that run at once; 0 means one a core.

        Raises:
            WeightsError: the weights are missing or not the pinned ones.
            ModelError: onnxruntime refuses them.
        """
        self._graph = MiniLMGraph(threads)

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors of the same texts may change: indexes keep it."""
        weights = f"{MINILM.sha256[:8]}-{MINILM_TOKENIZER.sha256[:8]}"
        return f"minilm-{weights}-{WINDOW_TOKENS}x{MAX_WINDOWS}-{COMPUTATION}"

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Text vectors and token vectors, in the order given.

        Token vectors take 1.5 kB each: encode some hundred passages at a time.
        """
        tokenised = [self._tokenise(text) for text in texts]
        hidden = iter(self._forward([window for windows, _ in tokenised for window in windows]))
        return [_encoded([next(hidden) for _ in windows], offsets) for windows, offsets in tokenised]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors, in the order given."""
        portions = (texts[i : i + 256] for i in range(0, len(texts), 256))
        return [encoded.vector.tolist() for portion in portions for encoded in self.encode(portion)]

    def embed_query(self, text: str) -> list[float]:
        """The same vector as `embed_documents` gives."""
        return self.encode([text])[0].vector.tolist()

    def token_offsets(self, text: str) -> NDArray[np.int32]:
        """Where each token of `text` stands in it, int32 (n, 2), in characters; however long it is."""
        return np.array(self._graph.tokenizer.encode(well_formed(text)).offsets[1:-1], np.int32).reshape(-1, 2)

    def _tokenise(self, text: str) -> tuple[list[list[int]], list[tuple[int, int]]]:
        """The token ids of each window of `text`, with [CLS] and [SEP], and where its tokens stand in it."""
        encoding = self._graph.tokenizer.encode(well_formed(text))
        first, *ids, last = encoding.ids
        count = max(1, math.ceil(len(ids) / (WINDOW_TOKENS - 2)))
        size = max(1, math.ceil(len(ids) / count)) if count <= MAX_WINDOWS else WINDOW_TOKENS - 2
        starts = range(0, max(1, len(ids)), size)[:MAX_WINDOWS]
        windows = [[first, *ids[start : start + size], last] for start in starts]
        return windows, encoding.offsets[1:-1][: size * MAX_WINDOWS]

    def _forward(self, windows: list[list[int]]) -> list[NDArray[np.float32]]:
        """The last hidden state of each window, float32 (tokens, 384), in the order given."""
        batches = list(_batches([len(window) for window in windows]))
        tokens = [{"input_ids": np.array([windows[i] for i in batch], np.int64)} for batch in batches]
        batch_states = self._graph.last_hidden_states(tokens)
        states = dict(
            zip((i for batch in batches for i in batch), (row for rows in batch_states for row in rows), strict=True)
        )
        return [states[i] for i in range(len(windows))]


def _encoded(windows: list[NDArray[np.float32]], offsets: list[tuple[int, int]]) -> Encoded:
    mean = np.concatenate(windows).mean(axis=0)
    # `concatenate` copies, so that one text's tokens do not keep the whole batch alive.
    tokens = np.concatenate([window[1:-1] for window in windows])
    return Encoded(mean / np.linalg.norm(mean), tokens, np.array(offsets, np.int32).reshape(-1, 2))


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of windows of one length in batches, longest first, so that the last batches to end are the short ones.

    Nothing is padded: padding would cost time, and the last digits of a vector would depend on what is beside it.
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for length, group in groupby(order, key=lengths.__getitem__):
        same = list(group)
        most = max(1, min(_BATCH_WINDOWS, _BATCH_TOKENS // length))
        yield from (same[start : start + most] for start in range(0, len(same), most))
