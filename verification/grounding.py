"""Whether any texts support a claim, without a workspace, and the place in them that decides.

    verification = Grounding(embeddings).verify("Warsaw was annexed in 1796.", ["It was annexed by Prussia in 1796."])
    verification.verdict, verification.span

First the rules that judge quotes (`support.py`), on each statement with what belongs to it. A claim that no statement
carries alone may be put together from several: then its names and numbers must stand in those nearest to it, and most
of its other words. What a statement contradicts that has nearly all of the claim's words, no other may excuse.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from vademecum.core.types import Verdict
from vademecum.language.sentences import sentence_spans
from vademecum.verification.alignment import align
from vademecum.verification.context import begins_with_pronoun
from vademecum.verification.meaning import Embeds, Meaning
from vademecum.verification.quotes import locate
from vademecum.verification.relations import other_subject
from vademecum.verification.statements import Statement, statements
from vademecum.verification.support import ENOUGH, Support, is_verbatim, missing_words, weigh
from vademecum.verification.wording import bare, contradicts_itself
from vademecum.verification.words import parse

MAX_WEIGHED = 6
"""Statements that are weighed one by one: those that share most words with the claim."""

MAX_CHARS = 6_000
"""Characters of the statements nearest to the claim that are read together."""

MAX_STATEMENT = 2_000
"""Characters of a statement that is weighed as one: text without full stops is cut."""

DECIDES = 0.9
"""A statement with this share of the claim's words that says otherwise decides."""


class Span(NamedTuple):
    """The characters [start, end) of the text with the index `text` among those given; `quote` is what stands there."""

    text: int
    start: int
    end: int
    quote: str


class Verification(NamedTuple):
    """What checking a claim found.

    `verdict`: "supported" or "unsupported". `reasons`: short plain words on why it is not supported. `span`: the place
    that supports or contradicts it, or that comes nearest; None where nothing is near. `kind` says which.
    """

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    span: Span | None = None
    kind: Literal["supports", "contradicts", "nearest", "none"] = "none"

    @property
    def is_supported(self) -> bool:
        """Whether the texts support the claim."""
        return self.verdict == "supported"


class _Place(NamedTuple):
    """A statement of one of the texts, what is weighed for it (`whole`), and the share of the claim's stems in that."""

    text: int
    statement: Statement
    whole: str
    shared: float


class Grounding:
    """Checks claims against texts. `embeddings` may be a callable that loads them; None: by words alone."""

    def __init__(self, embeddings: Embeds | Callable[[], Embeds] | None = None) -> None:
        self._meaning = Meaning(embeddings)

    def verify(self, claim: str, texts: Sequence[str]) -> Verification:
        """Whether `texts` support every sentence of `claim`; the first that they do not support decides."""
        whole = bare(claim, texts)
        if reason := contradicts_itself(whole):
            return Verification("unsupported", (reason,))
        sentences = [whole.text[start:end] for start, end in sentence_spans(whole.text)]
        sentences = [sentence for sentence in sentences if claims_something(sentence)]
        if not sentences:
            return Verification("unsupported", ("the sentence claims nothing",))
        checked = [self._sentence(sentence, texts) for sentence in sentences]
        return next((matches for matches in checked if not matches.is_supported), checked[0])

    def _sentence(self, claim: str, texts: Sequence[str]) -> Verification:
        for number, text in enumerate(texts):
            if is_verbatim(claim, text) and (span := locate(claim, text) or locate(claim.rstrip(".!;:,"), text)):
                return Verification("supported", (), Span(number, *span, text[slice(*span)]), "supports")
        places = sorted(_places(claim, texts), key=lambda place: -place.shared)
        if not places:
            return Verification("unsupported", ("there is no text",))
        weighed = [(weigh(claim, place.whole, self._meaning), place) for place in places[:MAX_WEIGHED]]
        best, place = max(weighed, key=lambda pair: (pair[0].is_supported, pair[0].coverage, -len(pair[0].reasons)))
        start, end = place.statement[:2]
        span = Span(place.text, start, end, texts[place.text][start:end])
        if best.is_supported:
            return Verification("supported", (), span, "supports")
        if best.coverage >= DECIDES:
            return Verification("unsupported", best.reasons, span, "contradicts")
        if other := _speaks_of_another(claim, place.whole):
            return Verification("unsupported", (f"the text says this of {other}",), span, "contradicts")
        return _together(claim, best, span, _readable(places, place))


def claims_something(sentence: str) -> bool:
    """Whether a sentence says anything that could be checked: a question does not, nor does "Yes."."""
    return not sentence.rstrip().endswith("?") and any(word.kind != "function" for word in parse(sentence).words)


def _places(claim: str, texts: Sequence[str]) -> Iterator[_Place]:
    stems = {word.stem for word in parse(claim).words if word.kind != "function"}
    for number, text in enumerate(texts):
        for statement, whole in _wholes(text):
            shared = stems & {word.stem for word in parse(whole).words}
            yield _Place(number, statement, whole, len(shared) / max(1, len(stems)))


def _wholes(text: str) -> Iterator[tuple[Statement, str]]:
    """Each statement, and its text behind its context and behind what its first pronoun stands for."""
    before: list[str] = []
    for statement in (part for whole in statements(text) for part in _short(text, whole)):
        own = text[statement.start : statement.end]
        needed = before if statement.record is None and begins_with_pronoun(own) else []
        yield statement, " ".join(filter(None, (statement.context and f"{statement.context}.", *needed, own)))
        before = [*before[-1:], own] if statement.record is None else []


def _short(text: str, statement: Statement) -> Iterator[Statement]:
    """A statement in parts of at most `MAX_STATEMENT` characters, which end where a word does if they can."""
    start = statement.start
    while statement.end - start > MAX_STATEMENT:
        space = text.rfind(" ", start + 1, start + MAX_STATEMENT)
        end = space if space > 0 else start + MAX_STATEMENT
        yield statement._replace(start=start, end=end)
        start = end
    yield statement._replace(start=start)


def _speaks_of_another(claim: str, statement: str) -> str | None:
    mine, theirs = parse(claim), parse(statement)
    return other_subject(mine, theirs, align(mine, theirs))


def _readable(places: Sequence[_Place], best: _Place) -> list[_Place]:
    """What may be read together with the best statement: running text, and the fields of its own record alone."""
    own = (best.text, best.statement.record)
    selection: list[_Place] = []
    chars = 0
    for place in places:
        if place.statement.record is None or (place.text, place.statement.record) == own:
            chars += len(place.whole)
            if selection and chars > MAX_CHARS:
                break
            selection.append(place)
    return selection


def _together(claim: str, best: Support, span: Span, places: Sequence[_Place]) -> Verification:
    """What statements say together, of a claim that none of them carries alone."""
    joined = missing_words(claim, "\n".join(place.whole for place in places))
    adds = joined.coverage > best.coverage
    if not joined.reasons and joined.coverage >= ENOUGH and adds:
        return Verification("supported", (), span, "supports")
    reasons = joined.reasons if adds or not best.reasons else best.reasons
    if best.coverage == 0:
        return Verification("unsupported", reasons, None, "none")
    return Verification("unsupported", reasons or best.reasons, span, "nearest")
