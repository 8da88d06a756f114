"""The web search by Tavily, for those who have a key; `./run setup tavily` adds its package."""

import re
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import ToolError
from vademecum.tools._search_result import SearchResult
from vademecum.tools._web import json_of, web

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
    except ImportError:
        raise ToolError("web search by Tavily needs its package: ./run setup tavily") from None
    wrapper = _wrapper(settings)
    try:
        answer = TavilySearch(api_wrapper=wrapper, max_results=limit, handle_tool_error=False).invoke({"query": query})
    except ToolException:  # how the package says that there are no results
        return []
    if error := answer.get("error"):
        # What Tavily says is left out: it is a stranger's text, and might hold the key.
        raise error if isinstance(error, ToolError) else ToolError(_refusal(str(error)))
    pages = [page for page in answer.get("results", []) if isinstance(page, dict)]
    return [
        SearchResult(str(page.get("title")), str(page.get("url")), str(page.get("content"))) for page in pages[:limit]
    ]


def _wrapper(settings: "Settings") -> Any:
    """Tavily's API as the package knows it, asked within our bounds: a key and a question go to no other host."""
    from langchain_tavily.tavily_search import TavilySearchAPIWrapper

    class Wrapper(TavilySearchAPIWrapper):
        """One whose requests are ours."""

        def raw_results(self, *_: Any, **parameters: Any) -> dict[str, Any]:
            """What Tavily answers."""
            headers = {"Authorization": f"Bearer {self.tavily_api_key.get_secret_value()}"}
            body = {name: value for name, value in parameters.items() if value is not None}
            url = f"{settings.tavily_url}/search"
            reply = web(settings, url).send("POST", url, follow="same host", json=body, headers=headers)
            if reply.status != 200:
                raise ValueError(f"Error {reply.status}")
            return json_of(reply)

    # The package turns a SecretStr into stars, so it is given the key itself, which it keeps as a SecretStr.
    return Wrapper(tavily_api_key=settings.tavily_key.get_secret_value() if settings.tavily_key else "")


def _refusal(error: str) -> str:
    status = re.match(r"Error (\d{3})\b", error)
    code = status[1] if status else ""
    if code in ("401", "403"):
        return "Tavily does not accept the key; check the setting tavily_key, and answer without the web"
    if code in ("429", "432", "433"):
        return f"Tavily allows no more searches for now ({code}); answer without the web, or try again later"
    if code.startswith("5"):
        return f"Tavily is out of order ({code}); try again later, or answer without the web"
    if code:
        return f"Tavily refuses the search ({code}); ask in other words, or answer without the web"
    return "Tavily answered in a form that is not known; try again later"
