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
from vademecum.verification.words import Parsed, Word

_BE = frozenset("is are was were be been being am get gets got".split())
_DETERMINERS = frozenset("the a an this that these those its his her their our my your no some any each every".split())
_IN_RUNS = _DETERMINERS | {"of"}
_BETWEEN = _BE | frozenset(
    "has have had do does did will would shall should can could may might must not never also only just then often "
    "always usually already still now who which that later first".split()
)
"""Words between a subject and its verb."""

_PLACES = frozenset("from to into onto over under above below behind".split())
_SYMMETRIC = re.compile(
    r"(?:marr|meet|met$|differ|border|resembl|equal|match|combin|agree|fight|fought|talk|spoke|speak|shar|collaborat|"
    r"compet|neighbour|neighbor|adjoin|overlap|interact|play|correspond|relat|connect|join|link|face)"
)
_TIMES = frozenset(["before", "after"])
_PAUSE = re.compile(r"[.,;:()\[\]!?](?!\w)|\n|\s[—–-]\s")
_STOP = re.compile(r"[.!?;](?!\w)|\n")
_COMPARATIVE = re.compile(r"(?:[a-z]{3,}er|more|less|fewer|worse|better|further)$")
_NO_COMPARATIVE = frozenset("other rather whether either never ever over under after number order".split())
_REACH = 4


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


class _Pair(NamedTuple):
    claim: Parsed
    quote: Parsed
    matches: Sequence[Match | None]

    def places(self, index: int) -> tuple[int, ...]:
        match = self.matches[index]
        return match.places if match and self.claim.words[index].kind != "function" else ()

    def answers(self, place: int) -> list[int]:
        return [index for index in range(len(self.matches)) if place in self.places(index)]

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
    for index, match in enumerate(pair.matches):
        word = pair.claim.words[index]
        if not match or len(match.places) != 1 or word.kind != "content" or _SYMMETRIC.match(word.lower):
            continue
        place = match.places[0]
        if word.lower in CLAIM_WORDS or not (_is_verb(word) or _is_verb(pair.quote.words[place])):
            continue
        mine, theirs = _subject(pair.claim, index), _subject(pair.quote, place)
        if not mine or not theirs:
            continue
        passive = _is_passive(pair.claim, index), _is_passive(pair.quote, place)
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
    if not moved or not all(p > place and _together(pair.quote, place, p) for p in moved):
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
    return bool(_object(active, at))


def _is_verb(word: Word) -> bool:
    lower = word.lower
    return (lower.endswith(("ed", "s", "ing")) and not lower.endswith("ss")) or lexicon.is_irregular_verb(lower)


def _subject(parsed: Parsed, verb: int) -> list[int]:
    """The weighty words right before a verb, its auxiliaries left out; empty where the word looks like a noun."""
    words, at = parsed.words, verb - 1
    if at < 0 or (words[at].kind == "function" and words[at].lower not in _BETWEEN):
        return []
    while at >= 0 and words[at].lower in _BETWEEN and not _paused(parsed, at):
        at -= 1
    run: list[int] = []
    while at >= 0 and not _paused(parsed, at) and len(run) < _REACH:
        if words[at].kind != "function":
            run.append(at)
        elif words[at].lower not in _IN_RUNS or (words[at].lower != "of" and not _of_before(words, at)):
            break
        at -= 1
    return run[::-1]


def _of_before(words: Sequence[Word], at: int) -> bool:
    return at > 0 and words[at - 1].lower == "of"


def _object(parsed: Parsed, verb: int) -> list[int]:
    """The weighty words right behind a verb, with nothing but articles between."""
    at, run = verb + 1, []
    while at < len(parsed.words) and not _paused(parsed, at - 1) and len(run) < _REACH:
        word = parsed.words[at]
        if word.kind != "function":
            run.append(at)
        elif run or word.lower not in _DETERMINERS:
            break
        at += 1
    return run if all(not parsed.words[i].lower.endswith("ly") for i in run) else []


def _is_passive(parsed: Parsed, verb: int) -> bool:
    lower = parsed.words[verb].lower
    if not (lower.endswith(("ed", "en", "t", "d", "n")) or lexicon.is_irregular_verb(lower)):
        return False
    for at in range(verb - 1, max(-1, verb - 4), -1):
        word = parsed.words[at]
        if _paused(parsed, at) or (word.kind != "function" and not word.lower.endswith("ly")):
            return False
        if word.lower in _BE:
            return True
    return False


def _paused(parsed: Parsed, at: int) -> bool:
    """Whether there is a pause between the word and the next one."""
    if not 0 <= at < len(parsed.words) - 1:
        return False
    return bool(_PAUSE.search(parsed.text, parsed.words[at].end, parsed.words[at + 1].start))


def _together(parsed: Parsed, first: int, last: int) -> bool:
    """Whether two words stand in one sentence."""
    first, last = min(first, last), max(first, last)
    return not _STOP.search(parsed.text, parsed.words[first].end, parsed.words[last].start)


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
        if word.lower in _PLACES and not _paused(parsed, index) and (run := _object(parsed, index)):
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
    before = [i for i in here if i < word and not _pauses(parsed, i, word)]
    behind = [i for i in here if i > divider and not _pauses(parsed, divider, i)]
    if not before and behind:
        comma = next((i for i in range(divider, len(parsed.words) - 1) if _paused(parsed, i)), len(parsed.words))
        before = [i for i in here if i > comma and not _pauses(parsed, comma + 1, i)]
    return Sides(frozenset(before), frozenset(behind), word)


def _pauses(parsed: Parsed, first: int, last: int) -> bool:
    """Whether there is a pause between two words."""
    return bool(_PAUSE.search(parsed.text, parsed.words[first].end, parsed.words[last].start))
