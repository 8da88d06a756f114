"""Ways to cut a text into passages, one file each: the setting `splitter = NAME` is `splitters/name.py`.

To add one, write a file with `build(cutting) -> Splitter`. Most need only say where to cut a stretch of text that no
passage crosses (a page, a slide, a row): `_stretches.stretchwise` makes a splitter of that, whose passages leave out
nothing but white space and know their headings, page, line and place.

    split = splitter(settings, lambda: embeddings)
    for span in split(loaded):
        print(loaded.text[span.start : span.end])
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from vademecum.core.errors import SettingsError
from vademecum.core.plugins import Members
from vademecum.core.settings import Settings

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from vademecum.retrieval.loaded_text import LoadedText
    from vademecum.retrieval.passages import PassageSpan

Splitter = Callable[["LoadedText"], Iterator["PassageSpan"]]
"""Yields the passages of a document in order of their start, one by one: of a table of a million rows, no list is
needed."""

members = Members("retrieval.splitters")

USUAL = "structure"
"""The default splitter. Workspaces that were made with it name no splitter."""

SMALLEST = 20
"""Characters; smaller passages would be words."""


class Cutting(NamedTuple):
    """What a splitter is made from: the settings `chunk_size` (0: its own default) and `chunk_overlap` (None: its own
    default), and the embedding model, for those that ask it.
    """

    splitter: str
    size: int
    overlap: int | None
    embeddings: "Callable[[], Embeddings]"

    def sizes(self, size: int, overlap: int = 0, *, overlaps: bool = True) -> tuple[int, int]:
        """Size and overlap to use, where `size` and `overlap` are the splitter's own; less overlap for a small size.

        Raises:
            SettingsError: they are impossible: too small, an overlap as large as the passages, or of a splitter whose
                passages do not overlap (`overlaps` is False).
        """
        size = self.size or size
        if size < SMALLEST:
            raise SettingsError(f"chunk_size is {size}; give at least {SMALLEST}, or 0 for the splitter's own")
        if self.overlap and not overlaps:
            raise SettingsError(f"passages of the splitter {self.splitter!r} do not overlap; unset chunk_overlap")
        shared = min(overlap, size // 5) if self.overlap is None else self.overlap
        if shared >= size:
            raise SettingsError(f"chunk_overlap is {shared}, but passages have {size}; give less")
        return size, shared


def splitter(settings: Settings, embeddings: "Callable[[], Embeddings]") -> Splitter:
    """The splitter that the settings name; `embeddings` gives the embedding model, and is called only where needed.

    Raises:
        SettingsError: it cannot be made with the sizes that are set.
        UsageError: there is none of that name; the message lists those there are.
    """
    cutting = Cutting(settings.splitter, settings.chunk_size, settings.chunk_overlap, embeddings)
    return members.get(settings.splitter).build(cutting)


def splitter_name(settings: Settings) -> str:
    """Names the splitter with its sizes; empty for the default one, so that workspaces made before there were several
    need not be made anew.
    """
    options = {"chunk_size": settings.chunk_size or None, "chunk_overlap": settings.chunk_overlap}
    sizes = "".join(f" {name}={value}" for name, value in options.items() if value is not None)
    if settings.splitter == USUAL and not settings.chunk_size:
        return ""
    return f" splitter={settings.splitter}{sizes}"
