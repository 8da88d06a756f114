"""Markdown, kept as it is written; front matter may name the title."""

import re

from vademecum.retrieval.loaders import text as plain

SUFFIXES = (".md", ".markdown", ".mkd", ".mdown", ".qmd")
IN_PROCESS = True

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)", re.DOTALL)
_TITLE = re.compile(r"^title:[ \t]*([\"']?)(.+?)\1[ \t]*$", re.MULTILINE)


class Loader(plain.Loader):
    """Reads one Markdown file; the text is the file decoded, newlines untouched."""

    marked = True

    def title(self, text: str) -> str | None:
        """The front matter's title, or else the first of the outermost headings."""
        matter = _FRONT_MATTER.match(text)
        match = _TITLE.search(matter.group(1)) if matter else None
        if match:
            return match.group(2).strip()
        return super().title(text[matter.end() :] if matter else text)
