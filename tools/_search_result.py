"""What every engine of the web search gives."""

from typing import NamedTuple


class SearchResult(NamedTuple):
    """One result, as the engine words it."""

    title: str
    url: str
    excerpt: str
