"""Living citations: whether what an answer of some time ago quotes still stands where it says.

    standing = CitationStatuses(library).of(citation)
    print(standing.told)     # "notes.md has changed since; the quote is now in line 12"

A citation remembers the hash of its file. It is held against the file as it lies there now, where it can be read, or
else against the text that the notebook keeps.
"""

import hashlib
from bisect import bisect_right
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from vademecum.core.errors import DocumentError
from vademecum.core.types import FORGOTTEN, Citation, Source
from vademecum.retrieval.fetching import is_url
from vademecum.retrieval.ingestion.discover import FoundFile
from vademecum.retrieval.ingestion.file_reader import FileReader
from vademecum.retrieval.terms import terms
from vademecum.verification.quotes import locate

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library
    from vademecum.retrieval.loaders import LoadedText

State = Literal["stands", "moved", "gone", "forgotten"]
"""Of a quote: it is where the citation says; it is elsewhere; it is nowhere; its document was forgotten on purpose."""

File = Literal["same", "changed", "removed"]
"""Of the cited file, against what it was when it was cited."""

LOOKED_AT = 5
"""Passages of other documents in which a quote is looked for whose own has lost it."""


class CitationStatus(NamedTuple):
    """What has become of a quote and of its file. `now` is where the quote is, where it is anywhere."""

    state: State
    file: File
    now: Citation | None = None
    told: str = ""

    @property
    def is_as_cited(self) -> bool:
        """Whether there is nothing to tell."""
        return (self.state, self.file) == ("stands", "same")


class Text(NamedTuple):
    """A document's text with what tells where in it something is: where its pages and its named places begin."""

    text: str
    page_starts: tuple[int, ...] = ()
    places: tuple[tuple[int, str], ...] = ()


class CitationStatuses:
    """What has become of citations; each document is read once, however often it is cited."""

    def __init__(self, library: "Library") -> None:
        self.library = library
        self._reader = FileReader(library.settings)
        self._known: dict[tuple[str, str], tuple[File, Text | None]] = {}

    def of(self, citation: Citation) -> CitationStatus:
        """What has become of one."""
        if citation.quote == FORGOTTEN or not citation.quote.strip():
            return CitationStatus("forgotten", "removed", None, "this document has been forgotten")
        source = self.library.catalogue.source(citation.source_id)
        file, text = self._file(citation, source)
        span = self._in_text(citation, text) if text else None
        if span:
            moved = span[0] != citation.start
            now = _cited(citation, text, *span)
            return CitationStatus(
                "moved" if moved else "stands", file, now, _note(citation, file, now if moved else citation)
            )
        now = self._elsewhere(citation)
        return CitationStatus("moved" if now else "gone", file, now, _note(citation, file, now))

    def _in_text(self, citation: Citation, text: Text) -> tuple[int, int] | None:
        """The place of the quote nearest to where it was; spelt another way only where it is not there as it was."""
        quote, start = citation.quote, citation.start
        if text.text.startswith(quote, start):
            return start, start + len(quote)
        after = text.text.find(quote, start)
        before = text.text.rfind(quote, 0, start + len(quote))
        exact = [place for place in (before, after) if place >= 0]
        if exact:
            nearest = min(exact, key=lambda place: abs(place - start))
            return nearest, nearest + len(quote)
        return locate(quote, text.text)

    def _elsewhere(self, citation: Citation) -> Citation | None:
        """The quote in another document: the file may have been renamed."""
        catalogue = self.library.catalogue
        keys = [key for key, _ in catalogue.sparse(terms(citation.quote), LOOKED_AT)]
        for stored in catalogue.passages(keys=keys):
            passage = stored.passage
            if passage.source_id != citation.source_id and (span := locate(citation.quote, passage.text)):
                return stored.hit(0.0).cite(passage.start + span[0], passage.start + span[1])
        return None

    def _file(self, citation: Citation, source: Source | None) -> tuple[File, Text | None]:
        """The cited file against what it was, and its text as it is now."""
        key = (citation.source_id, citation.sha256)
        if key not in self._known:
            self._known[key] = self._inspect(citation, source)
        return self._known[key]

    def _inspect(self, citation: Citation, source: Source | None) -> tuple[File, Text | None]:
        if source is None:
            return "removed", None
        cited = citation.sha256 or source.sha256
        stored = self._stored_text(source)
        in_place = not is_url(source.root) and Path(source.root, source.path).is_file()
        if not in_place:  # a web page, or in an archive: what the notebook keeps is what there is
            gone = Path(source.root).is_absolute() and not self._archived(source)
            return "removed" if gone else "same" if source.sha256 == cited else "changed", stored
        try:
            file = FoundFile(source.root, source.path)
            status, stamp = self._reader.status(file), self.library.catalogue.stamp(source.id)
            if stamp and stamp.vouches_for(*status):
                return "same" if source.sha256 == cited else "changed", stored
            content = self._reader.read(file, status.size)
            now = hashlib.sha256(content.data).hexdigest()
            loaded = stored if now == source.sha256 else _text(self._reader.load(file, content))
        except DocumentError:
            return "changed", stored
        return "same" if now == cited else "changed", loaded

    def _archived(self, source: Source) -> bool:
        place = Path(source.root, source.path)
        return any(parent.is_file() for parent in place.parents)

    def _stored_text(self, source: Source) -> Text:
        catalogue = self.library.catalogue
        starts = catalogue.page_starts(source.id) or ()
        return Text(catalogue.text(source.id), tuple(starts), catalogue.layout(source.id).places)


def _text(loaded: "LoadedText") -> Text:
    return Text(loaded.text, tuple(loaded.page_starts or ()), loaded.layout.places)


def _cited(citation: Citation, text: Text | None, start: int, end: int) -> Citation:
    """The citation as it would be made now."""
    if text is None or start == citation.start:
        return citation
    page = bisect_right(text.page_starts, start) or None
    places = [name for begin, name in text.places if begin <= start]
    moved = {
        "start": start,
        "end": end,
        "quote": text.text[start:end],
        "page": page,
        "line": text.text.count("\n", 0, start) + 1,
        "place": places[-1] if places else None,
    }
    return citation.model_copy(update=moved)


def _note(citation: Citation, file: File, now: Citation | None) -> str:
    """In a line, for a person; empty where all is as it was."""
    file_note = {"same": "", "changed": "the file has changed since", "removed": "the file is gone"}[file]
    if now is None:
        quote_note = "the quote is in none of your documents any more"
    elif now == citation:
        quote_note = {"same": "", "changed": "the quote still stands", "removed": "the notebook still holds the quote"}[
            file
        ]
    else:
        place = now.where if now.source_id == citation.source_id else f"{now.path}, {now.where}"
        quote_note = f"the quote is now in {place}"
    return "; ".join(filter(None, (file_note, quote_note)))
