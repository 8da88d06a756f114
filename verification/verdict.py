"""The verdict on each sentence of an answer, without a language model.

    verifier = Verifier(embeddings)
    verifier.judge("Prussia annexed Warsaw in 1796.", ["annexed by the Kingdom of Prussia"], hits).verdict

A sentence that stands word for word in its quote is supported at once: that costs microseconds and loads nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from vademecum.core.types import Citation, Hit, Verdict
from vademecum.language.sentences import sentence_spans
from vademecum.verification.context import Piece, pieces, pieces_of
from vademecum.verification.meaning import Embeds, Meaning
from vademecum.verification.quotes import locate_all
from vademecum.verification.support import Support, is_verbatim, supports
from vademecum.verification.wording import bare, contradicts_itself
from vademecum.verification.words import parse

Read = Callable[[str], str]
"""The full text of a source by its id."""

_WORTH_A_LOOK = 0.5


class Judgement(NamedTuple):
    """What checking a sentence found.

    `citations`: the quotes as the source has them. `better`: where the sentence is true, when misattributed.
    `reasons`: short plain words on why it is not supported.
    """

    verdict: Verdict
    citations: tuple[Citation, ...] = ()
    better: tuple[Citation, ...] = ()
    reasons: tuple[str, ...] = ()


class Verifier:
    """Judges sentences against quotes.

    `embeddings` is kept for nearness in meaning; it may be a callable that loads it.
    """

    def __init__(self, embeddings: Embeds | Callable[[], Embeds] | None = None) -> None:
        self._meaning = Meaning(embeddings)

    def judge(
        self, sentence: str, quotes: Sequence[str], hits: Sequence[Hit], *, text_of: Read | None = None
    ) -> Judgement:
        """The verdict on `sentence`; its `quotes` are sought in the passages of `hits`, then in their sources."""
        bare_claim = bare(sentence, quotes)
        claim = bare_claim.text
        citations: list[Citation] = []
        lost: list[str] = []
        for quote in (quote for quote in quotes if quote.strip()):
            located = _cite(quote, hits, text_of)
            citations.extend(located)
            if not located:
                lost.append(quote)
        cited = tuple(dict.fromkeys(citations))
        if not _claims(claim):
            return Judgement("unsupported", cited, (), ("the sentence claims nothing",))
        if reason := contradicts_itself(bare_claim):
            return Judgement("unsupported", cited, (), (reason,))
        support = self._of_citations(claim, cited, hits)
        if lost:
            better = cited if support.is_supported else self._elsewhere(claim, hits)
            reasons = tuple(f"the quote {_short(quote)!r} is not in the sources" for quote in lost)
            return Judgement("not found", cited, better, reasons)
        if support.is_supported:
            return Judgement("supported", cited)
        better = self._elsewhere(claim, hits)
        return Judgement("misattributed" if better else "unsupported", cited, better, support.reasons)

    def _of_citations(self, claim: str, cited: Sequence[Citation], hits: Sequence[Hit]) -> Support:
        """Whether the cited quotes carry the claim; fields of different records never do together."""
        parts = [piece for number, citation in enumerate(cited) for piece in pieces_of(citation, number, hits)]
        return self._support(claim, [citation.quote for citation in cited], parts)

    def _support(self, claim: str, quotes: Sequence[str], parts: Sequence[Piece]) -> Support:
        if any(is_verbatim(claim, quote) for quote in quotes):
            return Support(True, (), 1.0)
        sentences = [claim[start:end] for start, end in sentence_spans(claim)]
        supported = [supports(sentence, parts, self._meaning) for sentence in sentences]
        return min(supported, key=lambda support: (support.is_supported, support.coverage))

    def _elsewhere(self, claim: str, hits: Sequence[Hit]) -> tuple[Citation, ...]:
        """The sentence of the hits that carries the claim, or two neighbours that do together; empty where none."""
        claim_stems = {word.stem for word in parse(claim).words if word.kind != "function"}
        for hit in hits:
            text = hit.passage.text
            for start, end in _stretches(text):
                stems = {word.stem for word in parse(text[start:end]).words}
                if len(claim_stems & stems) < _WORTH_A_LOOK * len(claim_stems):
                    continue
                if self._support(claim, [text[start:end]], pieces(text[start:end])).is_supported:
                    return (hit.cite(hit.passage.start + start, hit.passage.start + end),)
        return ()


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    spans = sentence_spans(text)
    yield from spans
    yield from ((first[0], second[1]) for first, second in pairwise(spans))


def _claims(claim: str) -> bool:
    return not claim.endswith("?") and any(word.kind != "function" for word in parse(claim).words)


def _cite(quote: str, hits: Sequence[Hit], text_of: Read | None) -> list[Citation]:
    for hit in hits:
        if spans := locate_all(quote, hit.passage.text):
            offset = hit.passage.start
            return [hit.cite(offset + start, offset + end) for start, end in spans]
    by_source = {hit.passage.source_id: hit for hit in reversed(hits)} if text_of else {}
    for source_id, hit in by_source.items():
        text = text_of(source_id) if text_of else ""
        if spans := locate_all(quote, text):
            return [_cite_text(hit, text, start, end, hits) for start, end in spans]
    return []


def _cite_text(hit: Hit, text: str, start: int, end: int, hits: Sequence[Hit]) -> Citation:
    """A citation outside the passage of `hit`, in the same source; page and place only where a passage tells them."""
    around = [
        neighbour.passage
        for neighbour in hits
        if neighbour.passage.source_id == hit.passage.source_id
        and neighbour.passage.start <= start < neighbour.passage.end
    ]
    return Citation(
        path=hit.path,
        title=hit.title,
        start=start,
        end=end,
        quote=text[start:end],
        page=around[0].page if around else None,
        line=text.count("\n", 0, start) + 1,
        root=hit.root,
        source_id=hit.passage.source_id,
        place=around[0].place if around else None,
        sha256=hit.sha256,
    )


def _short(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= 60 else f"{flat[:57]}..."
