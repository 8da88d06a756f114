"""Whether a sentence and its quote deny the same things.

A cue ("not", "never", "without") denies the words that follow it up to the next pause; its head is the first of them.
What the sentence denies the quote must deny, and what the quote denies the sentence must not affirm.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vademecum.verification import lexicon
from vademecum.verification.alignment import Match
from vademecum.verification.words import Parsed

CUES = frozenset(
    re.findall(r"\w+", "not never no none neither nor without nobody nothing nowhere hardly scarcely barely non")
)
"""Words that deny."""

_SOFT = frozenset(
    re.findall(
        r"\w+",
        "fail fails failed failing lack lacks lacked lacking unable impossible absent absence refuse refuses "
        "refused deny denies denied prevent prevents prevented avoid avoids avoided rarely seldom except unlike "
        "instead rather cease ceased stop stops stopped free false wrong exclude excludes excluded prohibit "
        "prohibited forbid forbidden ban banned useless independent independently irrespective regardless "
        "unaffected unchanged missing neglect neglected ignore ignores ignored reject rejects "
        "rejected insufficient otherwise remove removes removed removing eliminate eliminates eliminated abolish "
        "abolishes abolished lose loses lost dispense dispenses",
    )
)
"""Words that can say no in their own way: they answer for a cue, but do not call for one."""

_BOUNDARIES = frozenset(
    re.findall(r"\w+", "but because while whereas although though unless if when since so than which who and or")
)
_NEGATIVE = re.compile(r"(?:un|in|im|il|ir|non|dis)[a-z]{5,}$|[a-z]{3,}less$")
_NEARLY_NO = frozenset(["hardly", "scarcely", "barely"])
_LITTLE = frozenset(["little", "few", "small", "low", "minor", "minimal", "negligible", "slight", "slightly"])
_REACH = 8
_PAUSE = re.compile(r"[.,;:()\[\]!?—–]|\s-\s")


class Denial(NamedTuple):
    """A cue, and the indices of the words that it denies, its head first."""

    cue: int
    scope: tuple[int, ...]


def denials(parsed: Parsed) -> list[Denial]:
    """The denials of a stretch of text."""
    candidates = [_denial(parsed, index) for index, word in enumerate(parsed.words) if word.lower in CUES]
    return [denial for denial in candidates if denial]


def _denial(parsed: Parsed, cue: int) -> Denial | None:
    words = parsed.words
    following = words[cue + 1].lower if cue + 1 < len(words) else ""
    gap = parsed.text[words[cue].end : words[cue + 1].start] if following else ""
    if words[cue].lower == "not" and following in {"only", "just", "merely", "simply", "necessarily"}:
        return None
    if words[cue].lower == "no" and ("." in gap or (following.isdigit() and words[cue].text[0] == "N")):
        return None
    scope: list[int] = []
    for index in range(cue + 1, min(len(words), cue + 1 + (1 if words[cue].lower == "non" else _REACH))):
        if _PAUSE.search(parsed.text, words[index - 1].end, words[index].start) and scope:
            break
        if words[index].lower in _BOUNDARIES and scope:
            break
        if words[index].kind != "function":
            scope.append(index)
    if not scope:
        scope = [index for index in range(max(0, cue - 4), cue) if words[index].kind != "function"][-1:]
    return Denial(cue, tuple(scope))


class _Sides(NamedTuple):
    """Claim and quote with their denials; `pairs` gives for each of the claim's denials the quote's that answers it."""

    claim: Parsed
    quote: Parsed
    matches: Sequence[Match | None]
    mine: list[Denial]
    theirs: list[Denial]

    def places(self, index: int) -> tuple[int, ...]:
        """The quote's words that a word of the claim answers to."""
        match = self.matches[index]
        return match.places if match else ()

    def says_no_softly(self, places: range) -> bool:
        """Whether the quote has, among these words, a denial in other words which the claim leaves out."""
        answered = {place for match in self.matches if match for place in match.places}
        return any(
            _is_soft(word.lower)
            for place, word in enumerate(self.quote.words)
            if place in places and place not in answered
        )

    def claims_no_softly(self, indices: range) -> bool:
        """Whether the claim has, among these words, a denial in other words which the quote has not."""
        return any(
            match.likeness == "negated" if match and match.likeness != "synonym" else _is_soft(word.lower)
            for index, (word, match) in enumerate(zip(self.claim.words, self.matches, strict=True))
            if index in indices
        )


def _is_soft(lower: str) -> bool:
    return lower in _SOFT or bool(_NEGATIVE.match(lower))


def disagreements(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> list[str]:
    """What one side denies and the other does not, in plain words; empty where they agree."""
    sides = _Sides(claim, quote, matches, denials(claim), denials(quote))
    answers = _paired(sides)
    reasons = [
        f"the quote does not say {claim.words[denial.cue].text!r} here"
        for denial in sides.mine
        if denial not in answers and not _answered_otherwise(denial, sides)
    ]
    for denial in sides.theirs:
        if denial not in answers.values() and (affirmed := _affirmed(denial, sides)):
            reasons.append(f"the quote says {quote.words[denial.cue].text!r} of {affirmed!r}")
    return [*reasons, *_turned(sides)]


def _paired(sides: _Sides) -> dict[Denial, Denial]:
    """For the claim's denials those of the quote that deny the same; each serves once, but for "neither ... nor"."""
    answers: dict[Denial, Denial] = {}
    for is_answer in (_is_same_cue, _denies_head, _denies_same_subject, _denies_any):
        for mine in sides.mine:
            for theirs in sides.theirs:
                again = sides.claim.words[mine.cue].lower in {"nor", "neither"}
                if mine in answers or (theirs in answers.values() and not again):
                    continue
                if is_answer(mine, theirs, sides):
                    answers[mine] = theirs
    return answers


def _is_same_cue(mine: Denial, theirs: Denial, sides: _Sides) -> bool:
    """Whether both are one word in one company."""
    return theirs.cue in sides.places(mine.cue) and _denies_head(mine, theirs, sides)


def _denies_head(mine: Denial, theirs: Denial, sides: _Sides) -> bool:
    return bool(mine.scope) and bool(set(sides.places(mine.scope[0])) & set(theirs.scope))


def _denies_same_subject(mine: Denial, theirs: Denial, sides: _Sides) -> bool:
    """Whether both cues follow the same word ("the future does not exist", "the future is not there")."""
    claim_subject, quote_subject = _subject(sides.claim, mine.cue), _subject(sides.quote, theirs.cue)
    return claim_subject is not None and quote_subject in sides.places(claim_subject) and not _is_inserted(mine, sides)


def _subject(parsed: Parsed, cue: int) -> int | None:
    """The last weighty word before a cue, where it is near."""
    return next((i for i in range(cue - 1, max(-1, cue - 4), -1) if parsed.words[i].kind != "function"), None)


def _denies_any(mine: Denial, theirs: Denial, sides: _Sides) -> bool:
    """Whether the quote denies a word that the claim denies, or the claim's first denied word is not the quote's."""
    if mine.scope and not sides.places(mine.scope[0]) and not _is_inserted(mine, sides):
        return True
    return any(set(sides.places(index)) & set(theirs.scope) for index in mine.scope) and not _is_inserted(mine, sides)


def _answered_otherwise(denial: Denial, sides: _Sides) -> bool:
    """Whether the quote says in other words what the claim's `denial` denies."""
    if sides.claim.words[denial.cue].lower in _NEARLY_NO and any(w.lower in _LITTLE for w in sides.quote.words):
        return True
    if _is_inserted(denial, sides) or _is_doubled(sides.claim, denial):
        return False
    everywhere = range(len(sides.quote.words))
    if sides.claim.words[denial.cue].lower == "without" and any(w.lower == "otherwise" for w in sides.quote.words):
        return True
    if sides.claim.words[denial.cue].lower in {"no", "nothing", "none"} and any(
        n.readings == {0.0} for n in sides.quote.numbers
    ):
        return True
    head = sides.matches[denial.scope[0]] if denial.scope else None
    if head is None:
        return sides.says_no_softly(everywhere)
    if head.likeness == "negated" or _opposed(sides, denial.scope[0], head):
        return True
    return any(sides.says_no_softly(range(place - 5, place + 4)) for place in head.places)


def _is_doubled(parsed: Parsed, denial: Denial) -> bool:
    """Whether the word after the cue is another ("not without", "not never")."""
    following = denial.cue + 1
    return following < len(parsed.words) and parsed.words[following].lower in CUES


def _is_inserted(denial: Denial, sides: _Sides) -> bool:
    """Whether the claim only adds the cue to words that the quote has side by side, without any word of denial."""
    cue = denial.cue
    if not 0 < cue < len(sides.claim.words) - 1:
        return False
    for before in sides.places(cue - 1):
        for after in sides.places(cue + 1):
            between = [sides.quote.words[place].lower for place in range(before + 1, after)]
            if 0 < after - before <= 2 and not any(word in CUES or word in _SOFT for word in between):
                return True
    return False


def _opposed(sides: _Sides, index: int, match: Match) -> bool:
    lower = sides.claim.words[index].lower
    return any(lexicon.are_opposites(lower, sides.quote.words[place].lower) for place in match.places)


def _affirmed(denial: Denial, sides: _Sides) -> str | None:
    """The claim's word that affirms what the quote's `denial` denies; None where there is none."""
    denied_here = {index for own_denial in sides.mine for index in own_denial.scope}
    if denial.scope and any(
        lexicon.are_opposites(word.lower, sides.quote.words[denial.scope[0]].lower) and not sides.places(index)
        for index, word in enumerate(sides.claim.words)
    ):
        return None
    for place in denial.scope:
        answering = [
            index
            for index, word in enumerate(sides.claim.words)
            if place in sides.places(index) and word.kind != "function"
        ]
        if not answering:
            continue
        if any(index in denied_here or sides.claims_no_softly(range(index - 5, index + 4)) for index in answering):
            return None
        return sides.claim.words[answering[0]].text
    return None


def _turned(sides: _Sides) -> Iterator[str]:
    """Words with a prefix of denial on one side only ("possible", "impossible"), with nothing to make up for it."""
    denied_here = {index for denial in sides.mine for index in denial.scope}
    denied_there = {place for denial in sides.theirs for place in denial.scope}
    for index, match in enumerate(sides.matches):
        if not match or match.likeness != "negated" or index in denied_here or denied_there.intersection(match.places):
            continue
        if not any(sides.says_no_softly(range(place - 5, place + 4)) for place in match.places):
            yield f"the quote says {sides.quote.words[match.places[0]].text!r}, not {sides.claim.words[index].text!r}"
