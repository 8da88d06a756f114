"""What a document calls itself: its first heading, or else its file name made readable."""

import re
from pathlib import Path

from vademecum.retrieval.structure import blocks

_HEAD = 5000
"""Characters; a title is at the beginning."""


def heading(text: str, *, marked: bool) -> str | None:
    """The outermost heading near the beginning, the first of several; in plain text only one that begins it."""
    beginning = blocks(text[:_HEAD].removeprefix("\ufeff").lstrip(), marked=marked)
    if not marked:
        beginning = beginning[:1]
    headings = [block for block in beginning if block.kind == "heading" and block.title]
    return min(headings, key=lambda block: block.level).title if headings else None


def from_name(path: Path) -> str:
    """The file's name without its suffix, underscores as spaces."""
    return re.sub(r"[_\s]+", " ", path.stem).strip() or path.name
