"""Search the web: titles, addresses and the first words of what was found."""

from collections.abc import Sequence

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from vademecum.tools import Services
from vademecum.tools._quoting import material, one_line
from vademecum.tools._search_result import SearchResult

EXAMPLES = [
    *(
        {"request": request, "args": {"query": query}}
        for request, query in (
            ("Search the web for reviews of the Fairphone 6", "reviews of the Fairphone 6"),
            ("Look up online who won the last Tour de France", "who won the last Tour de France"),
            ("google the opening hours of the Louvre", "opening hours of the Louvre"),
            ("What is the latest news about fusion energy?", "latest news about fusion energy"),
            ("Find websites about beekeeping", "beekeeping"),
        )
    ),
    {"request": "google the best restaurants in Rome"},
    {"request": "What is the latest news about the election?"},
    {"request": "Search the internet for a recipe"},
    {"request": "Find out on the web what this costs"},
]

MAX_SNIPPET = 400
"""Longest excerpt of a result, in characters."""


class Arguments(BaseModel):
    """What the web search takes."""

    query: str = Field(description="What to search the web for.", min_length=1, max_length=400)
    limit: int = Field(default=5, ge=1, le=10, description="How many results to return.")


def build(services: Services) -> BaseTool:
    """The search as a tool; it asks Tavily where the person has set a key for that, else ddgs."""
    settings = services.chosen

    def web_search(query: str, limit: int = 5) -> str:
        if settings.tavily_key is not None:
            from vademecum.tools._tavily import search
        else:
            from vademecum.tools._ddgs import search
        return _in_words(search(query, limit, settings))

    return StructuredTool.from_function(
        web_search,
        name="web_search",
        description=(
            "Search the web (internet) for pages. Returns titles, addresses and excerpts. Call it for news, current "
            "events and facts that are not in the person's own documents."
        ),
        args_schema=Arguments,
        metadata={"examples": EXAMPLES, "effect": "spends" if settings.tavily_key else "network"},
    )


def _in_words(results: Sequence[SearchResult]) -> str:
    if not results:
        return "Nothing was found on the web."
    blocks = [
        f"[{number}] {one_line(result.title)}\n{one_line(result.url, 500)}\n{one_line(result.excerpt, MAX_SNIPPET)}"
        for number, result in enumerate(results, 1)
    ]
    return material("a web search", "\n\n".join(blocks))
