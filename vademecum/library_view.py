"""The documents of a workspace to look through: `notebook.sources`. A source is a document, as the catalogue calls it.

notes.sources()                                                             # all of them
page = notes.sources.page(collection="letters", order="passages", descending=True)
view = notes.sources.view(page.rows[0].source.id)
notes.sources.find("forget gate", mode="late", path="letters/*")
"""

from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from vademecum.core.errors import UsageError
from vademecum.core.nearest_name import unknown_name
from vademecum.core.types import EVERYWHERE, Hit, Passage, Source
from vademecum.workspace import Workspace

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.listing import FileState, Folder, ListedSource, SourceQuery
    from vademecum.retrieval.scope import Within


class SourceRow(NamedTuple):
    """A document, with its number of passages, and whether it still is what its file contains."""

    source: Source
    passage_count: int
    state: "FileState"


class SourcePage(NamedTuple):
    """A page of documents; `total` documents with `passage_count` passages are on all pages together."""

    rows: list[SourceRow]
    total: int
    passage_count: int


class Heading(NamedTuple):
    """A heading of a document: its depth (0 outermost), and the offset at which it stands in the text.

    Where the text does not have the title: the offset of the heading before it or of the passage below it.
    """

    title: str
    depth: int
    start: int


class SourceView(NamedTuple):
    """A document to read: its row, its text, and the passages that a search can find, in order."""

    row: SourceRow
    text: str
    passages: list[Passage]

    def passage(self, identity: str) -> Passage | None:
        """The passage of that id; None where it is gone, since its text has changed."""
        return next((passage for passage in self.passages if passage.id == identity), None)

    def outline(self) -> list[Heading]:
        """The headings above its passages, in order, each once."""
        headings: list[Heading] = []
        previous: tuple[str, ...] = ()
        for passage in self.passages:
            pairs = enumerate(zip(previous, passage.headings, strict=False))
            shared_depth = next(
                (depth for depth, (above, here) in pairs if above != here), min(len(previous), len(passage.headings))
            )
            offset = passage.start
            for depth, title in enumerate(passage.headings[shared_depth:], shared_depth):
                title_start = self.text.find(title, offset, passage.end)
                offset = title_start if title_start >= 0 else offset
                headings.append(Heading(title, depth, offset))
            previous = passage.headings
        return headings


class Sources:
    """Returned by `Notebook.sources`. Calling it lists all documents (of a collection): `notes.sources("letters")`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def __call__(self, collection: str | None = None) -> list[Source]:
        """The documents (of a collection), by folder and path."""
        return self._workspace.library.catalogue.sources(collection)

    def text(self, source: Source | str) -> str:
        """The whole text of a document (or of the one with this id), in which all offsets count."""
        return self._workspace.library.catalogue.text(source if isinstance(source, str) else source.id)

    def page(self, **fields: Any) -> SourcePage:
        """A page of documents; `fields`: those of `retrieval.catalogue.listing.SourceQuery`, such as `collection`.

        Raises:
            UsageError: there is no such field or order.
        """
        listing = self._workspace.library.catalogue.list_sources(_query(fields))
        return SourcePage([self._row(listed) for listed in listing.sources], listing.total, listing.passage_count)

    def attention(self, **fields: Any) -> SourcePage:
        """As `page`, of those documents only whose file has changed or is gone, or that are not encoded.

        Not encoded means stored by another embedding model or splitter than those in use. A web page is here only if it
        is not encoded: it is not asked whether it has changed. This looks at the file of every document.
        """
        request = _query(fields)
        whole = self.page(**request._replace(offset=0, limit=-1)._asdict())  # -1: all, in SQL
        rows = [row for row in whole.rows if row.state not in ("current", "web page")]
        page = rows[request.offset : request.offset + request.limit]
        return SourcePage(page, len(rows), sum(row.passage_count for row in rows))

    def folders(self) -> "list[Folder]":
        """The folders that hold documents, by collection, root and path, each with how many are in it or below."""
        from vademecum.retrieval.catalogue import listing

        return listing.folders(self._workspace.library.catalogue.places())

    def count(self) -> int:
        """Number of documents."""
        return self._workspace.library.catalogue.source_count()

    def holds(self, root: str) -> bool:
        """Whether any document comes from this folder or site."""
        return self._workspace.library.catalogue.has_root(root)

    def is_used(self, root: str, path: str) -> bool:
        """Whether any collection has a document from that file, or from the archive of that name."""
        paths = {
            document_path
            for _, document_root, document_path in self._workspace.library.catalogue.places()
            if document_root == root
        }
        return path in paths or any(document_path.startswith(f"{path}/") for document_path in paths)

    def row(self, source_id: str) -> SourceRow:
        """One document as `page` lists it.

        Raises:
            UsageError: there is none of that id.
        """
        listed = self._workspace.library.catalogue.listed_source(source_id)
        if listed is None:
            raise UsageError(f"no document has the id {source_id[:40]!r}; it may have been removed")
        return self._row(listed)

    def view(self, source_id: str) -> SourceView:
        """One document to read. Where another one holds the same text, its passages are that one's.

        Raises:
            UsageError: there is none of that id.
        """
        row, catalogue = self.row(source_id), self._workspace.library.catalogue
        holder = row.source.same_as or row.source.id
        passages = [stored.passage for stored in catalogue.passages_of(holder)]
        return SourceView(row, catalogue.text(source_id), passages)

    def find(self, text: str, *, k: int = 10, mode: str | None = None, **within: "Unpack[Within]") -> list[Hit]:
        """As `Notebook.search`, for a search that is made at every letter typed: it is not traced.

        Raises:
            EmptyWorkspaceError: there are no documents.
            UsageError: an unknown mode, collection, kind or filter.
        """
        from vademecum import tracing
        from vademecum.retrieval.scope import narrowed

        workspace, scope = self._workspace, narrowed(EVERYWHERE, within, arguments=("k", "mode"))
        workspace.check(text, collection=scope.collection)
        with tracing.runs(workspace.settings.model_copy(update={"tracing": "off"})):
            return workspace.library.search(text, k=k, mode=mode, scope=scope)

    def kinds(self, collection: str | None = None) -> list[str]:
        """The kinds of the documents."""
        return self._workspace.library.catalogue.kinds(collection)

    def collections(self) -> list[str]:
        """Names of the collections that hold anything."""
        return self._workspace.library.catalogue.collections()

    def ambiguous_paths(self) -> frozenset[str]:
        """Paths that several folders hold: they need their folder to be told apart."""
        return self._workspace.library.catalogue.ambiguous_paths()

    def _row(self, listed: "ListedSource") -> SourceRow:
        from vademecum.retrieval.catalogue.listing import file_state

        return SourceRow(listed.source, listed.passage_count, file_state(listed, self._workspace.library.recipe))


def modes() -> list[str]:
    """Ways to search, by name; the first is the one that is best for most."""
    from vademecum.retrieval import retrievers

    return sorted(retrievers.members.names(), key=lambda name: (name != "best", name))


def transforms() -> list[str]:
    """What can be put around a way to search: `mode="late+neighbours"`."""
    from vademecum.retrieval import transforms

    return transforms.members.names()


def _query(fields: dict[str, Any]) -> "SourceQuery":
    """What a page is asked for; UsageError where there is no such field or order."""
    from vademecum.retrieval.catalogue.listing import ORDERS, SourceQuery

    if unknown := [name for name in fields if name not in SourceQuery._fields]:
        raise UsageError(unknown_name("filter", unknown[0], SourceQuery._fields))
    request = SourceQuery(**fields)
    if request.order not in ORDERS:
        raise UsageError(f"documents have no order {request.order!r}; there are: {', '.join(ORDERS)}")
    return request
