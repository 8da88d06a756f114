"""What is right for a case in the documents of a workspace: where the evidence is, and which passages contain it.

A data set names evidence by its words, so it serves every splitter: a passage is relevant where it shares at least half
of itself, or half of the evidence, with it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vademecum.core.types import Source
from vademecum.evaluation.cases import Case, Span
from vademecum.evaluation.outcomes import Truth
from vademecum.verification.quotes import locate

if TYPE_CHECKING:
    from vademecum.retrieval.library import Library

SHARE = 0.5
"""Share of the shorter of passage and evidence that both must have in common."""


class ExpectedEvidence:
    """Locates the evidence of cases in the documents of a library, as they are now."""

    def __init__(self, library: "Library", collection: str | None = None) -> None:
        self._library = library
        self._sources = library.catalogue.sources(collection)

    def of(self, case: Case) -> Truth:
        """Spans and relevant passages; empty where the case names none, or the documents do not contain them."""
        if case.relevant:
            return Truth(relevant=frozenset(case.relevant), by_file=True)
        spans = case.spans or tuple(filter(None, (self._locate(quote, case.doc) for quote in case.evidence)))
        return Truth(
            spans=spans,
            alternatives=not case.spans and len(case.evidence) > 1,
            relevant=frozenset(identity for span in spans for identity in self._passages(span)),
        )

    def missing(self, case: Case) -> bool:
        """True where the case names evidence that the documents do not contain."""
        return bool(case.evidence or case.spans) and not self.of(case).relevant

    def _locate(self, evidence: str, doc: str) -> Span | None:
        """Where the evidence is, looked for first in the source that `doc` names."""
        for source in sorted(self._sources, key=lambda source: not _is(source, doc)):
            if offsets := locate(evidence, self._library.catalogue.text(source.id)):
                return Span(path=source.path, start=offsets[0], end=offsets[1])
        return None

    def _passages(self, span: Span) -> Iterator[str]:
        """Ids of the passages that contain enough of the span."""
        for source in self._sources:
            if source.path == span.path:
                for stored in self._library.catalogue.passages_of(source.id):
                    passage = stored.passage
                    shared = min(passage.end, span.end) - max(passage.start, span.start)
                    if shared > 0 and shared >= SHARE * min(passage.end - passage.start, span.end - span.start):
                        yield passage.id


def _is(source: Source, doc: str) -> bool:
    """True where `doc` names the source: its path, or its file name with or without its ending."""
    name = source.path.rpartition("/")[2]
    return bool(doc) and doc in (source.path, name, name.rpartition(".")[0])
