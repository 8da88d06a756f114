"""What is right for a case, found in the workspace at hand: evidence in texts, and the passages that hold it.

Evidence is known by its words, so one data set serves every splitter: a passage is relevant where it shares at least
half of itself, or half of the evidence, with it.
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
"""Of the shorter of passage and evidence: what both must have in common."""


class Truths:
    """Finds what is right for cases in the documents of a library, as they are now."""

    def __init__(self, library: "Library", collection: str | None = None) -> None:
        self._library = library
        self._sources = library.catalogue.sources(collection)

    def of(self, case: Case) -> Truth:
        """Places and relevant passages; empty where the case names none, or the documents do not hold them."""
        if case.relevant:
            return Truth(relevant=frozenset(case.relevant), by_file=True)
        spans = case.spans or tuple(filter(None, (self._place(it, case.doc) for it in case.evidence)))
        return Truth(
            spans=spans,
            alternatives=not case.spans and len(case.evidence) > 1,
            relevant=frozenset(identity for span in spans for identity in self._holding(span)),
        )

    def missing(self, case: Case) -> bool:
        """True where the case names evidence that the documents do not hold."""
        return bool(case.evidence or case.spans) and not self.of(case).relevant

    def _place(self, evidence: str, doc: str) -> Span | None:
        for source in sorted(self._sources, key=lambda it: not _is(it, doc)):
            if found := locate(evidence, self._library.catalogue.text(source.id)):
                return Span(path=source.path, start=found[0], end=found[1])
        return None

    def _holding(self, span: Span) -> Iterator[str]:
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
