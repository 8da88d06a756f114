"""Where the pieces of LangChain's text splitters stand in the text: they return words, and their `add_start_index`
looks for the first place that fits, which is -1 or another one where words repeat.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_text_splitters import TextSplitter

KEEP: dict[str, Any] = {"keep_separator": True, "strip_whitespace": False}
"""Arguments with which their pieces are the text's own characters, none missing between one piece and the next."""


def located(text: str, pieces: Sequence[str], overlap: int) -> Iterator[tuple[int, int]]:
    """Where each piece is: behind the start of the one before, at most `overlap` characters before its end."""
    start, end = -1, 0
    for piece in pieces:
        earliest = max(start + 1, end - overlap, end - len(piece) + 1)
        position = text.find(piece, earliest, end + len(piece))
        start = position if position >= 0 else end
        end = min(start + len(piece), len(text))
        yield start, end


def quiet(splitter: "TextSplitter") -> "TextSplitter":
    """The splitter, not warning of pieces that are longer than wanted: what is too long is cut here."""
    logging.getLogger("langchain_text_splitters.base").setLevel(logging.ERROR)
    return splitter
