"""What a workspace holds, for a person to look through: a page of sources with figures, and the folders they lie in.

Everything that is shown of a thousand sources costs two queries and a look at the files of one page.

    page = catalogue.list_sources(SourceQuery(collection="letters", order="passages", descending=True, limit=50))
    [file_state(source, library.recipe) for source in page.sources]
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from vademecum.core.types import Source
from vademecum.retrieval.catalogue.records import SOURCE_COLUMNS, Stamp, as_source
from vademecum.retrieval.fetching import is_url

State = Literal["current", "web page", "changed", "gone", "not encoded"]
"""Whether a source still is what its file contains: `changed` or `gone` since it was read; `not encoded`: its
passages are missing, or made by another embedding model or splitter.

Of a `web page` it is not known without asking for it, which nothing does unasked.
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

Rows = Callable[..., list[Any]]
"""Asks the catalogue: a query, and the values of its question marks."""


class SourceQuery(NamedTuple):
    """Which sources, in which order, and which of them: those from `offset`, at most `limit`.

    `folder` is a path below `root` ("" for all of it); `text` are words of the title or the path, in any case.
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
    """A source, with the number of its passages (those of the source that stands for it), and its file as it was.

    `recipe` is what it is stored by (`Library.recipe`).
    """

    source: Source
    passages: int
    stamp: Stamp
    recipe: str


class ListedSources(NamedTuple):
    """A page of sources; `total` and `passages` count those of all pages."""

    sources: list[ListedSource]
    total: int
    passages: int


class Folder(NamedTuple):
    """A folder with sources in it or below it (`sources` of them); `path` is relative to `root`, "" for that itself."""

    collection: str
    root: str
    path: str
    sources: int


_COLUMNS = f"{SOURCE_COLUMNS}, size, mtime_ns, read_ns, fingerprint || splitter"
_COUNTED = """(SELECT count(*) FROM passages p WHERE p.source_id = coalesce(nullif(same_as, ''), sources.id))"""


def select_page(rows: Rows, query: SourceQuery) -> ListedSources:
    """The page that `query` asks for; `rows` asks the catalogue."""
    where, values = _condition(query)
    total, passages = rows(
        f"""SELECT count(*), (SELECT count(*) FROM passages WHERE source_id IN (SELECT id FROM sources WHERE {where}))
            FROM sources WHERE {where}""",
        *values,
        *values,
    )[0]
    order = ", ".join(f"{term} {'DESC' if query.descending else 'ASC'}" for term in ORDERS[query.order].split(", "))
    page = rows(
        f"""SELECT {_COLUMNS}, {_COUNTED} AS passages FROM sources
            WHERE {where} ORDER BY {order}, root, path, id LIMIT ? OFFSET ?""",
        *values,
        query.limit,
        query.offset,
    )
    return ListedSources([as_listed_source(row) for row in page], total, passages)


def select_source(rows: Rows, source_id: str) -> ListedSource | None:
    """The source of that id; None where there is none."""
    query = f"""SELECT {_COLUMNS}, {_COUNTED} FROM sources WHERE id = ?"""
    matches = rows(query, source_id)
    return as_listed_source(matches[0]) if matches else None


def as_listed_source(row: tuple[Any, ...]) -> ListedSource:
    """A row of `SOURCE_COLUMNS`, stamp, recipe and number of passages."""
    *source, size, mtime_ns, read_ns, recipe, passages = row
    return ListedSource(as_source(tuple(source)), passages, Stamp(size, mtime_ns, read_ns), recipe)


def _condition(query: SourceQuery) -> tuple[str, list[str]]:
    """SQL that a source must meet, and the values of its question marks."""
    conditions: list[tuple[str, list[str]]] = []
    if query.collection is not None:
        conditions.append(("collection = ?", [query.collection]))
    if query.root is not None:
        conditions.append(("root = ?", [query.root]))
    if query.folder:
        below = query.folder + "/"
        conditions.append(("substr(path, 1, length(?)) = ?", [below, below]))
    if query.kind is not None:
        conditions.append(("kind = ?", [query.kind]))
    for word in query.text.casefold().split():
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


def file_state(listed: ListedSource, recipe: str) -> State:
    """Whether the source still is what its file contains; `recipe` is the one in use."""
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
    whole = Path(source.root, source.path)
    for candidate in (whole, *whole.parents):
        if str(candidate) == source.root:
            return None
        if candidate.is_file():
            return candidate
    return None
