"""Windows of so many tokens of the embedding model, so that each is read at once; no word is cut in two."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vademecum.core.errors import SettingsError
from vademecum.retrieval.splitters import Cutting, Splitter
from vademecum.retrieval.splitters._stretches import stretchwise
from vademecum.retrieval.structure import Block

SIZE = 200
OVERLAP = 20
"""Tokens, both; the embedded model reads 254 at once, of which title and headings take some."""


AT_ONCE = 100_000
"""Characters given to the tokenizer at once: it takes some 200 bytes a character."""


def build(cutting: Cutting) -> Splitter:
    """Passages of up to `chunk_size` tokens, of which `chunk_overlap` also stand in the one before.

    Raises:
        SettingsError: the embedding model does not say how it reads a text.
    """
    size, overlap = cutting.sizes(SIZE, OVERLAP)
    model: Any = cutting.embeddings()
    if not hasattr(model, "token_offsets"):
        raise SettingsError(
            "the splitter 'token' needs embeddings that tell their tokens: set embeddings = \"embedded\""
        )

    def pieces(text: str, _: Sequence[Block]) -> Iterator[tuple[int, int]]:
        return windows(_tokens(model, text), size, overlap)

    return stretchwise(pieces)


def _tokens(model: Any, text: str) -> NDArray[np.int32]:
    """Where each token is in the text, int32 (n, 2)."""
    offsets, begin = [np.zeros((0, 2), np.int32)], 0
    while begin < len(text):
        end = begin + AT_ONCE
        if end < len(text):
            end = max(text.rfind(" ", begin + 1, end), text.rfind("\n", begin + 1, end)) + 1 or end
        offsets.append(model.token_offsets(text[begin:end]) + begin)
        begin = end
    return np.concatenate(offsets)


def windows(tokens: NDArray[np.int32], size: int, overlap: int) -> Iterator[tuple[int, int]]:
    """Windows over tokens at these offsets, each moved back to where a word begins, if one does."""
    first = 0
    while first < len(tokens):
        stop = _word(tokens, first + 1, first + size)
        yield int(tokens[first, 0]), int(tokens[stop - 1, 1])
        if stop == len(tokens):
            return
        first = _word(tokens, first + 1, max(stop - overlap, first + 1)) if overlap else stop


def _word(tokens: NDArray[np.int32], earliest: int, target: int) -> int:
    """The last place from `earliest` to `target` where a token begins a word; `target` where none does."""
    if target >= len(tokens):
        return len(tokens)
    for place in range(target, earliest - 1, -1):
        if tokens[place, 0] > tokens[place - 1, 1]:
            return place
    return target
