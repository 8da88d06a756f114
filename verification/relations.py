"""Who does what to whom, and what comes before what: true words in a false relation.

There is no parser. A verb, a comparison or a word of time is a pivot; the words nearest to it on either side are its
arguments. Where sentence and quote share the pivot and their arguments have changed sides, one of them is turned
round, unless one says it in the passive ("by") or with the opposite word ("taller", "shorter").
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vademecum.language.stop_words import CLAIM_WORDS
from vademecum.verification import lexicon
from vademecum.verification.alignment import Match
from vademecum.verification.arguments import (
    has_pause_behind,
    has_pause_between,
    in_one_sentence,
    is_passive,
    is_verb,
    object_of,
    subject_of,
)
from vademecum.verification.words import Parsed

_PLACES = frozenset("from to into onto over under above below behind".split())
_SYMMETRIC = re.compile(
    r"(?:marr|meet|met$|differ|border|resembl|equal|match|combin|agree|fight|fought|talk|spoke|speak|shar|collaborat|"
    r"compet|neighbour|neighbor|adjoin|overlap|interact|play|correspond|relat|connect|join|link|face)"
)
_TIMES = frozenset(["before", "after"])
_COMPARATIVE = re.compile(r"(?:[a-z]{3,}er|more|less|fewer|worse|better|further)$")
_NO_COMPARATIVE = frozenset("other rather whether either never ever over under after number order".split())


class Sides(NamedTuple):
    """A stretch divided by a word of time or comparison: what it puts first (or higher), what second, and the word."""

    first: frozenset[int]
    second: frozenset[int]
    word: int


def relations(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> list[str]:
    """What the claim turns round, in plain words; empty where nothing."""
    pair = _Pair(claim, quote, matches)
    roles = [] if consistent_opposites(claim, quote, matches) else _turned_roles(pair)
    return list(dict.fromkeys([*roles, *_turned_places(pair), *_turned_order(pair)]))


def consistent_opposites(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> set[tuple[int, int]]:
    """Words of claim and quote that are opposites and yet agree, since their sides have changed too."""
    pair = _Pair(claim, quote, matches)
    return {
        (mine.word, theirs.word)
        for mine, theirs, opposed in pair.comparisons()
        if opposed and pair.crossed(mine, theirs) is True
    }


def other_subject(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> str | None:
    """Whom the quote names before a verb that it shares with the claim, where the claim names another; None if none."""
    pair = _Pair(claim, quote, matches)
    for index, place in pair.verbs():
        mine, theirs = subject_of(claim, index), subject_of(quote, place)
        if any(pair.answers(p) for p in theirs) or any(pair.places(i) for i in mine):
            continue
        names = [quote.words[p].text for p in theirs if quote.words[p].kind == "name"]
        if names and any(claim.words[i].kind == "name" for i in mine):
            return " ".join(names)
    return None


class _Pair(NamedTuple):
    claim: Parsed
    quote: Parsed
    matches: Sequence[Match | None]

    def places(self, index: int) -> tuple[int, ...]:
        match = self.matches[index]
        return match.places if match and self.claim.words[index].kind != "function" else ()

    def answers(self, place: int) -> list[int]:
        return [index for index in range(len(self.matches)) if place in self.places(index)]

    def verbs(self) -> Iterator[tuple[int, int]]:
        """Words that are verbs in claim or quote and stand but once in the quote, with their places there."""
        for index, match in enumerate(self.matches):
            word = self.claim.words[index]
            if not match or len(match.places) != 1 or word.kind != "content" or word.lower in CLAIM_WORDS:
                continue
            verbal = is_verb(word) or is_verb(self.quote.words[match.places[0]])
            if verbal and not _SYMMETRIC.match(word.lower):
                yield index, match.places[0]

    def comparisons(self) -> Iterator[tuple[Sides, Sides, bool]]:
        """Pairs of divided stretches about one thing, and whether their words are opposites."""
        for mine in _divided(self.claim):
            for theirs in _divided(self.quote):
                own, other = self.claim.words[mine.word].lower, self.quote.words[theirs.word].lower
                if own == other or theirs.word in self.places(mine.word):
                    yield mine, theirs, False
                elif lexicon.are_opposites(own, other) or {own, other} == _TIMES:
                    yield mine, theirs, True

    def crossed(self, mine: Sides, theirs: Sides) -> bool | None:
        """Whether what the claim puts first is second in the quote; None where that cannot be told."""
        same, cross = 0, [0, 0]
        first, second = theirs.first, theirs.second
        for index in mine.first | mine.second:
            places = set(self.places(index))
            in_first, in_second = bool(places & first), bool(places & second)
            if in_first == in_second or (index in mine.first and index in mine.second):
                continue
            if (index in mine.first) == in_first:
                same += 1
            else:
                cross[index in mine.first] += 1
        if same == sum(cross) or (sum(cross) > same and not all(cross)):
            return None
        return sum(cross) > same


def _turned_roles(pair: _Pair) -> Iterator[str]:
    for index, place in pair.verbs():
        word = pair.claim.words[index]
        mine, theirs = subject_of(pair.claim, index), subject_of(pair.quote, place)
        if not mine or not theirs:
            continue
        passive = is_passive(pair.claim, index), is_passive(pair.quote, place)
        turned = _changed_sides(pair, index, place, mine, theirs)
        if passive[0] != passive[1]:
            turned = _kept_sides(pair, index, place, (mine, theirs), claim_is_passive=passive[0])
        elif not turned:
            turned = _has_other_subject(pair, mine, theirs)
        if turned:
            subject = " ".join(pair.quote.words[p].text for p in theirs)
            yield f"the quote has {subject!r}, not {pair.claim.words[mine[-1]].text!r}, before {word.text!r}"


def _changed_sides(pair: _Pair, index: int, place: int, mine: list[int], theirs: list[int]) -> bool:
    """Whether the subject of each stands behind the verb in the other."""
    moved = [p for i in mine for p in pair.places(i)]
    if not moved or not all(p > place and in_one_sentence(pair.quote, place, p) for p in moved):
        return False
    back = [i for p in theirs for i in pair.answers(p)]
    return bool(back) and all(i > index for i in back)


def _has_other_subject(pair: _Pair, mine: list[int], theirs: list[int]) -> bool:
    """Whether the quote names someone else before the verb, though it has the claim's subject elsewhere."""
    if any(pair.answers(p) for p in theirs) or not all(pair.places(i) for i in mine):
        return False
    earlier = all(p < theirs[0] for i in mine for p in pair.places(i))
    return earlier and any(pair.quote.words[p].kind == "name" for p in theirs)


def _kept_sides(
    pair: _Pair, index: int, place: int, subjects: tuple[list[int], list[int]], *, claim_is_passive: bool
) -> bool:
    """Whether active and passive have one subject, though one of the two names another party."""
    mine, theirs = subjects
    if not all(set(pair.places(i)) & set(theirs) for i in mine):
        return False
    if theirs[-1] not in pair.places(mine[-1]):
        return False
    active, at = (pair.quote, place) if claim_is_passive else (pair.claim, index)
    return bool(object_of(active, at))


def _turned_places(pair: _Pair) -> Iterator[str]:
    """What comes "from B to A" where the quote has "from A to B"."""
    mine, theirs = _complements(pair.claim), _complements(pair.quote)
    shared = [word for word in mine if word in theirs]
    for first in shared:
        for second in shared:
            if first >= second:
                continue
            parts = (mine[first], mine[second], theirs[first], theirs[second])
            stems = [
                {parsed.words[i].stem for i in part}
                for parsed, part in zip((pair.claim, pair.claim, pair.quote, pair.quote), parts, strict=True)
            ]
            own = stems[0] - stems[1], stems[1] - stems[0]
            other = stems[2] - stems[3], stems[3] - stems[2]
            if own[0] and own[1] and own[0] & other[1] and own[1] & other[0]:
                yield f"what is {first!r} and what is {second!r} have changed places"


def _complements(parsed: Parsed) -> dict[str, list[int]]:
    runs: dict[str, list[int]] = {}
    for index, word in enumerate(parsed.words):
        if word.lower in _PLACES and not has_pause_behind(parsed, index) and (run := object_of(parsed, index)):
            runs.setdefault(word.lower, run)
    return runs


def _turned_order(pair: _Pair) -> Iterator[str]:
    for mine, theirs, opposed in pair.comparisons():
        crossed = pair.crossed(mine, theirs)
        if crossed is not None and crossed != opposed:
            word = pair.claim.words[mine.word].text
            if not opposed:
                yield f"what is before and what is behind {word!r} have changed places"
            elif {pair.claim.words[mine.word].lower, pair.quote.words[theirs.word].lower} == _TIMES:
                yield f"the quote says {pair.quote.words[theirs.word].text!r}, not {word!r}"


def _divided(parsed: Parsed) -> Iterator[Sides]:
    """What stands on either side of "before", "after" and of "than"."""
    for index, word in enumerate(parsed.words):
        if word.lower in _TIMES:
            yield _around(parsed, index, index)
        elif word.lower == "than" and (compared := _compared(parsed, index)) is not None:
            yield _around(parsed, compared, index)


def _compared(parsed: Parsed, than: int) -> int | None:
    for at in range(than - 1, max(-1, than - 4), -1):
        lower = parsed.words[at].lower
        if _COMPARATIVE.match(lower) and lower not in _NO_COMPARATIVE:
            return at
    return None


def _around(parsed: Parsed, word: int, divider: int) -> Sides:
    """The sides of a divider; one that begins its sentence divides what follows it, up to a comma, from the rest."""
    here = [i for i, other in enumerate(parsed.words) if i != word and other.kind != "function"]
    before = [i for i in here if i < word and not has_pause_between(parsed, i, word)]
    behind = [i for i in here if i > divider and not has_pause_between(parsed, divider, i)]
    if not before and behind:
        last = len(parsed.words)
        comma = next((i for i in range(divider, last - 1) if has_pause_behind(parsed, i)), last)
        before = [i for i in here if i > comma and not has_pause_between(parsed, comma + 1, i)]
    return Sides(frozenset(before), frozenset(behind), word)
