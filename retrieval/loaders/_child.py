"""What runs in the child process of `_process.py`: a document is read, and becomes bytes and JSON.

It imports little, since an ingestion waits for it: no settings, of which it gets the bounds.
"""

from pathlib import Path
from typing import Any

from vademecum.core.errors import DocumentError, SettingsError
from vademecum.retrieval import loaders
from vademecum.retrieval.loaded_text import LoadedText
from vademecum.retrieval.loaders._file import too_long


class Bounds:
    """Of the settings, those that bound what is read, as attributes."""

    def __init__(self, **bounds: float) -> None:
        self.__dict__.update(bounds)

    def __getattr__(self, name: str) -> float:
        raise AttributeError(f"a loader gets the settings max_... and threads, not {name}")


_bounds: Any = Bounds()


def set_up(setup: dict[str, Any]) -> None:
    """Take the bounds, and find a person's own loaders."""
    global _bounds
    _bounds = Bounds(**setup["bounds"])
    loaders.__path__.extend(setup["folders"])


def answer(head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """What a document holds, or why it cannot be read."""
    path = Path(head["path"])
    try:
        if head["named"]:
            from vademecum.retrieval.loaders._community import load_named

            loaded = load_named(head["named"], path)
        else:
            loaded = loaders.load(path, data, _bounds, kind=head["kind"])
    except DocumentError as error:
        return {"error": "document", "reason": error.reason}, b""
    except SettingsError as error:
        return {"error": "settings", "reason": str(error)}, b""
    except SystemExit as error:
        return {"error": "document", "reason": f"its loader ended the program that reads such files ({error})"}, b""
    if len(loaded.text) > _bounds.max_text_chars:
        return {"error": "document", "reason": too_long(str(path), _bounds).reason}, b""
    return _head(loaded), loaded.text.encode("utf-8", "replace")


def _head(loaded: LoadedText) -> dict[str, Any]:
    """All but the text. Columns instead of pairs: they take a tenth of the memory when they are read."""
    layout = loaded.layout
    return {
        "title": loaded.title,
        "kind": loaded.kind,
        "page_starts": loaded.page_starts,
        "places": list(zip(*layout.places, strict=True)) or [(), ()],
        "headings": list(zip(*layout.headings, strict=True)) or [(), ()],
        "left_out": list(zip(*layout.left_out, strict=True)) or [(), ()],
        "flags": [layout.guess, layout.records, layout.marked],
        "notes": loaded.notes,
        "tables": [table.to_json() for table in loaded.tables],
    }
