"""Another's value: the sentence gives one thing what its quote says of another ("Anna paid 50 euros and Ben paid 70").

The quote is cut into clauses. In each, words have a role: those it begins with, those behind a preposition ("in",
"at"), and the others. Where the sentence takes one role from one clause and another role from a second, and each
clause has for the other role a word that the sentence leaves out, two statements have been mixed.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from vademecum.verification import lexicon
from vademecum.verification.alignment import Match
from vademecum.verification.words import Parsed, Word

_JOINS = frozenset("and but while whereas".split())
_PREPOSITIONS = frozenset("in at on by for from to with into under over of until since as".split())
_RUN_GOES_ON = frozenset("the a an his her its their our my your of".split())
_PAUSE = re.compile(r"[.,;:!?()\[\]](?!\w)|\n|\s[—–-]\s|—")
_END = re.compile(r"[.!?](?!\w)|\n")
_GAPPED = 3
"""Weighty words of a clause that leaves its verb to the one before it ("the cellar with cork")."""

_VERBAL = ("ed", "ing")

_FIRST, _REST = "first", "rest"


class _Clause(NamedTuple):
    """Places of the weighty words of a clause by their role, and the number of the sentence it is in."""

    roles: dict[str, list[int]]
    sentence: int


def mixed_values(claim: Parsed, quote: Parsed, matches: Sequence[Match | None]) -> list[str]:
    """What the claim says of one thing and the quote of another, in plain words; empty where nothing."""
    clauses = _clauses(quote)
    if len(clauses) < 2:
        return []
    places = {p for match, word in zip(matches, claim.words, strict=True) if match for p in _weighty(match, word)}
    reasons = [
        reason
        for one in clauses
        for other in clauses
        if one is not other
        for reason in _mixed(one, other, quote, places)
    ]
    return list(dict.fromkeys(reasons))[:1]


def _weighty(match: Match, word: Word) -> tuple[int, ...]:
    return match.places if word.kind != "function" else ()


def _mixed(one: _Clause, other: _Clause, quote: Parsed, places: set[int]) -> Iterator[str]:
    """Where the claim has `one`'s first role and `other`'s second, and neither's counterpart."""
    for first, second in _role_pairs(one, other):
        subject, value = _answered(one.roles[first], places), _answered(other.roles[second], places)
        if not subject or not value or _shares_stems(one, other, quote, (subject, value)):
            continue
        own_value, own_subject = (
            [p for p in one.roles[second] if p not in places],
            [p for p in other.roles[first] if p not in places],
        )
        if any(p in places and not _is_verbal(quote.words[p]) for p in _besides(other, second)):
            continue
        gapped = second != _REST and sum(map(len, other.roles.values())) <= _GAPPED
        pair = _counterparts(quote, (subject, own_subject), (own_value, value), one.sentence != other.sentence, gapped)
        if pair:
            yield f"the quote says {quote.words[value[0]].text!r} of {quote.words[pair[0]].text!r}"


def _besides(clause: _Clause, role: str) -> list[int]:
    return [p for other, group in clause.roles.items() if other != role for p in group]


def _role_pairs(one: _Clause, other: _Clause) -> list[tuple[str, str]]:
    shared = [role for role in one.roles if role in other.roles]
    return [(a, b) for a in shared for b in shared if a != b]


def _answered(role: Sequence[int], places: set[int]) -> list[int]:
    return [p for p in role if p in places]


def _shares_stems(one: _Clause, other: _Clause, quote: Parsed, answered: tuple[list[int], list[int]]) -> bool:
    """Whether the answered words stand in the other clause too, so that either may be meant."""
    subject, value = answered
    ones = {quote.words[p].stem for role in one.roles.values() for p in role}
    others = {quote.words[p].stem for role in other.roles.values() for p in role}
    return all(quote.words[p].stem in others for p in subject) or all(quote.words[p].stem in ones for p in value)


def _counterparts(
    quote: Parsed, subjects: tuple[list[int], list[int]], values: tuple[list[int], list[int]], apart: bool, gapped: bool
) -> tuple[int, int] | None:
    """A left-out subject and a left-out value of the same kind as those that the claim has."""
    words = quote.words

    def weighty(place: int) -> bool:
        return gapped or words[place].kind != "content"

    if not subjects[1] or not values[0] or any(_is_verbal(words[p]) for p in subjects[1][:1]):
        return None
    for subject in subjects[1]:
        for value in values[0]:
            kinds = any(_alike(words[subject], words[p], strict=apart) for p in subjects[0])
            if kinds and any(_alike(words[value], words[p], strict=not gapped) for p in values[1] if weighty(p)):
                return subject, value
    return None


def _alike(one: Word, other: Word, *, strict: bool) -> bool:
    if strict and one.kind == "content" == other.kind:
        return not (_is_verbal(one) or _is_verbal(other))
    return one.kind == other.kind or (not strict and "number" not in (one.kind, other.kind))


def _is_verbal(word: Word) -> bool:
    return word.kind == "content" and (word.lower.endswith(_VERBAL) or lexicon.is_irregular_verb(word.lower))


def _clauses(quote: Parsed) -> list[_Clause]:
    groups: list[tuple[list[int], int]] = [([], 0)]
    for index, word in enumerate(quote.words):
        gap = quote.words[index - 1].end if index else word.start
        ends = bool(_END.search(quote.text, gap, word.start))
        if word.lower in _JOINS or _PAUSE.search(quote.text, gap, word.start):
            groups.append(([], groups[-1][1] + ends))
        groups[-1][0].append(index)
    clauses = [_Clause(_roles(quote, group), sentence) for group, sentence in groups]
    return [clause for clause in clauses if len(clause.roles) > 1]


def _roles(quote: Parsed, group: Sequence[int]) -> dict[str, list[int]]:
    roles: defaultdict[str, list[int]] = defaultdict(list)
    role, begun = _FIRST, False
    for index in group:
        word = quote.words[index]
        if word.lower in _PREPOSITIONS and word.lower != "of":
            role = word.lower
        elif word.kind != "function":
            if role == _FIRST and begun and word.kind == "number" and index - group[0] > 1:
                role = _REST
            roles[role].append(index)
            begun = True
        elif role == _FIRST and begun and (word.lower not in _RUN_GOES_ON or word.lower != "of"):
            role = _REST
    return dict(roles)
