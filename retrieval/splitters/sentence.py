"""Whole sentences joined up to a size; the overlap is whole sentences too."""

from collections.abc import Iterator, Sequence

from vademecum.retrieval.passages import sentences
from vademecum.retrieval.splitters import Cutting, Splitter
from vademecum.retrieval.splitters._stretches import packed, stretchwise
from vademecum.retrieval.structure import Block

SIZE = 500
"""Characters; three or four sentences."""


def build(cutting: Cutting) -> Splitter:
    """Passages of up to `chunk_size` characters that begin and end with a sentence."""
    size, overlap = cutting.sizes(SIZE)

    def pieces(text: str, _: Sequence[Block]) -> Iterator[tuple[int, int]]:
        return packed(sentences(text, 0, len(text), size), size, overlap)

    return stretchwise(pieces)
