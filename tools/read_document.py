"""Read a document of the reader's own: a page, some lines, or its beginning, quoted as it stands."""

import difflib
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from vademecum.core.errors import ToolError, WorkspaceError
from vademecum.core.types import Citation, Source
from vademecum.tools import Services
from vademecum.tools._quoting import one_line
from vademecum.tools.search_documents import as_quotes

if TYPE_CHECKING:
    from vademecum.retrieval.catalogue.catalogue import Catalogue

MAX_CHARS = 8_000
"""Longest part that is returned at once, in characters: about 2,000 tokens."""

EXAMPLES = [
    *(
        {"request": request, "args": args}
        for request, args in (
            ("Open the file meeting-notes.md", {"path": "meeting-notes.md"}),
            ("Read page 3 of report.pdf", {"path": "report.pdf", "pages": "3"}),
            ("Show me lines 10-40 of plan.txt", {"path": "plan.txt", "lines": "10-40"}),
            ("What is written in recipes/soup.md?", {"path": "recipes/soup.md"}),
        )
    ),
    {"request": "Read the file notes.txt"},
    {"request": "What is on page 12 of the thesis?"},
    {"request": "Open my document about taxes"},
]

_RANGE = re.compile(r"\s*(\d{1,9})\s*(?:(?:-|–|to|\.\.)\s*(\d{1,9})?)?\s*")


class Arguments(BaseModel):
    """What the reader of documents takes; `pages` or `lines`, not both."""

    path: str = Field(description="The document: its file name, its path, or its title.", min_length=1, max_length=500)
    pages: str = Field(default="", description="Which pages, such as 3 or 3-5; for documents that have pages.")
    lines: str = Field(default="", description="Which lines, such as 10-40.")


def build(services: Services) -> BaseTool:
    """The reader as a tool; its artifact is the list with the one `Citation` of what was read."""

    def read_document(path: str, pages: str = "", lines: str = "") -> tuple[str, list[Citation]]:
        try:
            catalogue = services.library.catalogue if services.library else None
            sources = catalogue.sources(services.collection) if catalogue else []
        except WorkspaceError as error:
            raise ToolError(str(error)) from error
        if catalogue is None or not sources:
            raise ToolError("there are no documents to read\n[Answer without them, and say so.]")
        return _passage(catalogue, _source_named(path, sources), pages, lines)

    return StructuredTool.from_function(
        read_document,
        name="read_document",
        description=(
            "Read one of the person's own documents, or some of its pages or lines. Call it when a file or document is "
            "named, or to read on where a search found something."
        ),
        args_schema=Arguments,
        response_format="content_and_artifact",
        metadata={"examples": EXAMPLES, "effect": "none"},
    )


def _source_named(name: str, sources: Sequence[Source]) -> Source:
    """The source that is meant: by path, file name or title, at last by a part of them."""
    plain_name = name.strip().strip("\"'`").removeprefix("./").casefold()
    ways = (
        lambda source: plain_name in (source.path.casefold(), f"{source.root}/{source.path}".casefold(), source.id),
        lambda source: plain_name == source.path.rpartition("/")[2].casefold(),
        lambda source: plain_name == source.title.casefold(),
        lambda source: plain_name in source.path.casefold() or plain_name in source.title.casefold(),
    )
    for fits in ways:
        matches = [source for source in sources if fits(source)]
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise ToolError(f"{one_line(name)!r} may be one of several documents: {_listed(matches)}; give the path")
    near = difflib.get_close_matches(plain_name, [source.path for source in sources], n=5, cutoff=0.4)
    likely = [source for source in sources if source.path in near] or list(sources)
    raise ToolError(f"there is no document called {one_line(name)!r}; there are, for example: {_listed(likely)}")


def _listed(sources: Sequence[Source]) -> str:
    paths = list(dict.fromkeys(one_line(source.path) for source in sources))
    if len(paths) < len(sources):
        paths = [one_line(f"{source.root}/{source.path}") for source in sources]
    return ", ".join(paths[:8])


def _passage(catalogue: "Catalogue", source: Source, pages: str, lines: str) -> tuple[str, list[Citation]]:
    text, starts = catalogue.text(source.id), catalogue.page_starts(source.id)
    if pages.strip() and lines.strip():
        raise ToolError("ask for pages or for lines, not for both")
    if pages.strip():
        if not starts:
            raise ToolError(f"{one_line(source.path)} has no pages; ask for lines")
        begin, end = _span(pages, [*starts, len(text)], "pages")
    elif lines.strip():
        ends = [place.end() for place in re.finditer("\n", text)]
        begin, end = _span(lines, [0, *ends, *([len(text)] if not text.endswith("\n") else [])], "lines")
    else:
        begin, end = 0, len(text)
    stop = _cut(text, begin, end)
    quote = text[begin:stop]
    if not quote.strip():
        raise ToolError(f"there is no text in that part of {one_line(source.path)}")
    line = text.count("\n", 0, begin) + 1
    page = sum(start <= begin for start in starts) if starts else None
    cited = Citation(
        path=source.path,
        title=source.title,
        start=begin,
        end=stop,
        quote=quote,
        page=page or None,
        line=line,
        root=source.root,
        source_id=source.id,
        sha256=source.sha256,
    )
    more = f"\n\n[It goes on: read it with lines={line + quote.count(chr(10))}-.]" if stop < end else ""
    return as_quotes([cited]) + more, [cited]


def _span(text: str, places: Sequence[int], unit: str) -> tuple[int, int]:
    """Start and end of "3", "3-5" or "3-" among parts that begin at `places`, whose last is where the text ends."""
    match = _RANGE.fullmatch(text)
    if not match:
        raise ToolError(f"{one_line(text)!r} is no range of {unit}; write it like 3 or 3-5")
    first, there = int(match[1]), len(places) - 1
    last = int(match[2]) if match[2] else first if match[0].strip() == match[1] else there
    if not 1 <= first <= last or first > there:
        raise ToolError(f"there are {unit} 1 to {there}, and not {one_line(text)}")
    return places[first - 1], places[min(last, there)]


def _cut(text: str, begin: int, end: int) -> int:
    if end - begin <= MAX_CHARS:
        return end
    cut = text.rfind("\n", begin, begin + MAX_CHARS)
    return cut + 1 if cut > begin else begin + MAX_CHARS
