"""Ways in which a sentence made of the quote's own words can still say something else.

Opposites (increase for decrease), an added "only", names or numbers that changed places with one another, and a name or
number of the quote that stands where the quote has another.
"""

import re
from collections.abc import Iterator, Sequence

from vademecum.verification import lexicon
from vademecum.verification.alignment import Match
from vademecum.verification.negation import denials
from vademecum.verification.relations import consistent_opposites, relations
from vademecum.verification.values import mixed_values
from vademecum.verification.words import Parsed, Word

_ONLY = frozenset(["only", "solely", "exclusively", "sole"])
_ANSWERS_ONLY = _ONLY | frozenset(
    re.findall(r"\w+", "alone just merely unique single nothing purely simply except but limited restricted")
)
_PARTIAL = frozenset(["partly", "partially", "partial", "part", "some"])
_SYMMETRIC = frozenset(re.findall(r"\w+", "and or with both between versus vs nor as"))
_SKIPPED = frozenset(["the", "a", "an", "of"])
_SLOT = 3
_PAUSE = re.compile(r"[.,;:()\[\]!?—–]")


def contradictions(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> list[str]:
    """What the claim turns round, in plain words; empty where nothing."""
    return [
        *_opposites(claim, quote, matches),
        *_added_only(claim, quote),
        *_added_not_only(claim, quote),
        *_swapped(claim, quote, matches),
        *_displaced(claim, quote, matches),
        *relations(claim, quote, matches),
        *mixed_values(claim, quote, matches),
    ]


def _opposites(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> Iterator[str]:
    answered = {place for match in matches if match and match.likeness == "same" for place in match.places}
    denied_here = {index for denial in denials(claim) for index in denial.scope}
    denied_there = {place for denial in denials(quote) for place in denial.scope}
    turned = consistent_opposites(claim, quote, matches)
    for index, word in enumerate(claim.words):
        match = matches[index]
        if match and match.likeness not in {"near", "root"}:
            continue
        for place, quote_word in enumerate(quote.words):
            if place in answered or not lexicon.are_opposites(word.lower, quote_word.lower):
                continue
            if (index in denied_here) != (place in denied_there) or (index, place) in turned:
                continue
            if word.kind != "function" or _same_company(claim, matches, index, place):
                yield f"the quote says {quote_word.text!r}, not {word.text!r}"


def _same_company(claim: Parsed, matches: Sequence[Match | None], index: int, place: int) -> bool:
    """Whether the next weighty words after both answer to each other."""
    after = next((i for i in range(index + 1, len(claim.words)) if claim.words[i].kind != "function"), None)
    if after is None or not (match := matches[after]):
        return False
    return any(place < quote_place <= place + _SLOT + 1 for quote_place in match.places)


def _added_only(claim: Parsed, quote: Parsed) -> Iterator[str]:
    quote_words = {word.lower for place, word in enumerate(quote.words) if not _not_before(quote, place)}
    for index, word in enumerate(claim.words):
        if word.lower not in _ONLY or _not_before(claim, index):
            continue
        after = {word.lower for word in claim.words[index + 1 : index + 3]}
        if not quote_words & _ANSWERS_ONLY and not (
            quote_words & _PARTIAL and after & {"in", "part", "partly", "partially"}
        ):
            yield f"the quote does not say {word.text!r}"


def _added_not_only(claim: Parsed, quote: Parsed) -> Iterator[str]:
    """Where the quote says "only" and the claim "not only"."""
    theirs = [_not_before(quote, place) for place, word in enumerate(quote.words) if word.lower == "only"]
    for index, word in enumerate(claim.words):
        if word.lower == "only" and _not_before(claim, index) and theirs and not any(theirs):
            yield "the quote says 'only', not 'not only'"


def _not_before(claim: Parsed, index: int) -> bool:
    return index > 0 and claim.words[index - 1].lower == "not"


def _is_entity(word: Word) -> bool:
    return word.kind in {"name", "number"}


def _entity_beside(parsed: Parsed, start: int, step: int) -> int | None:
    """The index of the first name or number within reach of a word, to one side, before any pause."""
    index = start + step
    while 0 <= index < len(parsed.words) and abs(index - start) <= _SLOT:
        before, after = sorted((index, index - step))
        if _PAUSE.search(parsed.text, parsed.words[before].end, parsed.words[after].start):
            return None
        if _is_entity(parsed.words[index]):
            return index
        index += step
    return None


def _swapped(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> Iterator[str]:
    for index, match in enumerate(matches):
        word = claim.words[index]
        if not match or len(match.places) != 1 or _is_entity(word) or word.lower in _SYMMETRIC:
            continue
        entity_before, entity_after = _entity_beside(claim, index, -1), _entity_beside(claim, index, 1)
        quote_before = _entity_beside(quote, match.places[0], -1)
        quote_after = _entity_beside(quote, match.places[0], 1)
        if entity_before is None or entity_after is None or quote_before is None or quote_after is None:
            continue
        if claim.words[entity_before].kind != claim.words[entity_after].kind:
            continue
        if not (_answers(matches, entity_before, quote_after) and _answers(matches, entity_after, quote_before)):
            continue
        if _answers(matches, entity_before, quote_before) or _answers(matches, entity_after, quote_after):
            continue
        if _by_between(claim, index, entity_after) == _by_between(quote, match.places[0], quote_after):
            yield f"{claim.words[entity_before].text} and {claim.words[entity_after].text} have changed places"


def _answers(matches: Sequence[Match | None], index: int, place: int) -> bool:
    match = matches[index]
    return bool(match and place in match.places)


def _by_between(parsed: Parsed, first: int, second: int) -> bool:
    return any(word.lower == "by" for word in parsed.words[first : second + 1])


def _displaced(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> Iterator[str]:
    """A name or number of the quote, standing in the claim where the quote has one that the claim leaves out."""
    answered = {place for match in matches if match for place in match.places}
    for index, word in enumerate(claim.words):
        match = matches[index]
        if not _is_entity(word) or not match or match.likeness not in {"same", "people"}:
            continue
        for step in (-1, 1):
            anchor = _anchor(claim, matches, index, step)
            if anchor is None:
                continue
            quote_place = _entity_beside(quote, anchor, -step)
            if quote_place is None or quote_place in answered or quote.words[quote_place].kind != word.kind:
                continue
            if all(abs(place - anchor) > 2 * _SLOT for place in match.places):
                yield f"the quote has {quote.words[quote_place].text!r} where this has {word.text!r}"


def _anchor(claim: Parsed, matches: Sequence[Match | None], index: int, step: int) -> int | None:
    """The quote's place of the nearest plain word beside an entity, where that is unmistakable."""
    beside = index + step
    while 0 <= beside < len(claim.words) and claim.words[beside].lower in _SKIPPED:
        beside += step
    if not 0 <= beside < len(claim.words) or _is_entity(claim.words[beside]):
        return None
    match = matches[beside]
    return match.places[0] if match and len(match.places) == 1 else None
