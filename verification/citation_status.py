"""Living citations: whether what an answer of some time ago quotes still stands where it says.

    status = CitationStatuses(library).of(citation)
    print(status.message)     # "the file has changed since; the quote is now in line 12"

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
    from vademecum.retrieval.loaded_text import LoadedText

QuoteState = Literal["stands", "moved", "gone", "forgotten"]
"""What has become of a quote. stands: it is where the citation says. moved: it is elsewhere in its document, or in
another one. gone: no document has it any more. forgotten: its document was forgotten on purpose.
"""

FileState = Literal["same", "changed", "removed"]
"""What has become of the cited file. same: its content is what was cited. changed: it is not, or it cannot be read.
removed: there is no such file, or the workspace no longer has a document of it.
"""

MAX_PASSAGES_SEARCHED = 5
"""A quote that its own document lacks is looked for in this many passages: the best for its words, in all documents."""


class CitationStatus(NamedTuple):
    """What has become of a citation: of its quote (`state`) and of its file (`file`).

    `now` is the citation as it would be made now; None where the quote is gone or forgotten. `message` says all this to
    a person, in a line; empty where nothing has changed.
    """

    state: QuoteState
    file: FileState
    now: Citation | None = None
    message: str = ""

    @property
    def is_as_cited(self) -> bool:
        """Whether neither the quote nor the file has changed."""
        return (self.state, self.file) == ("stands", "same")


class Text(NamedTuple):
    """A document's text, the offsets at which its pages begin, and its named places (a slide, a cell) with theirs."""

    text: str
    page_starts: tuple[int, ...] = ()
    places: tuple[tuple[int, str], ...] = ()


class CitationStatuses:
    """What has become of citations; each document is read once, however often it is cited."""

    def __init__(self, library: "Library") -> None:
        self.library = library
        self._reader = FileReader(library.settings)
        self._inspected: dict[tuple[str, str], tuple[FileState, Text | None]] = {}

    def of(self, citation: Citation) -> CitationStatus:
        """What has become of a citation."""
        if citation.quote == FORGOTTEN or not citation.quote.strip():
            return CitationStatus("forgotten", "removed", None, "this document has been forgotten")
        source = self.library.catalogue.source(citation.source_id)
        file_state, text = self._file(citation, source)
        span = self._in_text(citation, text) if text else None
        if span:
            moved = span[0] != citation.start
            current_citation = _cited_at(citation, text, *span)
            message = _message(citation, file_state, current_citation if moved else citation)
            return CitationStatus("moved" if moved else "stands", file_state, current_citation, message)
        current_citation = self._elsewhere(citation)
        message = _message(citation, file_state, current_citation)
        return CitationStatus("moved" if current_citation else "gone", file_state, current_citation, message)

    def _in_text(self, citation: Citation, text: Text) -> tuple[int, int] | None:
        """Start and end of the quote in its document; None where it is not there.

        Exact match first (the one nearest its old place), otherwise a tolerant match.
        """
        quote, start = citation.quote, citation.start
        if text.text.startswith(quote, start):
            return start, start + len(quote)
        after = text.text.find(quote, start)
        before = text.text.rfind(quote, 0, start + len(quote))
        exact_starts = [offset for offset in (before, after) if offset >= 0]
        if exact_starts:
            nearest = min(exact_starts, key=lambda offset: abs(offset - start))
            return nearest, nearest + len(quote)
        return locate(quote, text.text)

    def _elsewhere(self, citation: Citation) -> Citation | None:
        """The quote in another document: the file may have been renamed."""
        catalogue = self.library.catalogue
        keys = [key for key, _ in catalogue.sparse(terms(citation.quote), MAX_PASSAGES_SEARCHED)]
        for stored in catalogue.passages(keys=keys):
            passage = stored.passage
            if passage.source_id != citation.source_id and (span := locate(citation.quote, passage.text)):
                return stored.hit(0.0).cite(passage.start + span[0], passage.start + span[1])
        return None

    def _file(self, citation: Citation, source: Source | None) -> tuple[FileState, Text | None]:
        """What has become of the cited file, and the document's text as it is now; None where there is none."""
        key = (citation.source_id, citation.sha256)
        if key not in self._inspected:
            self._inspected[key] = self._inspect(citation, source)
        return self._inspected[key]

    def _inspect(self, citation: Citation, source: Source | None) -> tuple[FileState, Text | None]:
        if source is None:
            return "removed", None
        cited_hash = citation.sha256 or source.sha256
        stored_text = self._stored_text(source)
        in_place = not is_url(source.root) and Path(source.root, source.path).is_file()
        if not in_place:  # a web page, in an archive, or removed: what the notebook keeps is what there is
            removed = Path(source.root).is_absolute() and not self._is_in_archive(source)
            return "removed" if removed else "same" if source.sha256 == cited_hash else "changed", stored_text
        try:
            file = FoundFile(source.root, source.path)
            status, stamp = self._reader.status(file), self.library.catalogue.stamp(source.id)
            if stamp and stamp.vouches_for(*status):
                return "same" if source.sha256 == cited_hash else "changed", stored_text
            content = self._reader.read(file, status.size)
            current_hash = hashlib.sha256(content.data).hexdigest()
            text = stored_text if current_hash == source.sha256 else _text(self._reader.load(file, content))
        except DocumentError:
            return "changed", stored_text
        return "same" if current_hash == cited_hash else "changed", text

    def _is_in_archive(self, source: Source) -> bool:
        full_path = Path(source.root, source.path)
        return any(parent.is_file() for parent in full_path.parents)

    def _stored_text(self, source: Source) -> Text:
        catalogue = self.library.catalogue
        starts = catalogue.page_starts(source.id) or ()
        return Text(catalogue.text(source.id), tuple(starts), catalogue.layout(source.id).places)


def _text(loaded: "LoadedText") -> Text:
    return Text(loaded.text, tuple(loaded.page_starts or ()), loaded.layout.places)


def _cited_at(citation: Citation, text: Text | None, start: int, end: int) -> Citation:
    """The citation as it would be made now, with its quote at [start:end]."""
    if text is None or start == citation.start:
        return citation
    page = bisect_right(text.page_starts, start) or None
    places = [name for begin, name in text.places if begin <= start]
    current_fields = {
        "start": start,
        "end": end,
        "quote": text.text[start:end],
        "page": page,
        "line": text.text.count("\n", 0, start) + 1,
        "place": places[-1] if places else None,
    }
    return citation.model_copy(update=current_fields)


def _message(citation: Citation, file_state: FileState, current: Citation | None) -> str:
    """What has become of the citation, in a line for a person; empty where `current` and its file are as cited."""
    file_note = {"same": "", "changed": "the file has changed since", "removed": "the file is gone"}[file_state]
    if current is None:
        quote_note = "the quote is in none of your documents any more"
    elif current == citation:
        still_there = {"same": "", "changed": "the quote still stands", "removed": "the notebook still holds the quote"}
        quote_note = still_there[file_state]
    else:
        place = current.where if current.source_id == citation.source_id else f"{current.path}, {current.where}"
        quote_note = f"the quote is now in {place}"
    return "; ".join(filter(None, (file_note, quote_note)))
