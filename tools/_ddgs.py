"""The web search by ddgs, which asks several engines and needs no key."""

from typing import TYPE_CHECKING, Any

from vademecum.core.errors import ToolError
from vademecum.tools._search_result import SearchResult

if TYPE_CHECKING:
    from vademecum.core.settings import Settings


def search(query: str, limit: int, settings: "Settings") -> list[SearchResult]:
    """At most `limit` results.

    Raises:
        ToolError: no engine answered.
    """
    from ddgs.exceptions import DDGSException, RatelimitException, TimeoutException

    try:
        pages = _one_page(query, settings) if settings.search_url else _engines(query, limit, settings)
    except TimeoutException:
        raise ToolError(f"the search did not answer within {settings.web_seconds:g} seconds; try again later") from None
    except RatelimitException:
        raise ToolError("the search engines have had too many requests; try again in some minutes") from None
    except DDGSException as error:
        if "No results found" in str(error):
            return []
        raise ToolError("the search engines cannot be reached; try again later") from error
    return [SearchResult(page["title"], page["href"], page["body"]) for page in pages[:limit]]


def _engines(query: str, limit: int, settings: "Settings") -> list[dict[str, Any]]:
    from ddgs import DDGS

    seconds = max(1, round(settings.web_seconds))
    return DDGS(timeout=seconds).text(query, max_results=limit, backend=settings.search_engines)


def _one_page(query: str, settings: "Settings") -> list[dict[str, Any]]:
    """What a page of DuckDuckGo's form answers; unlike ddgs itself it tells an error from an empty answer."""
    from ddgs.engines.duckduckgo import Duckduckgo

    from vademecum.tools._web import web

    url = settings.search_url or ""
    engine = Duckduckgo()
    parameters = engine.build_payload(query, "us-en", "moderate", None)
    reply = web(settings, url).get(url, params=parameters)
    pages = engine.post_extract_results(engine.extract_results(reply.text)) if reply.text.strip() else []
    return [{"title": page.title, "href": page.href, "body": page.body} for page in pages]
