"""The words around a verb, found without a parser: its subject, its object, whether it is in the passive."""

import re
from collections.abc import Sequence

from vademecum.verification import lexicon
from vademecum.verification.words import Parsed, Word

_BE = frozenset("is are was were be been being am get gets got".split())
_DETERMINERS = frozenset("the a an this that these those its his her their our my your no some any each every".split())
_IN_RUNS = _DETERMINERS | {"of"}
_BETWEEN = _BE | frozenset(
    "has have had do does did will would shall should can could may might must not never also only just then often "
    "always usually already still now who which that later first".split()
)
"""Words between a subject and its verb."""

_PAUSE = re.compile(r"[.,;:()\[\]!?](?!\w)|\n|\s[—–-]\s")
_STOP = re.compile(r"[.!?;](?!\w)|\n")
_REACH = 4


def is_verb(word: Word) -> bool:
    """Whether a word has the form of a verb; many nouns have it too."""
    lower = word.lower
    return (lower.endswith(("ed", "s", "ing")) and not lower.endswith("ss")) or lexicon.is_irregular_verb(lower)


def subject_of(parsed: Parsed, verb: int) -> list[int]:
    """The weighty words right before a verb, its auxiliaries left out; empty where the word looks like a noun."""
    words, at = parsed.words, verb - 1
    if at < 0 or (words[at].kind == "function" and words[at].lower not in _BETWEEN):
        return []
    while at >= 0 and words[at].lower in _BETWEEN and not has_pause_behind(parsed, at):
        at -= 1
    run: list[int] = []
    while at >= 0 and not has_pause_behind(parsed, at) and len(run) < _REACH:
        if words[at].kind != "function":
            run.append(at)
        elif words[at].lower not in _IN_RUNS or (words[at].lower != "of" and not _of_before(words, at)):
            break
        at -= 1
    return run[::-1]


def _of_before(words: Sequence[Word], at: int) -> bool:
    return at > 0 and words[at - 1].lower == "of"


def object_of(parsed: Parsed, verb: int) -> list[int]:
    """The weighty words right behind a verb, with nothing but articles between."""
    at, run = verb + 1, []
    while at < len(parsed.words) and not has_pause_behind(parsed, at - 1) and len(run) < _REACH:
        word = parsed.words[at]
        if word.kind != "function":
            run.append(at)
        elif run or word.lower not in _DETERMINERS:
            break
        at += 1
    return run if all(not parsed.words[i].lower.endswith("ly") for i in run) else []


def is_passive(parsed: Parsed, verb: int) -> bool:
    """Whether a verb is in the passive: a participle behind a form of "be"."""
    lower = parsed.words[verb].lower
    if not (lower.endswith(("ed", "en", "t", "d", "n")) or lexicon.is_irregular_verb(lower)):
        return False
    for at in range(verb - 1, max(-1, verb - 4), -1):
        word = parsed.words[at]
        if has_pause_behind(parsed, at) or (word.kind != "function" and not word.lower.endswith("ly")):
            return False
        if word.lower in _BE:
            return True
    return False


def has_pause_behind(parsed: Parsed, at: int) -> bool:
    """Whether there is a pause between the word and the next one."""
    if not 0 <= at < len(parsed.words) - 1:
        return False
    return bool(_PAUSE.search(parsed.text, parsed.words[at].end, parsed.words[at + 1].start))


def in_one_sentence(parsed: Parsed, first: int, last: int) -> bool:
    """Whether two words stand in one sentence."""
    first, last = min(first, last), max(first, last)
    return not _STOP.search(parsed.text, parsed.words[first].end, parsed.words[last].start)


def has_pause_between(parsed: Parsed, first: int, last: int) -> bool:
    """Whether there is a pause between two words."""
    return bool(_PAUSE.search(parsed.text, parsed.words[first].end, parsed.words[last].start))
