"""Loaders: one file a format, found by file name. What they return is the text that every offset counts in.

To add a format, add one file here with two things: `SUFFIXES`, the endings of its files' names in lower case, and
`Loader`, a LangChain `BaseLoader` made from a path (the file's bytes, where the caller has read them, and the settings
that bound it; `_file.FileLoader` takes them). A third, `claims(path)`, may say that a file is of this format whatever
its ending. (Of loaders in a folder of your own both count for files that none of these here knows.) A fourth,
`IN_PROCESS = True`, has it read where the program runs: only what takes little and linear time, and no library that may
crash. All others are read in a child process (`_process.py`). The loader yields one Document: `page_content` is the
whole kept text; metadata are `title`, `pages` (None where the format has none), `page_starts` (the offset of each
page's first character, or None), and where the format knows them, as `_file.TextBuilder` puts them together: `places`,
`headings`, `guess`, `records`, `marked` and `left_out` (see `vademecum.retrieval.layout.Layout`), `tables` (see
`vademecum.retrieval.tables.Table`) and `notes`, what a person should know that is not in the text. It raises
DocumentError where the file cannot be read, with a reason that a person understands. Heavy libraries are imported where
they are used.
"""

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import DocumentError
from vademecum.core.plugins import Members, leave_out
from vademecum.retrieval.layout import Layout
from vademecum.retrieval.loaded_text import LoadedText

if TYPE_CHECKING:
    from vademecum.core.settings import Settings

members = Members("retrieval.loaders")

_MOST_LEFT_OUT, _LONGEST_LEFT_OUT = 2000, 300
"""Of what a document has that is not in its text: how many of it are kept, and how many characters of each."""


def kinds() -> dict[str, str]:
    """Name of the loader by file suffix; what ships keeps its suffixes."""
    by_suffix: dict[str, str] = {}
    for name, loader in members.items():
        for suffix in loader.SUFFIXES:
            by_suffix.setdefault(suffix, name)
    return by_suffix


def kind_of(path: Path) -> str | None:
    """Name of the loader for a file of that name, one that ships before a person's own; None where none knows it."""
    for own in (False, True):
        loaders = list(members.items(own=own))
        by_claim = (name for name, loader in loaders if _claims(loader, path, own))
        by_suffix = (name for name, loader in loaders if path.suffix.lower() in loader.SUFFIXES)
        if name := next(by_claim, None) or next(by_suffix, None):
            return name
    return None


def _claims(loader: ModuleType, path: Path, own: bool) -> bool:
    try:
        return hasattr(loader, "claims") and bool(loader.claims(path))
    except Exception as error:  # an edge: a person's own loader must not stop the reading of other files
        if not own:
            raise
        leave_out(loader, error)
        return False


def is_read_in_process(kind: str) -> bool:
    """Whether the loader called `kind` needs no child process."""
    return getattr(members.get(kind), "IN_PROCESS", False) is True


def is_plain(path: Path) -> bool:
    """True where the file's bytes are its text, so that its size bounds the text's length from both sides."""
    from vademecum.retrieval.loaders.text import Loader as PlainLoader

    return issubclass(members.get(kind_of(path) or "text").Loader, PlainLoader)


def load(
    path: Path, data: bytes | None = None, settings: "Settings | None" = None, *, kind: str | None = None
) -> LoadedText:
    """Read a document, by the loader called `kind`, or else the one that its name asks for.

    A file whose suffix no loader knows is taken for plain text, if that is what it holds.

    Raises:
        DocumentError: it cannot be read; carries the reason.
    """
    name = kind or kind_of(path)
    kind = name or "text"
    try:
        document = members.get(kind).Loader(path, data, settings).load()[0]
    except DocumentError as error:
        if name or not path.suffix:
            raise
        raise DocumentError(str(path), f"format not supported ({path.suffix.lower()})") from error
    except OSError as error:
        raise DocumentError(str(path), error.strerror or str(error)) from error
    except MemoryError:
        raise
    except RecursionError as error:
        raise DocumentError(str(path), "what is in it is nested too deeply to be read") from error
    except Exception as error:
        message = " ".join(str(error).split())[:200]
        raise DocumentError(str(path), f"it cannot be read ({type(error).__name__}: {message})") from error
    starts = document.metadata["page_starts"]
    return LoadedText(
        text=document.page_content,
        title=document.metadata["title"],
        kind=kind,
        page_starts=None if starts is None else tuple(starts),
        layout=_layout_of(document.metadata),
        notes=tuple(document.metadata.get("notes", ())),
        tables=tuple(document.metadata.get("tables", ())),
    )


def _layout_of(metadata: dict[str, Any]) -> Layout:
    """The layout that the loader reports, where it reports any."""
    left_out = metadata.get("left_out", ())
    return Layout(
        places=tuple((start, name) for start, name in metadata.get("places", ())),
        headings=tuple((start, level) for start, level in metadata.get("headings", ())),
        guess=metadata.get("guess", True),
        records=metadata.get("records", False),
        marked=metadata.get("marked", False),
        left_out=tuple(
            (where[:_LONGEST_LEFT_OUT], words[:_LONGEST_LEFT_OUT]) for where, words in left_out[:_MOST_LEFT_OUT]
        ),
    )
