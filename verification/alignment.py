"""Which words of a quote each word of a sentence answers to: the same, a relative, a synonym, or near in meaning."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from vademecum.language.stems import stem
from vademecum.verification import lexicon
from vademecum.verification.words import Parsed, Word

Likeness = Literal["same", "root", "people", "acronym", "synonym", "negated", "near"]
_NEIGHBOURS = 4
_NEGATIVE_PREFIX = re.compile(r"^(?:un|in|im|il|ir|non|dis|de|mis)(?=[a-z]{4})")


class Match(NamedTuple):
    """What a word answers to: `places` are indices of the quote's words, those in the likeliest context."""

    likeness: Likeness
    places: tuple[int, ...]


def align(claim: Parsed, quote: Parsed) -> list[Match | None]:
    """For each word of the claim the words of the quote that it answers to by form or lexicon; None where none."""
    index = _Index(quote)
    matches = [index.find(word) for word in claim.words]
    _match_compounds(claim, quote, matches)
    _match_acronyms(claim, quote, matches)
    return in_context(matches)


class _Index:
    def __init__(self, quote: Parsed) -> None:
        self.words = quote.words
        self.stems = _places(word.stem for word in quote.words)
        self.roots = _places(word.root for word in quote.words)
        self.content = [(place, word) for place, word in enumerate(quote.words) if word.kind != "number"]

    def find(self, word: Word) -> Match | None:
        if word.kind == "name" and len(word.lower) == 1:
            places = tuple(place for place, quote_word in enumerate(self.words) if quote_word.text == word.text)
            return Match("same", places) if places else None
        same = self.stems.get(word.stem, ())
        if word.kind == "number":
            return Match("same", same) if same else None
        people = tuple(place for place, quote_word in self.content if lexicon.same_people(word.lower, quote_word.lower))
        if same:
            return Match("same", tuple(sorted({*same, *people})))
        if people:
            return Match("people", people)
        if word.root in self.roots and word.kind != "function":
            return Match("root", self.roots[word.root])
        return None if word.kind == "name" else self._related(word)

    def _related(self, word: Word) -> Match | None:
        if alike := tuple(
            place for place, quote_word in self.content if lexicon.are_synonyms(word.stem, quote_word.stem)
        ):
            return Match("synonym", alike)
        bare = _NEGATIVE_PREFIX.sub("", word.lower)
        negated = tuple(
            place
            for place, quote_word in self.content
            if (bare != word.lower and quote_word.lower == bare)
            or _NEGATIVE_PREFIX.sub("", quote_word.lower) == word.lower
        )
        return Match("negated", negated) if negated else None


def _places(keys: Iterable[str]) -> dict[str, tuple[int, ...]]:
    places_by_key: defaultdict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(keys):
        places_by_key[key].append(place)
    return {key: tuple(places) for key, places in places_by_key.items()}


def _match_compounds(claim: Parsed, quote: Parsed, matches: list[Match | None]) -> None:
    """Words written together on one side and apart on the other ("feedforward", "feed-forward")."""
    pairs = {stem(first.lower + second.lower): place for place, (first, second) in enumerate(pairwise(quote.words))}
    single = {word.stem: place for place, word in enumerate(quote.words)}
    for index, word in enumerate(claim.words):
        if matches[index] is None and word.stem in pairs:
            matches[index] = Match("same", (pairs[word.stem], pairs[word.stem] + 1))
    for index, (first, second) in enumerate(pairwise(claim.words)):
        place = single.get(stem(first.lower + second.lower))
        if place is not None:
            matches[index] = matches[index] or Match("same", (place,))
            matches[index + 1] = matches[index + 1] or Match("same", (place,))


def _match_acronyms(claim: Parsed, quote: Parsed, matches: list[Match | None]) -> None:
    """EU and European Union, either way round."""
    for index, word in enumerate(claim.words):
        if matches[index] is None and (run := _spelled_out(word, quote.words)):
            matches[index] = Match("acronym", run)
    for place, word in enumerate(quote.words):
        for index in _spelled_out(word, claim.words) if _is_acronym(word) else ():
            matches[index] = matches[index] or Match("acronym", (place,))


def _is_acronym(word: Word) -> bool:
    return bool(re.fullmatch(r"[A-Z]{2,6}s?", word.text))


def _spelled_out(acronym: Word, words: Sequence[Word]) -> tuple[int, ...]:
    """The run of words whose initials make the acronym, small words left out where that helps."""
    if not _is_acronym(acronym):
        return ()
    letters = acronym.text.rstrip("s").lower()
    for kinds in ({"name", "content"}, {"name", "content", "function"}):
        places = [place for place, word in enumerate(words) if word.kind in kinds and not _is_acronym(word)]
        at = "".join(words[place].lower[0] for place in places).find(letters)
        run = places[at : at + len(letters)] if at >= 0 else []
        names = sum(words[place].kind == "name" for place in run)
        if run and words[run[-1]].kind != "function" and (names >= 2 or len(run) - names >= 3):
            return tuple(run)
    return ()


def in_context(matches: Sequence[Match | None]) -> list[Match | None]:
    """The matches with their places narrowed to those whose neighbours answer to the word's neighbours."""
    return [
        _narrowed(matches, index, match) if match and len(match.places) > 1 else match
        for index, match in enumerate(matches)
    ]


def _narrowed(matches: Sequence[Match | None], index: int, match: Match) -> Match:
    if match.likeness == "acronym":
        return match
    around = [
        neighbour.places
        for neighbour in (*matches[max(0, index - _NEIGHBOURS) : index], *matches[index + 1 : index + 1 + _NEIGHBOURS])
        if neighbour
    ]
    scores = {
        place: sum(any(0 < abs(place - near) <= _NEIGHBOURS + 1 for near in places) for places in around)
        for place in match.places
    }
    best = max(scores.values())
    return match._replace(places=tuple(place for place in match.places if scores[place] == best))
