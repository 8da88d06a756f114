"""Loaders: one file a format, found by file name. What they return is the text that every offset counts in.

To add a format, add one file here with two things: `SUFFIXES`, the endings of its files' names in lower case, and
`Loader`, a LangChain `BaseLoader` made from a path (and the file's bytes, where the caller has read them). It yields
one Document: `page_content` is the whole kept text; metadata are `title`, `pages` (None where the format has none) and
`page_starts` (the offset of each page's first character, or None). It raises DocumentError where the file cannot be
read, with a reason that a person understands. Heavy libraries are imported where they are used.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

from core.errors import DocumentError
from core.plugins import member, member_names


@dataclass(frozen=True)
class LoadedText:
    """A document as it was read: its kept text, and where its pages begin in it (None: no pages)."""

    text: str
    title: str
    kind: str
    page_starts: tuple[int, ...] | None


def kinds() -> dict[str, str]:
    """Name of the loader by file suffix."""
    package = sys.modules[__name__]
    return {suffix: name for name in member_names(package) for suffix in member(package, name).SUFFIXES}


def is_plain(path: Path) -> bool:
    """True where the file's bytes are its text, so that its size bounds the text's length from both sides."""
    from retrieval.loaders.text import Loader as PlainLoader

    kind = kinds().get(path.suffix.lower(), "text")
    return issubclass(member(sys.modules[__name__], kind).Loader, PlainLoader)


def load(path: Path, data: bytes | None = None) -> LoadedText:
    """Read a document. A file whose suffix no loader knows is taken for plain text, if that is what it holds.

    Raises:
        DocumentError: it cannot be read; carries the reason.
    """
    suffix = path.suffix.lower()
    known = kinds()
    kind = known.get(suffix, "text")
    try:
        document = member(sys.modules[__name__], kind).Loader(path, data).load()[0]
    except DocumentError as error:
        if suffix in known or not suffix:
            raise
        raise DocumentError(str(path), f"format not supported ({suffix})") from error
    except OSError as error:
        raise DocumentError(str(path), error.strerror or str(error)) from error
    starts = document.metadata["page_starts"]
    return LoadedText(
        text=document.page_content,
        title=document.metadata["title"],
        kind=kind,
        page_starts=None if starts is None else tuple(starts),
    )
