"""Passages shown with the text around them, so that `text == source_text[start:end]` holds as before."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vademecum.core.types import Hit, Passage, Scope
from vademecum.retrieval.transforms import Transform

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question
    from vademecum.retrieval.searchable import Searchable

Spans = list[tuple[int, int]]


class Widening(Transform):
    """Shows up to `reach` passages on each side of a hit, of the same section, page and place.

    So it is cited where it is, and meets what filters it met. With them it is no longer than `characters`. A hit
    keeps its id and its score; what an earlier hit shows is not shown again: such hits make room for the next.
    """

    reach: int
    characters: int

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """The best of `inner`'s passages that do not stand in what a better one shows."""
        depth = k
        while True:
            ranking = dict(self.inner.rank(question, depth, scope))
            rows = self.library.catalogue.passages(keys=list(ranking))
            shown_ids = {hit.passage.id for hit in self.shown([row.hit(ranking[row.key]) for row in rows])}
            ranked = [(row.key, ranking[row.key]) for row in rows if row.passage.id in shown_ids]
            if len(ranked) >= k or len(ranking) < depth:
                return ranked[:k]
            depth *= 2

    def shown(self, hits: list[Hit]) -> list[Hit]:
        """The hits, widened."""
        return _widened(self.library, self.inner.shown(hits), self.reach, self.characters)


def _widened(library: "Searchable", hits: Sequence[Hit], reach: int, characters: int) -> list[Hit]:
    texts: dict[str, str] = {}
    spans_by_source: dict[str, Spans] = {}
    wide_hits = []
    for hit in hits:
        own = hit.passage
        spans = spans_by_source.setdefault(own.source_id, [])
        if any(start < own.end and own.start < end for start, end in spans):
            continue
        beside = library.catalogue.passages_beside(own.source_id, own.start, reach)
        first, last = _reached([row.passage for row in beside], own, spans, reach, characters)
        spans.append((first.start, last.end))
        if own.source_id not in texts:
            texts[own.source_id] = library.catalogue.text(own.source_id)
        wide = {"start": first.start, "end": last.end, "line": first.line}
        text = texts[own.source_id][first.start : last.end]
        wide_hits.append(hit.model_copy(update={"passage": own.model_copy(update={**wide, "text": text})}))
    return wide_hits


def _reached(
    row: Sequence[Passage], own: Passage, spans: Spans, reach: int, characters: int
) -> tuple[Passage, Passage]:
    """The first and the last passage of the row, which is in order, that are shown with `own`: by turns after, before.

    A hit that is wide already, by another transform, is not in the row, and stays as it is.
    """
    place = next((i for i, passage in enumerate(row) if passage == own), None)
    if place is None:
        return own, own
    bounds = [place, place]
    growing = True
    while growing:
        growing = False
        for side, step in ((1, 1), (0, -1)):
            wider = list(bounds)
            wider[side] += step
            edge = wider[side]
            if not (0 <= edge < len(row) and abs(edge - place) <= reach and _joins(row[edge], own, spans)):
                continue
            if row[wider[1]].end - row[wider[0]].start <= characters:
                bounds, growing = wider, True
    return row[bounds[0]], row[bounds[1]]


def _joins(new: Passage, own: Passage, spans: Spans) -> bool:
    same = (new.headings, new.page, new.place) == (own.headings, own.page, own.place)
    return same and not any(start < new.end and new.start < end for start, end in spans)
