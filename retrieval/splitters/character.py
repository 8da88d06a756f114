"""Paragraphs joined up to a size, longer ones left whole: LangChain's CharacterTextSplitter."""

from collections.abc import Iterator, Sequence

from vademecum.retrieval.splitters import Cutting, Splitter
from vademecum.retrieval.splitters._langchain import KEEP, located, quiet
from vademecum.retrieval.splitters._stretches import stretchwise
from vademecum.retrieval.splitters.recursive import OVERLAP, SIZE
from vademecum.retrieval.structure import Block


def build(cutting: Cutting) -> Splitter:
    """Passages of whole paragraphs, up to `chunk_size` characters where the paragraphs allow it."""
    from langchain_text_splitters import CharacterTextSplitter

    size, overlap = cutting.sizes(SIZE, OVERLAP)
    splitter = quiet(CharacterTextSplitter(chunk_size=size, chunk_overlap=overlap, **KEEP))

    def pieces(text: str, _: Sequence[Block]) -> Iterator[tuple[int, int]]:
        return located(text, splitter.split_text(text), overlap)

    return stretchwise(pieces)
