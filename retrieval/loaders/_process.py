"""Reading documents in a child process, so that one that is damaged or hostile costs no more than itself.

What a loader says comes back as text and JSON, and is checked here: nothing that it answers runs in this process. Of
the settings the child knows the bounds (numbers), of the environment next to nothing, and no keys.
"""

import os
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from vademecum.core.child_process import TOTAL, ChildError, ChildProcess, Limits
from vademecum.core.errors import DocumentError, SettingsError
from vademecum.core.settings import Settings
from vademecum.retrieval import loaders
from vademecum.retrieval.layout import Layout
from vademecum.retrieval.loaded_text import LoadedText
from vademecum.retrieval.tables import Table

_ADVICE = {
    "crashed": "the program that reads such files crashed on it ({detail}); the file may be damaged: save it anew",
    "killed": "the program that reads such files was killed ({detail}), perhaps for want of memory; ingest it again",
    "ended": "the program that reads such files ended without an answer ({detail})",
    "slow": "reading it took more than {seconds:g} seconds without any progress; see the setting loader_seconds",
    "endless": "reading it took more than {total:,.0f} seconds ({times} times the setting loader_seconds)",
    "memory": "reading it takes more than {megabytes:,} MB of memory; see the setting loader_mb",
    "too large": "what its loader makes of it is larger than allowed; split it, or see the setting max_text_chars",
    "garbled": "its loader gave an answer that cannot be used",
    "not started": "the program that reads such files cannot be started ({detail})",
}
"""What a person reads where there is no text."""

_LONGEST_REASON, _LONGEST_NAME, _DEEPEST = 1000, 1000, 100
"""Characters of what is said about a document, and of what a place in it is called; levels of headings."""

T = TypeVar("T")


class LoaderProcess:
    """Reads documents, one after the other, in a child that starts when it is needed; to be closed."""

    def __init__(self, settings: Settings) -> None:
        bounds = {
            name: bound
            for name in Settings.model_fields
            if isinstance(bound := getattr(settings, name), int | float)
            and (name.startswith("max_") or name == "threads")
        }
        self.settings = settings
        self._setup = {"bounds": bounds, "folders": [os.path.abspath(place) for place in list(loaders.__path__)[1:]]}
        limits = Limits(settings.loader_seconds, settings.loader_mb, 4 * settings.max_text_chars)
        self._child = ChildProcess("vademecum.retrieval.loaders._child:answer", limits, self._setup)

    def start(self) -> None:
        """Start the child without waiting for it; where that fails, the next `load` says so."""
        try:
            self._child.start()
        except ChildError:
            return

    def close(self) -> None:
        """End the child."""
        self._child.close()

    def load(self, path: Path, data: bytes = b"", *, kind: str | None = None, named: str | None = None) -> LoadedText:
        """The text of a document, by the loader called `kind` from `data`, or by langchain-community's called `named`.

        Raises:
            DocumentError: it cannot be read within the bounds.
            SettingsError: there is no loader `named`.
        """
        try:
            head, text = self._child.call({"path": str(path), "kind": kind, "named": named}, data)
            if error := head.get("error"):
                (reason,) = _all(str, [head["reason"][:_LONGEST_REASON]])
                raise SettingsError(reason) if named and error == "settings" else DocumentError(str(path), reason)
            return _loaded(head, text.decode())
        except ChildError as error:
            reason = self._reason(error)
        except (ValueError, TypeError, KeyError, AttributeError):
            reason = _ADVICE["garbled"]
        raise DocumentError(str(path), reason)

    def _reason(self, error: ChildError) -> str:
        seconds = self.settings.loader_seconds
        return _ADVICE[error.problem].format(
            detail=error.detail,
            seconds=seconds,
            times=TOTAL,
            total=TOTAL * seconds,
            megabytes=self.settings.loader_mb,
        )


def _loaded(head: dict[str, Any], text: str) -> LoadedText:
    """What `_head` was made of.

    Raises:
        ValueError, TypeError, KeyError: it is something else; so are offsets beyond the text or out of order.
    """
    (place_starts, names), (heading_starts, levels) = head["places"], head["headings"]
    guess, records, marked = _all(bool, head["flags"])
    starts = head["page_starts"]
    if max(map(len, names), default=0) > _LONGEST_NAME or max(levels, default=0) > _DEEPEST:
        raise ValueError("a name too long, or a heading too deep")
    return LoadedText(
        text=text,
        title=" ".join(_all(str, [head["title"]])),
        kind=" ".join(_all(str, [head["kind"]])),
        page_starts=None if starts is None else _offsets(starts, text),
        layout=Layout(
            places=tuple(zip(_offsets(place_starts, text), _all(str, names), strict=True)),
            headings=tuple(zip(_offsets(heading_starts, text), _all(int, levels), strict=True)),
            guess=guess,
            records=records,
            marked=marked,
            left_out=tuple(zip(*(map(_short, _all(str, column)) for column in head["left_out"]), strict=True)),
        ),
        notes=tuple(note[:_LONGEST_REASON] for note in _all(str, head["notes"])),
        tables=tuple(Table.from_json(table, len(text)) for table in head["tables"]),
    )


def _short(text: str) -> str:
    return text[:_LONGEST_NAME]


def _all(kind: type[T], values: list[T]) -> list[T]:
    """The values, of which each is a `kind`."""
    if type(values) is not list or any(type(value) is not kind for value in values):
        raise TypeError(f"not a list of {kind.__name__}")
    for value in values:
        if isinstance(value, str):
            value.encode()  # a half of a character is a ValueError: no database would take it
    return values


def _offsets(starts: list[int], text: str) -> tuple[int, ...]:
    offsets = tuple(_all(int, starts))
    if any(before > after for before, after in pairwise((0, *offsets, len(text)))):
        raise ValueError("offsets out of order")
    return offsets
