"""Notion's exports: pages (Markdown or HTML) and databases (CSV) whose files end in the page's id.

Titles are without the id. Links between pages are kept, and lead to the page's name instead of to an encoded file name
with its id: `[Gates](Notes/Gates.md)`.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from langchain_core.documents import Document

from vademecum.retrieval.loaders import csv, html, markdown
from vademecum.retrieval.loaders._file import FileLoader
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = ()

_FORMATS = {".md": markdown, ".csv": csv, ".html": html}
_ID = re.compile(r"[ _-]?(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:[_ ]all)?$")
_LINK = re.compile(r"\]\((?!\w+:|//)([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")
"""A link to another file, not to a web address; spaces in it are encoded, round brackets come in pairs."""


def claims(path: Path) -> bool:
    """Whether the file is a page or a database of an export: its name ends in an id."""
    return path.suffix.lower() in _FORMATS and _ID.search(path.stem) is not None


class Loader(FileLoader):
    """Reads one page or database, as its format is read."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: as the loader of its format does.
        """
        suffix = self.path.suffix.lower()
        for document in _FORMATS[suffix].Loader(self.path, self.content, self.settings).lazy_load():
            metadata: dict[str, Any] = dict(document.metadata)
            metadata["title"] = without_ids(metadata["title"])
            text = document.page_content
            if suffix == ".md":
                text, metadata["marked"] = _LINK.sub(_readable_link, text), True
                metadata["title"] = metadata["title"].strip("\ufeff")
            yield Document(text, metadata=metadata)


def without_ids(name: str) -> str:
    """A file's or page's name without the id at its end."""
    return _ID.sub("", name).strip() or from_name(Path(name))


def _readable_link(link: re.Match[str]) -> str:
    """The link with the names of the pages on the way."""
    path, _, anchor = unquote(link.group(1)).partition("#")
    parts = []
    for part in path.split("/"):
        stem, suffix = posixpath.splitext(part)
        parts.append(
            without_ids(stem) + suffix if _ID.search(stem) else without_ids(part) if _ID.search(part) else part
        )
    return f"]({'/'.join(parts)}{'#' + anchor if anchor else ''})"
