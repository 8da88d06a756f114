"""Whom and what a question is about, and whether a sentence with all that gives it its meaning is about the same.

A name or number of the question counts like a number of a claim: where it stands nowhere near a sentence, the sentence
speaks of somebody else. What is a name is known by its capital in the question, or in the documents, since people type
"rosa klein phone".
"""

import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from vademecum.language.dates import MONTH, MONTHS, full_dates, month_number
from vademecum.language.expected_answer import split_topic
from vademecum.language.questions import points_back
from vademecum.language.stop_words import FUNCTION_WORDS, NO_NAME, WORDS_OF_ASKING
from vademecum.retrieval.terms import terms, variants

Word = tuple[str, ...]
"""A word of the question, as its stems in the languages of the passages."""

_TOKEN = re.compile(r"[^\W_]+(?:['’.:/-][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")
_MONTH_OF = re.compile(
    rf"\b(?P<y>\d{{4}})-(?P<m>\d{{2}})\b|\b(?P<name>{MONTH})\.?,? (?P<year>\d{{4}})\b", re.IGNORECASE
)
_SHORT_MONTH = re.compile(rf"\b({MONTH})\b")
_ASKING = FUNCTION_WORDS | WORDS_OF_ASKING | NO_NAME
_CLOSE = 0.8
"""Share of equal characters (difflib) from which an unknown word is taken for a misspelling."""


class Subject(NamedTuple):
    """The question's words of weight; those of them that are names or numbers, and that an earlier question lent it."""

    words: tuple[Word, ...]
    names: frozenset[Word]
    topic: frozenset[Word] = frozenset()


def subject_of(question: str, cues: frozenset[str], languages: Sequence[str], texts: Iterable[str]) -> Subject:
    """What `question` is about, without the words `cues`; `texts` are the passages found, which tell names and mend
    misspellings.
    """
    capital, small = _forms(texts)
    own, topic = split_topic(question)
    topic_names = points_back(own)
    tokens = [_POSSESSIVE.sub("", match.group()) for match in _TOKEN.finditer(f"{own} {topic}")]
    brought = len(_TOKEN.findall(own))
    shouted = not any(token[:1].islower() for token in tokens[1:] if len(token) > 3)
    words: dict[Word, bool] = {}
    lent: set[Word] = set()
    for place, token in enumerate(tokens):
        lower = token.lower()
        if lower in cues or (lower in _ASKING and not (lower == "may" and place)):
            continue
        in_documents = lower in capital and lower not in small
        stands_out = token[:1].isupper() and not shouted and (place > 0 or in_documents)
        is_name = stands_out or in_documents or any(letter.isdigit() for letter in token)
        is_name = is_name and (place < brought or topic_names)
        for stems in _stems(_mended(lower, capital, small), languages):
            words[stems] = words.get(stems, False) or is_name
            if place >= brought:
                lent.add(stems)
    return Subject(tuple(words), frozenset(word for word, is_name in words.items() if is_name), frozenset(lent))


def _forms(texts: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
    """The words of `texts` that are written with a capital inside a sentence, and those in small letters."""
    capital: set[str] = set()
    small: set[str] = set()
    for text in texts:
        for match in _TOKEN.finditer(text):
            word = _POSSESSIVE.sub("", match.group())
            (capital if word[:1].isupper() else small).add(word.lower())
    return frozenset(capital), frozenset(small)


def _mended(word: str, capital: frozenset[str], small: frozenset[str]) -> str:
    """The word, or the one of the documents that it is a misspelling of."""
    if len(word) < 5 or word in capital or word in small or not word.isalpha():
        return word
    there = [other for other in capital | small if other[:1] == word[:1] and abs(len(other) - len(word)) <= 2]
    if any(other.startswith(word[:-1]) or word.startswith(other) for other in there if len(other) > 3):
        return word
    return next(iter(get_close_matches(word, there, 1, _CLOSE)), word)


def _stems(token: str, languages: Sequence[str]) -> list[Word]:
    """The stems of a token; those of a date are its day, month and year."""
    if dates := full_dates(token):
        day = dates[0]
        return [(str(day.year),), tuple(terms(MONTHS[day.month - 1])), (str(day.day),)]
    if re.fullmatch(r"\d{1,2}\.\d{1,2}\.\d{4}", token):
        day, month, year = token.split(".")
        return [(year,), tuple(terms(MONTHS[(int(month) - 1) % 12])), (str(int(day)),)]
    return variants(token, languages)


def stems_of(text: str, languages: Sequence[str]) -> frozenset[str]:
    """The stems of a text's words; dates in figures have those of their month's name too."""
    stems = {stem for word in variants(text, languages) for stem in word}
    for date in full_dates(text):
        stems |= {*terms(MONTHS[date.month - 1]), str(date.year), str(date.day)}
    for match in _MONTH_OF.finditer(text):
        number = int(match["m"]) if match["m"] else month_number(match["name"])
        if 1 <= number <= 12:
            stems |= {*terms(MONTHS[number - 1]), match["y"] or match["year"]}
    for match in _SHORT_MONTH.finditer(text):
        stems |= set(terms(MONTHS[month_number(match.group()) - 1]))
    return frozenset(stems)


def is_there(word: Word, stems: frozenset[str]) -> bool:
    """Whether a word of the question is among the stems of a text."""
    return not stems.isdisjoint(word)


def names_in(text: str) -> frozenset[str]:
    """Words of `text` with a capital that are no words of every sentence, in small letters."""
    return frozenset(
        word.lower()
        for word in (_POSSESSIVE.sub("", match.group()) for match in _TOKEN.finditer(text))
        if word[:1].isupper() and len(word) > 1 and word.lower() not in _ASKING
    )
