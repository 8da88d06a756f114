"""A section is a passage: from its heading to the next one, whatever format the headings come from.

LangChain's MarkdownHeaderTextSplitter joins lines anew and so loses where they stood; this finds the same sections in
the text as it is. A section that is too long is cut as by `recursive`.
"""

from collections.abc import Iterator, Sequence

from vademecum.retrieval.splitters import Cutting, Splitter
from vademecum.retrieval.splitters._stretches import stretchwise
from vademecum.retrieval.splitters.recursive import SIZE, cut
from vademecum.retrieval.structure import Block


def build(cutting: Cutting) -> Splitter:
    """Sections, those longer than `chunk_size` characters in several passages, which `chunk_overlap` is for."""
    size, overlap = cutting.sizes(SIZE)
    shorter = cut(size, overlap)

    def pieces(text: str, blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
        for start, end in sections(blocks):
            if end - start <= size:
                yield start, end
            else:
                yield from ((start + a, start + b) for a, b in shorter(text[start:end], ()))

    return stretchwise(pieces)


def sections(blocks: Sequence[Block]) -> Iterator[tuple[int, int]]:
    """Where each section begins and ends; headings with nothing below them belong to the next section."""
    begin, inside = None, False
    end = 0
    for block in blocks:
        if block.kind == "heading" and inside and begin is not None:
            yield begin, end
            begin, inside = None, False
        begin = block.start if begin is None else begin
        inside = inside or block.kind != "heading"
        end = block.end
    if begin is not None:
        yield begin, end
