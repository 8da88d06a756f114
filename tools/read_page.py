"""Read a web page: its title and main text, without menus and advertising."""

from langchain_core.tools import BaseTool, StructuredTool
from pydantic import BaseModel, Field

from vademecum.core.errors import ToolError
from vademecum.tools import Services
from vademecum.tools._quoting import material, one_line
from vademecum.tools._web import Reply, web

MAX_CHARS = 12_000
"""Longest text of a page that is returned, in characters; a page goes on at `start`."""

EXAMPLES = [
    *(
        {"request": request, "args": {"url": url}}
        for request, url in (
            ("Read https://example.org/news/today and tell me what it says", "https://example.org/news/today"),
            (
                "Summarise this page: https://en.wikipedia.org/wiki/Lighthouse",
                "https://en.wikipedia.org/wiki/Lighthouse",
            ),
            ("Open the link www.python.org/about", "www.python.org/about"),
        )
    ),
    {"request": "What does the page www.example.com say?"},
    {"request": "What is written on https://blog.example.org?"},
    {"request": "Summarise the article at http://example.com/article"},
]

HTML = ("text/html", "application/xhtml+xml", "application/xml", "text/xml", "")
"""Content types that are taken for a page."""


class Arguments(BaseModel):
    """What the page reader takes."""

    url: str = Field(
        description="Address of the page, such as https://example.org/page.", min_length=4, max_length=2000
    )
    start: int = Field(default=0, ge=0, description="Where in the page's text to begin, in characters.")


def build(services: Services) -> BaseTool:
    """The page reader as a tool."""
    settings = services.chosen

    def read_page(url: str, start: int = 0) -> str:
        address = url.strip().strip("<>\"'")
        reply = web(settings).get(address if "://" in address else f"https://{address}", follow="anywhere")
        title, text = _text(reply)
        part = text[start : start + MAX_CHARS]
        if not part.strip():
            where = f"no text after character {start:,}" if start else "no text that can be read"
            raise ToolError(f"{one_line(reply.url)} has {where}; try another page")
        quoted_part = material(f"the page {one_line(reply.url)}", f"# {one_line(title)}\n{part}" if title else part)
        end = start + len(part)
        return f"{quoted_part}\n\n[The page goes on: read it with start={end}.]" if end < len(text) else quoted_part

    return StructuredTool.from_function(
        read_page,
        name="read_page",
        description=(
            "Open a web page by its address (URL) and read its text. Call it when a link or a web site is given, or to "
            "read a result of a web search."
        ),
        args_schema=Arguments,
        metadata={"examples": EXAMPLES, "effect": "network"},
    )


def _text(reply: Reply) -> tuple[str, str]:
    """Title and main text of what was answered.

    Raises:
        ToolError: it is neither a page nor text.
    """
    kind = reply.media_type
    if (kind.startswith("text/") and kind not in HTML) or kind == "application/json":
        return "", reply.text
    if kind not in HTML:
        raise ToolError(f"{one_line(reply.url)} is {one_line(kind, 60)}, not a page; try another address")
    return _extracted(reply)


def _extracted(reply: Reply) -> tuple[str, str]:
    import trafilatura

    tree = trafilatura.load_html(reply.text)
    if tree is None:
        return "", ""
    metadata = trafilatura.extract_metadata(tree, default_url=reply.url)
    text = trafilatura.extract(tree, url=reply.url, include_tables=True, include_comments=False)
    # What is left of a page without a main part (a list of links, a form) is its words.
    return (metadata.title if metadata else "") or "", text or " ".join(tree.itertext()).strip()
