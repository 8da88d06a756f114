"""The web search by Tavily, for those who have a key; `./run setup tavily` adds its package."""

import re
from typing import TYPE_CHECKING

from vademecum.core.errors import ToolError
from vademecum.tools._search_result import SearchResult

if TYPE_CHECKING:
    from vademecum.core.settings import Settings


def search(query: str, limit: int, settings: "Settings") -> list[SearchResult]:
    """At most `limit` results.

    Raises:
        ToolError: the package is missing, or Tavily does not answer; says so without the key.
    """
    from langchain_core.tools import ToolException

    try:
        from langchain_tavily import TavilySearch
        from requests import ConnectionError as NobodyThereError
        from requests import Timeout
    except ImportError:
        raise ToolError("web search by Tavily needs its package: ./run setup tavily") from None
    # The package turns a SecretStr into stars, so it is given the key itself, which it keeps as a SecretStr.
    key = settings.tavily_key.get_secret_value() if settings.tavily_key else ""
    tool = TavilySearch(
        tavily_api_key=key, api_base_url=settings.tavily_url, max_results=limit, handle_tool_error=False
    )
    try:
        answer = tool.invoke({"query": query})
    except ToolException:  # how the package says that there are no results
        return []
    if error := answer.get("error"):
        # What Tavily says is left out: it is a stranger's text, and might hold the key.
        raise ToolError(_refusal(str(error), unreachable=isinstance(error, NobodyThereError | Timeout)))
    pages = [page for page in answer.get("results", []) if isinstance(page, dict)]
    return [
        SearchResult(str(page.get("title")), str(page.get("url")), str(page.get("content"))) for page in pages[:limit]
    ]


def _refusal(error: str, *, unreachable: bool) -> str:
    status = re.match(r"Error (\d{3})\b", error)
    code = status[1] if status else ""
    if code in ("401", "403"):
        return "Tavily does not accept the key; check the setting tavily_key, and answer without the web"
    if code in ("429", "432", "433"):
        return f"Tavily allows no more searches for now ({code}); answer without the web, or try again later"
    if code:
        return f"Tavily refuses the search ({code}); ask in other words, or answer without the web"
    if unreachable:
        return "Tavily cannot be reached; try again later, or answer without the web"
    return "Tavily answered in a form that is not known; try again later"
