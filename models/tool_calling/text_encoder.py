"""Vectors of short texts by the embedded embedding model: what a tool says of itself is encoded once."""

import re
from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vademecum.models.minilm import MiniLM
from vademecum.models.process_cache import once

MAX_CACHED = 4096
"""Texts whose vectors are kept: some 20 MB."""


class Text(NamedTuple):
    """A text's unit vector (384,), the unit vectors of its tokens (n, 384) and where they stand in it (n, 2)."""

    vector: NDArray[np.float32]
    tokens: NDArray[np.float32]
    offsets: NDArray[np.int32]


class Encoder:
    """Encodes texts together, each once as long as it is kept."""

    def __init__(self, threads: int = 0) -> None:
        self._model = once(("minilm", threads), lambda: MiniLM(threads))
        self._cache: OrderedDict[str, Text] = OrderedDict()

    def texts(self, texts: Sequence[str]) -> list[Text]:
        """Vectors and token vectors, in the order given."""
        texts_encoded = {text: cached for text in texts if (cached := self._cache.get(text))}
        new = [text for text in dict.fromkeys(texts) if text not in texts_encoded]
        for text, encoded in zip(new, self._model.encode(new) if new else (), strict=True):
            norms = np.linalg.norm(encoded.tokens, axis=1, keepdims=True)
            texts_encoded[text] = Text(encoded.vector, encoded.tokens / np.maximum(norms, 1e-9), encoded.offsets)
            self._cache[text] = texts_encoded[text]
        while len(self._cache) > MAX_CACHED:
            self._cache.popitem(last=False)
        return [texts_encoded[text] for text in texts]

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors (n, 384), in the order given."""
        return np.array([text.vector for text in self.texts(texts)], np.float32).reshape(-1, MiniLM.dimensions)


def encoder(threads: int = 0) -> Encoder:
    """The process's encoder."""
    return once(("encoder", threads), lambda: Encoder(threads))


def plain(name: str) -> str:
    """`getWeather_now` as words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", re.sub(r"[_.\-]+", " ", name)).strip().lower()
