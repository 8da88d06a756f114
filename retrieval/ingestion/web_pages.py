"""Web pages as documents: one by its address, or those that a site map names.

Source: https://www.sitemaps.org/protocol.html.
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from vademecum.core.errors import DocumentError
from vademecum.core.guarded_fetch import gunzipped
from vademecum.core.settings import Settings
from vademecum.core.text_encodings import decode, text_of
from vademecum.retrieval.fetching import Page, fetch, is_url
from vademecum.retrieval.ingestion.discover import Findings, FoundFile

_KINDS = {
    "text/html": "html", "application/xhtml+xml": "html", "text/markdown": "markdown", "application/pdf": "pdf",
    "application/json": "json", "text/csv": "csv", "application/epub+zip": "epub", "text/plain": "text",
    "image/png": "image", "image/jpeg": "image", "image/webp": "image",
}  # fmt: skip
"""Loader by media type; where the server names none of these, the address's ending decides."""

_TEXTS = frozenset({"html", "markdown", "json", "csv", "text"})
"""Loaders of what is text, whose charset the server may name."""

_MAPS = 20
"""Site maps that one index of them may lead to."""


class Web:
    """The pages met in one ingestion."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # What was fetched to see whether it is a site map need not be fetched again.
        self._fetch = lru_cache(1)(lambda url: fetch(url, settings))

    def find(self, url: str, findings: Findings) -> None:
        """Add the page at `url` to the findings, or those that the site map there names."""
        try:
            page = self._fetch(url)
            addresses = list(self._pages(page, _MAPS)) if self._is_map(page) else None
        except DocumentError as error:
            findings.failed.append(DocumentError(url, error.reason))
            return
        if addresses is None:
            findings.files[_place(url, None)] = None
            return
        pages = list(dict.fromkeys(_place(address, url) for address in addresses))
        most = self.settings.max_site_pages
        if len(pages) > most:
            reason = (
                f"it names {len(pages):,} pages, of which the first {most:,} are read; see the setting max_site_pages"
            )
            findings.failed.append(DocumentError(url, reason))
        findings.files.update(dict.fromkeys(pages[:most]))
        findings.sites[url] = {page.path for page in pages}

    def read(self, file: FoundFile) -> tuple[bytes, str | None]:
        """The page's bytes, as UTF-8 where it is text, and the loader for it (None: by its ending).

        Raises:
            DocumentError: it cannot be fetched.
        """
        page = self._fetch(url_of(file))
        kind = _KINDS.get(page.kind)
        if not page.body:
            raise DocumentError(file.path, "the page is empty")
        is_text = kind in _TEXTS or (kind is None and page.kind.startswith("text/"))
        return _as_utf8(page) if is_text else page.body, kind

    def _pages(self, page: Page, limit: int) -> Iterator[str]:
        """The addresses that a site map, or an index of them, names; of its own site only, as the protocol asks."""
        root, host = self._parsed(page), urlsplit(page.url).netloc
        addresses = [address.text.strip() for address in root.iter("{*}loc") if address.text]
        own = [address for address in addresses if is_url(address) and urlsplit(address).netloc == host]
        if _local(root.tag) != "sitemapindex":
            yield from own
            return
        for address in own[:limit]:
            inner = self._fetch(address)
            if self._is_map(inner) and _local(self._parsed(inner).tag) != "sitemapindex":
                yield from self._pages(inner, 0)

    def _is_map(self, page: Page) -> bool:
        head = self._unpacked(page)[:8000].replace(b"\0", b"")  # which UTF-16 and UTF-32 have between ASCII
        return b"<urlset" in head or b"<sitemapindex" in head

    def _unpacked(self, page: Page) -> bytes:
        """The body of a site map, which may be packed.

        Raises:
            DocumentError: it unpacks to more than an answer may have.
        """
        if not page.body.startswith(b"\x1f\x8b"):
            return page.body
        body = bytearray()
        try:
            for part in gunzipped([page.body]):
                body += part
                if len(body) > self.settings.web_max_mb * 1_000_000:
                    limit = f"larger than the {self.settings.web_max_mb:g} MB allowed; see the setting web_max_mb"
                    raise DocumentError(page.url, f"what it unpacks to is {limit}")
        except zlib.error:
            return b""
        return bytes(body)

    def _parsed(self, page: Page) -> Any:
        import lxml.etree as etree

        text = text_of(self._unpacked(page), page.charset, markup=True).strip()
        parser = etree.XMLParser(encoding="utf-8", resolve_entities=False, no_network=True, recover=True)
        root = etree.fromstring(text.encode(), parser)
        if root is None:
            raise DocumentError(page.url, "the site map is damaged")
        return root


def url_of(file: FoundFile) -> str:
    """The page's address."""
    site = urlsplit(file.root)
    return f"{site.scheme}://{site.netloc}/{file.path.removeprefix('/')}"


def _place(url: str, site_map: str | None) -> FoundFile:
    """A page as a document: its site, or the map that named it, and what comes after the site ("/" for none)."""
    parts = urlsplit(url)
    path = parts.path.removeprefix("/") + (f"?{parts.query}" if parts.query else "")
    return FoundFile(site_map or f"{parts.scheme}://{parts.netloc}", path or "/")


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _as_utf8(page: Page) -> bytes:
    """The bytes, in UTF-8 where the server named another charset: that goes before what a page says of itself.

    A page gets a mark, without which it would go on to say so.
    """
    text = decode(page.body, page.charset, markup="html" in page.kind) if page.charset else None
    if text is None:
        return page.body
    return text.removeprefix("\ufeff").encode("utf-8-sig" if "html" in page.kind else "utf-8")
