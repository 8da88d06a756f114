"""Paragraphs, else lines, else words, joined up to a size: LangChain's RecursiveCharacterTextSplitter."""

from collections.abc import Iterator, Sequence

from vademecum.retrieval.splitters import Cutting, Splitter
from vademecum.retrieval.splitters._langchain import KEEP, located
from vademecum.retrieval.splitters._stretches import Cut, stretchwise
from vademecum.retrieval.structure import Block

SIZE = 1000
OVERLAP = 200
"""Characters, both: what LangChain's own tutorials take."""


def build(cutting: Cutting) -> Splitter:
    """Passages of up to `chunk_size` characters, of which `chunk_overlap` also stand in the one before."""
    return stretchwise(cut(*cutting.sizes(SIZE, OVERLAP)))


def cut(size: int, overlap: int) -> Cut:
    """What cuts a stretch of text so."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=size, chunk_overlap=overlap, **KEEP)

    def pieces(text: str, _: Sequence[Block] = ()) -> Iterator[tuple[int, int]]:
        return located(text, splitter.split_text(text), overlap)

    return pieces
