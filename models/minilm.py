"""The embedded embedding model: all-MiniLM-L6-v2 on onnxruntime, with the vector of every token for free.

Its vocabulary is of English. Of what it cannot spell, most Chinese characters and all of Thai, it sees that something
is there: all such texts would be alike. So such a token's vector is made of its characters, by hashing (Weinberger et
al. 2009, arXiv:0902.2206): texts are near by what they share.
"""

import hashlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vademecum.language.words import normalised, words
from vademecum.models.minilm_graph import MiniLMGraph
from vademecum.models.token_encoder import MAX_WINDOWS, WINDOW_TOKENS, TokenEncoder
from vademecum.models.weights import MINILM, MINILM_TOKENIZER

COMPUTATION = "w8a8"
"""Part of the fingerprint: products of 8-bit integers. To be changed whenever the graph computes other vectors."""

_USUAL_LENGTH = 6.0
"""Of the vectors that the model gives tokens, before they are scaled."""


class MiniLM(TokenEncoder):
    """Vectors of English texts; a question is encoded as a passage is."""

    languages = ("en",)
    """Those it was trained on; of others it knows little more than the names."""

    def __init__(self, threads: int = 0) -> None:
        """Load the model (0.05 s). `threads`: forward passes that run at once; 0 means one a core.

        Raises:
            WeightsError: the weights are missing or not the pinned ones.
            ModelError: onnxruntime refuses them.
        """
        self._graph = MiniLMGraph(threads)
        super().__init__(self._graph.tokenizer, threads=threads)
        self._unknown = self._tokenizer.token_to_id("[UNK]")

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors of the same texts may change: indexes keep it."""
        weights = f"{MINILM.sha256[:8]}-{MINILM_TOKENIZER.sha256[:8]}"
        return f"minilm-{weights}-{WINDOW_TOKENS}x{MAX_WINDOWS}-{COMPUTATION}"

    def _pass(self, windows: list[list[int]]) -> NDArray[np.float32]:
        """The last hidden state of windows of one length, float32 (windows, tokens, 384)."""
        return self._graph.run({"input_ids": np.array(windows, np.int64)})

    def _fill_in(
        self,
        text: str,
        windows: list[list[int]],
        states: list[NDArray[np.float32]],
        offsets: list[tuple[int, int]],
    ) -> None:
        places = iter(offsets)
        for window, state in zip(windows, states, strict=True):
            for row, (token, (start, end)) in enumerate(zip(window[1:-1], places, strict=False), 1):
                if token == self._unknown:
                    state[row] = _of_unknown(text[start:end])


@lru_cache(maxsize=4096)
def _of_unknown(token: str) -> NDArray[np.float32]:
    """A vector for a token that the vocabulary lacks, float32 (384,): the sum of those of its characters and pairs."""
    parts = words(normalised(token)) or [token]
    digests = [hashlib.shake_128(part.encode("utf-8", "replace")).digest(MiniLM.dimensions // 8) for part in parts]
    signs = np.unpackbits(np.frombuffer(b"".join(digests), np.uint8)).reshape(len(parts), -1).astype(np.float32)
    total = (2 * signs - 1).sum(axis=0)
    return total * np.float32(_USUAL_LENGTH / np.linalg.norm(total))
