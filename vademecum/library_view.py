"""The documents of a notebook to look through: pages of them, their folders, one with its headings and passages.

page = shelves.page(notes, collection="letters", order="passages", descending=True)
leaf = shelves.leaf(notes, page.listed[0].source.id)
shelves.find(notes, "forget gate", mode="late", path="letters/*")
"""

from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from vademecum.core.errors import UsageError
from vademecum.core.types import EVERYWHERE, Hit, Passage, Source

if TYPE_CHECKING:
    from vademecum.notebook import Notebook
    from vademecum.retrieval.catalogue.listing import Folder, State
    from vademecum.retrieval.scope import Within


class Listed(NamedTuple):
    """A document, with the number of its passages and how it stands to its file."""

    source: Source
    passages: int
    state: "State"


class Shelf(NamedTuple):
    """A page of documents; `total` and `passages` count those of all pages."""

    listed: list[Listed]
    total: int
    passages: int


class Heading(NamedTuple):
    """A heading of a document: its depth (0 outermost), and where it stands, or else what it stands above."""

    title: str
    depth: int
    start: int


class Leaf(NamedTuple):
    """A document to read: what is listed of it, its text, and the passages that a search can find, in order."""

    listed: Listed
    text: str
    passages: list[Passage]

    def passage(self, identity: str) -> Passage | None:
        """The passage of that id; None where it is gone, since its text has changed."""
        return next((one for one in self.passages if one.id == identity), None)

    def outline(self) -> list[Heading]:
        """The headings above its passages, in order, each once."""
        found: list[Heading] = []
        above: tuple[str, ...] = ()
        for passage in self.passages:
            same = next(
                (depth for depth, pair in enumerate(zip(above, passage.headings, strict=False)) if pair[0] != pair[1]),
                min(len(above), len(passage.headings)),
            )
            at = passage.start
            for depth, title in enumerate(passage.headings[same:], same):
                stands = self.text.find(title, at, passage.end)
                at = stands if stands >= 0 else at
                found.append(Heading(title, depth, at))
            above = passage.headings
        return found


def page(notes: "Notebook", **wanted: Any) -> Shelf:
    """A page of documents; `wanted`: fields of `retrieval.catalogue.listing.SourceQuery`, such as `collection`.

    Raises:
        UsageError: there is no such order.
    """
    from vademecum.retrieval.catalogue.listing import ORDERS, SourceQuery

    asked = SourceQuery(**wanted)
    if asked.order not in ORDERS:
        raise UsageError(f"documents have no order {asked.order!r}; there are: {', '.join(ORDERS)}")
    found = notes.library.catalogue.list_sources(asked)
    return Shelf([_listed(notes, one) for one in found.sources], found.total, found.passages)


def attention(notes: "Notebook", **wanted: Any) -> Shelf:
    """As `page`, of those documents only that are not as their files are; looks at the file of every one."""
    from vademecum.retrieval.catalogue.listing import SourceQuery

    asked = SourceQuery(**wanted)
    whole = page(notes, **asked._replace(offset=0, limit=-1)._asdict())
    found = [one for one in whole.listed if one.state not in ("current", "web page")]
    shown = found[asked.offset : asked.offset + asked.limit]
    return Shelf(shown, len(found), sum(one.passages for one in found))


def folders(notes: "Notebook") -> "list[Folder]":
    """The folders that hold documents, by collection, root and path, each with how many are in it or below."""
    from vademecum.retrieval.catalogue import listing

    return listing.folders(notes.library.catalogue.places())


def count(notes: "Notebook") -> int:
    """Number of documents."""
    return notes.library.catalogue.source_count()


def holds(notes: "Notebook", root: str) -> bool:
    """Whether any document comes from this folder or site."""
    return notes.library.catalogue.has_root(root)


def listed(notes: "Notebook", source_id: str) -> Listed:
    """One document as `page` lists it.

    Raises:
        UsageError: there is none of that id.
    """
    found = notes.library.catalogue.listed_source(source_id)
    if found is None:
        raise UsageError(f"no document has the id {source_id[:40]!r}; it may have been removed")
    return _listed(notes, found)


def is_used(notes: "Notebook", root: str, path: str) -> bool:
    """Whether any collection has a document from that file, or from the archive of that name."""
    places = {(there, at) for _, there, at in notes.library.catalogue.places()}
    return any(there == root and (at == path or at.startswith(f"{path}/")) for there, at in places)


def leaf(notes: "Notebook", source_id: str) -> Leaf:
    """One document to read. Where another one holds the same text, its passages are that one's.

    Raises:
        UsageError: there is none of that id.
    """
    one, catalogue = listed(notes, source_id), notes.library.catalogue
    holder = one.source.same_as or one.source.id
    return Leaf(one, catalogue.text(source_id), [stored.passage for stored in catalogue.passages_of(holder)])


def find(
    notes: "Notebook", text: str, *, k: int = 10, mode: str | None = None, **within: "Unpack[Within]"
) -> list[Hit]:
    """As `notes.search`, for a search that is made at every letter typed: it is not traced.

    Raises:
        EmptyWorkspaceError: there are no documents.
        UsageError: an unknown mode, collection, kind or filter.
    """
    from vademecum import tracing
    from vademecum.retrieval.scope import narrowed

    scope = narrowed(EVERYWHERE, within)
    notes.check(text, collection=scope.collection)
    with tracing.runs(notes.settings.model_copy(update={"tracing": "off"})):
        return notes.library.search(text, k=k, mode=mode, scope=scope)


def modes() -> list[str]:
    """Ways to search, by name; the first is the one that is best for most."""
    from vademecum.retrieval import retrievers

    return sorted(retrievers.members.names(), key=lambda name: (name != "best", name))


def transforms() -> list[str]:
    """What can be put around a way to search: `mode="late+neighbours"`."""
    from vademecum.retrieval import transforms

    return transforms.members.names()


def kinds(notes: "Notebook", collection: str | None = None) -> list[str]:
    """The kinds of the documents."""
    return notes.library.catalogue.kinds(collection)


def collections(notes: "Notebook") -> list[str]:
    """Names of the collections that hold anything."""
    return notes.library.catalogue.collections()


def _listed(notes: "Notebook", holding: Any) -> Listed:

    from vademecum.retrieval.catalogue import listing

    return Listed(holding.source, holding.passages, listing.file_state(holding, notes.library.recipe))
