"""What loaders have in common: where the bytes come from, the bounds, and how the kept text is put together."""

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.document_loaders.base import BaseLoader
from langchain_core.documents import Document

from vademecum.core.child_serving import progress
from vademecum.core.errors import DocumentError
from vademecum.retrieval.tables import Table

if TYPE_CHECKING:
    from vademecum.core.settings import Settings
    from vademecum.retrieval.loaded_text import LoadedText

_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\ufeff\ufffe\uffff]")
_LONGEST_PLACE = 300
"""Characters of a place's name: a file may give the same long one to each of many places."""

_SPACES = re.compile(r"[^\S\n]+")


class FileLoader(BaseLoader):
    """Reads one file, from its path, or from `data` where its bytes have been read; `settings` bound what is read."""

    def __init__(self, path: str | Path, data: bytes | None = None, settings: "Settings | None" = None) -> None:
        self.path = Path(path)
        self.data = data
        self.settings: Settings = settings or _defaults()

    @cached_property
    def content(self) -> bytes:
        """The file's bytes.

        Raises:
            DocumentError: there are none.
        """
        data = self.path.read_bytes() if self.data is None else self.data
        if not data:
            raise self.error("the file is empty")
        return data

    def error(self, reason: str) -> DocumentError:
        """The error that says why this file cannot be read."""
        return DocumentError(str(self.path), reason)

    def builder(self) -> "TextBuilder":
        """A text to put together, within the bounds."""
        return TextBuilder(str(self.path), self.settings)


def _defaults() -> "Settings":
    from vademecum.core.settings import Settings  # which takes as long to import as all the rest here

    return Settings.model_construct()


class TextBuilder:
    """The text of a document while it is put together, block by block, with what is known of its places."""

    def __init__(self, path: str, settings: "Settings") -> None:
        self.path = path
        self.settings = settings
        self.length = 0
        self.headings: list[tuple[int, int]] = []
        self.places: list[tuple[int, str]] = []
        self.page_starts: list[int] = []
        self.notes: list[str] = []
        self.left_out: list[tuple[str, str]] = []
        self.tables: list[Table] = []
        self.cells = 0
        self._parts: list[str] = []
        self._place: str | None = None
        self._new_pages = 0

    def write(self, text: str, *, level: int = 0, tight: bool = False) -> None:
        """Add a block of text as it is, but for characters that nobody sees; nothing, where no other is in it.

        A `level` above 0 makes it a heading, on one line. `tight`: it follows on the next line, without a blank one.

        Raises:
            DocumentError: the text is longer than allowed.
        """
        text = clean(text).strip("\n")
        text = " ".join(text.split()) if level else text.rstrip()
        if not text.strip():
            return
        gap = "" if not self.length else "\n" if tight else "\n\n"
        self._parts.append(gap + text)
        progress()
        start = self.length + len(gap)
        self.length = start + len(text)
        if self.length > self.settings.max_text_chars:
            raise too_long(self.path, self.settings)
        self._begin(start)
        if level:
            self.headings.append((start, level))

    def place(self, name: str) -> None:
        """Have the next block begin the place called `name`."""
        self._place = " ".join(clean(name[:_LONGEST_PLACE]).split())

    def no_place(self) -> None:
        """Have the next block begin no place, where none has been written since `place`."""
        self._place = None

    def line_at(self, offset: int | None) -> str:
        """The line that begins at `offset`, as a title; empty where there is none."""
        return "" if offset is None else "".join(self._parts)[offset:].partition("\n")[0]

    def include(self, loaded: "LoadedText", name: str) -> None:
        """Add a document that is part of this one, as the place called `name`, with its own places behind that.

        Raises:
            DocumentError: the text is longer than allowed.
        """
        gap = "\n\n" if self.length else ""
        start = self.length + len(gap)
        self._parts.append(gap + loaded.text)
        self.length = start + len(loaded.text)
        if self.length > self.settings.max_text_chars:
            raise too_long(self.path, self.settings)
        pages = [(page, f"page {number}") for number, page in enumerate(loaded.page_starts or (), 1)]
        places = {start: name}
        for offset, place in [*pages, *loaded.layout.places]:
            places[start + offset] = f"{name}, {place}"[:_LONGEST_PLACE]
        self._place = None
        self.places += sorted(places.items())
        self.headings += [(start + offset, level + 2) for offset, level in loaded.layout.headings]
        self.tables += [table.moved(start) for table in loaded.tables]
        self.notes += [f"{name}: {note}" for note in loaded.notes]
        self.left_out += [(f"{name}, {where}", words) for where, words in loaded.layout.left_out]

    def page(self) -> None:
        """Have the next block begin a page.

        Raises:
            DocumentError: there are more pages than allowed.
        """
        self._new_pages += 1
        if len(self.page_starts) + self._new_pages > self.settings.max_pages:
            raise too_many_pages(self.path, self.settings)

    def _begin(self, start: int) -> None:
        self.page_starts += [start] * self._new_pages
        self._new_pages = 0
        if self._place is not None:
            self.places.append((start, self._place))
            self._place = None

    def document(self, title: str, *, records: bool = False, otherwise: str = "no text in it") -> Document:
        """The document, once all has been written.

        Raises:
            DocumentError: nothing has; `otherwise` says so.
        """
        if not self.length:
            raise DocumentError(self.path, otherwise)
        self.page_starts += [self.length] * self._new_pages
        metadata: dict[str, Any] = {
            "title": " ".join(clean(title).split()),
            "pages": len(self.page_starts) or None,
            "page_starts": self.page_starts or None,
            "places": self.places,
            "headings": self.headings,
            "guess": False,
            "records": records,
            "notes": self.notes,
            "left_out": [(where, one_line(words)) for where, words in self.left_out],
            "tables": [table for table in self.tables if len(table)],
        }
        return Document("".join(self._parts), metadata=metadata)


def clean(text: str) -> str:
    """The text with one kind of newline and of space, and without characters that nobody sees."""
    if text.isprintable():  # most of what tables hold
        return text
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").replace("\v", "\n")
    plain = re.sub("[\u2028\u2029\x85]", "\n", plain)
    return _UNSEEN.sub("", plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def one_line(text: str) -> str:
    """The text on one line, with runs of white space as one space."""
    return " ".join(clean(text).split())


def flowing(text: str) -> str:
    """The text with runs of spaces as one, line by line, where lines are what the format says they are."""
    return "\n".join(_SPACES.sub(" ", line).strip() for line in clean(text).split("\n")).strip()


def table_row(cells: Sequence[str]) -> str:
    """A row of a table on one line, as Markdown has it."""
    return "| " + " | ".join(one_line(cell) for cell in cells) + " |"


def too_long(path: str, settings: "Settings") -> DocumentError:
    """The error that a text longer than allowed ends in."""
    longest = settings.max_text_chars
    reason = f"its text is longer than the {longest:,} characters allowed; split it, or see the setting max_text_chars"
    return DocumentError(path, reason)


def too_many_pages(path: str, settings: "Settings") -> DocumentError:
    """The error that more pages than allowed end in."""
    return DocumentError(path, f"it has more than the {settings.max_pages:,} pages allowed; see the setting max_pages")
