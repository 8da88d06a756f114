"""What a workspace holds, for a person to look through: a page of sources with figures, and the folders they lie in.

Everything that is shown of a thousand sources costs two queries and a look at the files of one page.

    page = catalogue.holdings(Wanted(collection="letters", order="passages", descending=True, limit=50))
    [state(one, library.recipe) for one in page.holdings]
"""

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from vademecum.core.types import Source
from vademecum.retrieval.catalogue.records import SOURCE_COLUMNS, Stamp, as_source
from vademecum.retrieval.fetching import is_url

State = Literal["current", "web page", "changed", "gone", "not encoded"]
"""How a source stands to its file: `changed` or `gone` since it was read; `not encoded`: its passages are
missing, or made by another embedding model or splitter.

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


class Wanted(NamedTuple):
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


class Holding(NamedTuple):
    """A source, with the number of its passages (those of the source that stands for it), and its file as it was.

    `recipe` is what it is stored by (`Library.recipe`).
    """

    source: Source
    passages: int
    stamp: Stamp
    recipe: str


class Page(NamedTuple):
    """A page of sources; `total` and `passages` count those of all pages."""

    holdings: list[Holding]
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


def select_page(rows: Rows, wanted: Wanted) -> Page:
    """The page that is wanted; `rows` asks the catalogue."""
    where, values = _condition(wanted)
    total, passages = rows(
        f"""SELECT count(*), (SELECT count(*) FROM passages WHERE source_id IN (SELECT id FROM sources WHERE {where}))
            FROM sources WHERE {where}""",
        *values,
        *values,
    )[0]
    order = ", ".join(f"{term} {'DESC' if wanted.descending else 'ASC'}" for term in ORDERS[wanted.order].split(", "))
    found = rows(
        f"""SELECT {_COLUMNS}, {_COUNTED} AS passages FROM sources
            WHERE {where} ORDER BY {order}, root, path, id LIMIT ? OFFSET ?""",
        *values,
        wanted.limit,
        wanted.offset,
    )
    return Page([as_holding(row) for row in found], total, passages)


def select_one(rows: Rows, source_id: str) -> Holding | None:
    """The source of that id; None where there is none."""
    query = f"""SELECT {_COLUMNS}, {_COUNTED} FROM sources WHERE id = ?"""
    found = rows(query, source_id)
    return as_holding(found[0]) if found else None


def as_holding(row: tuple[Any, ...]) -> Holding:
    """A row of `SOURCE_COLUMNS`, stamp, recipe and number of passages."""
    *source, size, mtime_ns, read_ns, recipe, passages = row
    return Holding(as_source(tuple(source)), passages, Stamp(size, mtime_ns, read_ns), recipe)


def _condition(wanted: Wanted) -> tuple[str, list[str]]:
    """SQL that a source must meet, and the values of its question marks."""
    told: list[tuple[str, list[str]]] = []
    if wanted.collection is not None:
        told.append(("collection = ?", [wanted.collection]))
    if wanted.root is not None:
        told.append(("root = ?", [wanted.root]))
    if wanted.folder:
        below = wanted.folder + "/"
        told.append(("substr(path, 1, length(?)) = ?", [below, below]))
    if wanted.kind is not None:
        told.append(("kind = ?", [wanted.kind]))
    for word in wanted.text.casefold().split():
        told.append(("instr(fold(title || ' ' || path), ?)", [word]))
    return " AND ".join(sql for sql, _ in told) or "1", [value for _, values in told for value in values]


def folders(places: Iterable[tuple[str, str, str]]) -> list[Folder]:
    """The folders of sources (each with its collection, root and path), outer before inner, by name."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for (collection, root, folder), sources in Counter(map(_folder, places)).items():
        parts = folder.split("/") if folder else []
        for depth in range(len(parts) + 1):
            counts[collection, root, "/".join(parts[:depth])] += sources
    return [Folder(*key, count) for key, count in sorted(counts.items())]


def _folder(place: tuple[str, str, str]) -> tuple[str, str, str]:
    collection, root, path = place
    return collection, root, path.rpartition("/")[0]


def state(holding: Holding, recipe: str) -> State:
    """How the source stands to its file now; `recipe` is the one in use."""
    source = holding.source
    if holding.recipe != recipe and not source.same_as:
        return "not encoded"
    if is_url(source.root):
        return "web page"
    file = place(source)
    if file is None:
        return "gone"
    try:
        status = file.stat()
    except OSError:
        return "gone"
    return "current" if (status.st_size, status.st_mtime_ns) == holding.stamp[:2] else "changed"


def place(source: Source) -> Path | None:
    """The source's file, or the archive that it is in; None where neither is there."""
    whole = Path(source.root, source.path)
    for candidate in (whole, *whole.parents):
        if str(candidate) == source.root:
            return None
        if candidate.is_file():
            return candidate
    return None
