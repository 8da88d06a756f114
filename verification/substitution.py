"""Words of a sentence that stand where its quote has others.

Sentence and quote are laid side by side; where they agree to the left and to the right of a stretch and differ within
it, each weighty word of the sentence's stretch must answer to a word of the quote's. Where nearly all else agrees, any
other word there is an alteration; where much was reworded, only a name, a number or a term put for another is.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from vademecum.language.numbers import missing
from vademecum.language.stems import fold
from vademecum.verification import lexicon
from vademecum.verification.alignment import Match
from vademecum.verification.meaning import Meaning
from vademecum.verification.words import Parsed, Word

_LONGEST = 8
_WEIGHTY = 3
_FLANKS = 3
_NEAR_COPY = 0.78
"""Share of a claim's words that stand in the quote in the same order, from which it is a copy with changes. Of
sentences altered in one word 95% had more (benchmarks/verdicts.py), of rewordings 5%."""

_NEAR = 0.68
_NEAR_TERMS = 0.75
"""Cosines from which a word may be put for another. Of synonyms ("begins", "commences") half reach .55; so do few terms
of one field ("softmax", "sigmoid": .41), but some pairs of opposites: those are in opposites.txt."""


class _Slot(NamedTuple):
    """A stretch of the claim, [first, last), and the stretch of the quote in its place, [begin, end)."""

    first: int
    last: int
    begin: int
    end: int


def substitutions(claim: Parsed, quote: Parsed, matches: Sequence[Match | None], meaning: Meaning) -> Iterator[str]:
    """What the claim puts for something else in the quote, in plain words."""
    slots, agreeing = _laid_side_by_side(claim, quote)
    answered = _answered_places(matches, agreeing)
    copied = len(agreeing) >= _NEAR_COPY * len(claim.words)
    for slot in slots:
        yield from _numbers(claim, quote, slot)
        open_places = [p for p in range(slot.begin, slot.end) if p not in answered]
        left_out = [p for p in open_places if quote.words[p].kind not in _UNWEIGHTY]
        yield from _opposites(claim, quote, slot, open_places)
        if not 0 < len(left_out) <= _WEIGHTY:
            continue
        others = [quote.words[place] for place in left_out]
        unanswered = _unanswered(claim, matches, slot)
        for index in unanswered:
            if _is_alteration(claim, index, others, meaning, copied and len(unanswered) == 1):
                yield f"the quote has {others[0].text!r} where this has {claim.words[index].text!r}"


def _answered_places(matches: Sequence[Match | None], agreeing: dict[int, int]) -> set[int]:
    """The quote's words that the claim has too: in their place, or elsewhere where they are not in theirs."""
    moved = {p for index, match in enumerate(matches) if match and index not in agreeing for p in match.places}
    return moved | set(agreeing.values())


_UNWEIGHTY = frozenset(["function", "number"])


def _laid_side_by_side(claim: Parsed, quote: Parsed) -> tuple[list[_Slot], dict[int, int]]:
    """The slots between flanks on which both agree, and for the claim's words that agree in order their places."""
    matcher = SequenceMatcher(None, [w.stem for w in claim.words], [w.stem for w in quote.words], autojunk=False)
    blocks = matcher.get_opcodes()
    sizes = [last - first if tag == "equal" else 0 for tag, first, last, _, _ in blocks]
    slots = []
    for place, (tag, first, last, begin, end) in enumerate(blocks):
        if tag != "replace" or last - first > _LONGEST or end - begin > _LONGEST:
            continue
        before = sizes[place - 1] if place else None
        after = sizes[place + 1] if place + 1 < len(blocks) else None
        if before != 0 and after != 0 and (before or 0) + (after or 0) >= _FLANKS:
            slots.append(_Slot(first, last, begin, end))
    agreeing = {
        first + step: begin + step
        for tag, first, last, begin, _ in blocks
        if tag == "equal"
        for step in range(last - first)
    }
    return slots, agreeing


def _unanswered(claim: Parsed, matches: Sequence[Match | None], slot: _Slot) -> list[int]:
    """The weighty words of the claim's stretch that answer to none in the quote's; none where there are many."""
    weighty = [index for index in range(slot.first, slot.last) if claim.words[index].kind not in _UNWEIGHTY]
    if len(weighty) > _WEIGHTY:
        return []
    return [i for i in weighty if not ((match := matches[i]) and any(slot.begin <= p < slot.end for p in match.places))]


def _is_alteration(claim: Parsed, index: int, others: Sequence[Word], meaning: Meaning, copied: bool) -> bool:
    word = claim.words[index]
    terms = [quote_word for quote_word in others if _is_term(quote_word)]
    if _is_term(word) and terms:
        return meaning.nearness(word.lower, [quote_word.lower for quote_word in terms]) < _NEAR_TERMS
    if not copied or _acts(claim, index):
        return False
    return meaning.nearness(word.lower, [quote_word.lower for quote_word in others]) < _NEAR


def _is_term(word: Word) -> bool:
    """Whether a word names something: a name, or a noun that is not an everyday one."""
    return word.kind == "name" or not (lexicon.is_common(word.stem) or word.lower.endswith(_ACTING))


_ACTING = ("ing", "ed", "ly")
_BEFORE_NOUNS = frozenset("the a an of in on at by for from with its their his her this that these those and".split())


def _acts(claim: Parsed, index: int) -> bool:
    """Whether a word looks like a verb or an adverb: to reword those is no alteration."""
    word = claim.words[index]
    before = claim.words[index - 1].lower if index else ""
    if word.lower.endswith("ly"):
        return True
    if before in _BEFORE_NOUNS:
        return False
    return word.lower.endswith(_ACTING) or lexicon.is_irregular_verb(word.lower)


def _opposites(claim: Parsed, quote: Parsed, slot: _Slot, places: Sequence[int]) -> Iterator[str]:
    """Words standing where the quote has their opposite, though the quote has them elsewhere too."""
    for word in claim.words[slot.first : slot.last]:
        for quote_word in (quote.words[place] for place in places):
            if word.kind != "function" and lexicon.are_opposites(word.lower, quote_word.lower):
                yield f"the quote has {quote_word.text!r} where this has {word.text!r}"


def _numbers(claim: Parsed, quote: Parsed, slot: _Slot) -> Iterator[str]:
    """Numbers that the quote has elsewhere, standing where the quote has one that the claim leaves out."""
    mine = [n for n in claim.numbers if _within(claim, n.start, slot.first, slot.last)]
    theirs = [n for n in quote.numbers if _within(quote, n.start, slot.begin, slot.end)]
    for number in missing(mine, theirs):
        for quote_number in missing(theirs, claim.numbers)[:1]:
            if fold(number.text) != "one":
                yield f"the quote has {quote_number.text} where this has {number.text}"


def _within(parsed: Parsed, start: int, first: int, last: int) -> bool:
    return first < last and parsed.words[first].start <= start < parsed.words[last - 1].end
