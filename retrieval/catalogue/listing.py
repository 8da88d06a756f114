"""What a workspace holds, for a person to look through: a page of sources with figures, and the folders they lie in.

A page costs two queries, however many sources there are, and a look at the files of its own sources.

    page = catalogue.list_sources(SourceQuery(collection="letters", order="passages", descending=True, limit=50))
    [file_state(listed, library.recipe) for listed in page.sources]
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from vademecum.core.types import Source
from vademecum.retrieval.catalogue.records import SOURCE_COLUMNS, Stamp, as_source
from vademecum.retrieval.fetching import is_url

FileState = Literal["current", "web page", "changed", "gone", "not encoded"]
"""Whether a source still is what its file contains. The first of these that is true:

not encoded: its passages are missing, or were made by another embedding model or splitter. web page: whether it has
changed is not known without asking for it, which nothing does unasked. gone: there is no such file. changed: the file's
size or time is not what it was when it was read. current: it is.
"""

ORDERS = {
    "title": "fold(title)",
    "path": "root, path",
    "kind": "kind",
    "pages": "coalesce(pages, 0)",
    "passages": "passages",
    "added_at": "added_at",
    "size": "size",
}
"""What sources can be ordered by, as SQL."""

RunQuery = Callable[..., list[Any]]
"""Runs SQL on the catalogue, given also the values of its question marks; returns the rows."""


class SourceQuery(NamedTuple):
    """Filters, sort order, and page: the sources from `offset`, at most `limit`.

    `folder` is a path below `root` ("" for all of it); `text` are words of the title or the path, in any case. `order`
    is one of `ORDERS`.
    """

    collection: str | None = None
    root: str | None = None
    folder: str = ""
    kind: str | None = None
    text: str = ""
    order: str = "path"
    descending: bool = False
    offset: int = 0
    limit: int = 50


class ListedSource(NamedTuple):
    """A source, with its number of passages, and what is known of its file and its vectors.

    A source whose text another one holds (`same_as`) has that one's passages. `stamp` is what the file was when it was
    read. `recipe` names the embedding model and the splitter by which the source is stored; `Library.recipe` names
    those in use now.
    """

    source: Source
    passage_count: int
    stamp: Stamp
    recipe: str


class ListedSources(NamedTuple):
    """A page of sources; `total` sources with `passage_count` passages are on all pages together."""

    sources: list[ListedSource]
    total: int
    passage_count: int


class Folder(NamedTuple):
    """A folder with sources in it or below it (`sources` of them); `path` is relative to `root`, "" for that itself."""

    collection: str
    root: str
    path: str
    sources: int


_COLUMNS = f"{SOURCE_COLUMNS}, size, mtime_ns, read_ns, fingerprint || splitter"
_COUNTED = """(SELECT count(*) FROM passages p WHERE p.source_id = coalesce(nullif(same_as, ''), sources.id))"""


def select_page(run_query: RunQuery, request: SourceQuery) -> ListedSources:
    """The page that `request` asks for."""
    where, values = _condition(request)
    total, passage_count = run_query(
        f"""SELECT count(*), (SELECT count(*) FROM passages WHERE source_id IN (SELECT id FROM sources WHERE {where}))
            FROM sources WHERE {where}""",
        *values,
        *values,
    )[0]
    order = ", ".join(f"{term} {'DESC' if request.descending else 'ASC'}" for term in ORDERS[request.order].split(", "))
    rows = run_query(
        f"""SELECT {_COLUMNS}, {_COUNTED} AS passages FROM sources
            WHERE {where} ORDER BY {order}, root, path, id LIMIT ? OFFSET ?""",
        *values,
        request.limit,
        request.offset,
    )
    return ListedSources([as_listed_source(row) for row in rows], total, passage_count)


def select_source(run_query: RunQuery, source_id: str) -> ListedSource | None:
    """The source of that id; None where there is none."""
    sql = f"""SELECT {_COLUMNS}, {_COUNTED} FROM sources WHERE id = ?"""
    rows = run_query(sql, source_id)
    return as_listed_source(rows[0]) if rows else None


def as_listed_source(row: tuple[Any, ...]) -> ListedSource:
    """A row of `SOURCE_COLUMNS`, stamp, recipe and number of passages."""
    *source_columns, size, mtime_ns, read_ns, recipe, passage_count = row
    return ListedSource(as_source(tuple(source_columns)), passage_count, Stamp(size, mtime_ns, read_ns), recipe)


def _condition(request: SourceQuery) -> tuple[str, list[str]]:
    """SQL that a source must meet, and the values of its question marks."""
    conditions: list[tuple[str, list[str]]] = []
    if request.collection is not None:
        conditions.append(("collection = ?", [request.collection]))
    if request.root is not None:
        conditions.append(("root = ?", [request.root]))
    if request.folder:
        below = request.folder + "/"
        conditions.append(("substr(path, 1, length(?)) = ?", [below, below]))
    if request.kind is not None:
        conditions.append(("kind = ?", [request.kind]))
    for word in request.text.casefold().split():
        conditions.append(("instr(fold(title || ' ' || path), ?)", [word]))
    return " AND ".join(sql for sql, _ in conditions) or "1", [value for _, values in conditions for value in values]


def folders(places: Iterable[tuple[str, str, str]]) -> list[Folder]:
    """The folders of sources (each with its collection, root and path), outer before inner, by name."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for (collection, root, folder), sources in Counter(map(_folder, places)).items():
        parts = folder.split("/") if folder else []
        for depth in range(len(parts) + 1):
            counts[collection, root, "/".join(parts[:depth])] += sources
    return [Folder(*key, count) for key, count in sorted(counts.items())]


def _folder(location: tuple[str, str, str]) -> tuple[str, str, str]:
    collection, root, path = location
    return collection, root, path.rpartition("/")[0]


def file_state(listed: ListedSource, recipe: str) -> FileState:
    """Whether the source still is what its file contains; `recipe` is the one in use (`Library.recipe`)."""
    source = listed.source
    if listed.recipe != recipe and not source.same_as:
        return "not encoded"
    if is_url(source.root):
        return "web page"
    file = file_of(source)
    if file is None:
        return "gone"
    try:
        status = file.stat()
    except OSError:
        return "gone"
    return "current" if (status.st_size, status.st_mtime_ns) == listed.stamp[:2] else "changed"


def file_of(source: Source) -> Path | None:
    """The source's file, or the archive that it is in; None where neither is there."""
    full_path = Path(source.root, source.path)
    for candidate in (full_path, *full_path.parents):
        if str(candidate) == source.root:
            return None
        if candidate.is_file():
            return candidate
    return None
