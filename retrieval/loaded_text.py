"""What a loader makes of a file."""

from dataclasses import dataclass

from vademecum.retrieval.layout import PLAIN, Layout
from vademecum.retrieval.tables import Table


@dataclass(frozen=True)
class LoadedText:
    """A document as it was read: its kept text, where its pages begin in it (None: no pages), its layout and tables."""

    text: str
    title: str
    kind: str
    page_starts: tuple[int, ...] | None
    layout: Layout = PLAIN
    notes: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
