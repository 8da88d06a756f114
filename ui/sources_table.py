"""The table of documents: a page of it, sorted by a column; a row opens its document, and several can be marked."""

from collections.abc import Collection, Sequence
from typing import Literal

from vademecum.library_view import SourceRow
from vademecum.ui import folders_panel, table

DOCUMENTS = table.Table(
    "library-sources",
    "Documents",
    "Mark",
    (
        {"id": "", "label": ""},
        {"id": "title", "label": "Document", "opens": True, "sorts": True},
        {"id": "kind", "label": "Kind", "sorts": True},
        {"id": "pages", "label": "Pages", "sorts": True, "end": True, "wide": True},
        {"id": "passages", "label": "Passages", "sorts": True, "end": True},
        {"id": "added_at", "label": "Last read", "sorts": True, "wide": True},
        {"id": "state", "label": "State"},
    ),
)

STATES: dict[str, tuple[str, Literal["", "quiet", "warn", "error"], str]] = {
    "current": ("up to date", "quiet", "The file is as it was when it was read."),
    "web page": ("web page", "quiet", "As it was when it was fetched; bring it up to date to fetch it again."),
    "changed": (
        "file changed",
        "warn",
        "The file has changed since it was read; bring it up to date to read it again.",
    ),
    "gone": ("file gone", "error", "The file is no longer there. What was read of it is still here, and can be asked."),
    "not encoded": (
        "not encoded yet",
        "warn",
        "Words in it are found, its meaning is not yet: its passages are encoded when documents are next added.",
    ),
}
"""Whether a document is as its file: in a word, its tone, and in a sentence."""


def show(
    sources: Sequence[SourceRow], actions: table.Actions, *, order: str, ascending: bool, marked_ids: Collection[str]
) -> None:
    """Draw one page of documents."""
    rows = [table.TableRow(row.source.id, row.source.title, cells(row)) for row in sources]
    table.show(DOCUMENTS, rows, actions, order=order, ascending=ascending, marked_ids=marked_ids)


def cells(row: SourceRow) -> list[dict[str, str]]:
    """The cells of a document, after the one that marks it."""
    source, (state, tone, _) = row.source, STATES[row.state]
    return [
        {"text": source.title, "more": f"{folders_panel.name(source.root)}/{source.path}"},
        {"text": source.kind},
        {"text": f"{source.pages:,}" if source.pages else ""},
        {"text": f"{row.passage_count:,}"},
        {"text": table.when(source.added_at.isoformat())},
        {"text": "same as another" if source.same_as and row.state == "current" else state, "tone": tone},
    ]
