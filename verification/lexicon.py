"""What is known of words without a model: synonyms, opposites, irregular forms, words without weight.

The word lists are text files of our own writing next to this module, read once, when first needed.
"""

from collections import defaultdict
from functools import lru_cache
from pathlib import Path

from vademecum.language import stems

_FOLDER = Path(__file__).parent


def _lines(name: str) -> list[str]:
    lines = (_FOLDER / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[int]]:
    return _groups("synonyms.txt")


@lru_cache(maxsize=1)
def _peoples() -> dict[str, frozenset[int]]:
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(_lines("peoples.txt")):
        for word in line.split():
            groups[word].add(number)
    return {word: frozenset(numbers) for word, numbers in groups.items()}


def _groups(name: str) -> dict[str, frozenset[int]]:
    groups: defaultdict[str, set[int]] = defaultdict(set)
    for number, line in enumerate(_lines(name)):
        for word in line.split():
            groups[stems.stem(word)].add(number)
    return {word: frozenset(numbers) for word, numbers in groups.items()}


@lru_cache(maxsize=1)
def _opposites() -> dict[str, tuple[tuple[int, int], ...]]:
    """For each word as written: the lines it stands in, and on which side."""
    places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for number, line in enumerate(_lines("opposites.txt")):
        for side, words in enumerate(line.split("|")):
            for word in words.split():
                places[word].append((number, side))
    return {word: tuple(lines) for word, lines in places.items()}


@lru_cache(maxsize=1)
def _opposites_by_stem() -> dict[str, tuple[tuple[int, int], ...]]:
    places: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    for word, lines in _opposites().items():
        places[stems.plain_stem(word)].update(lines)
    return {word: tuple(sorted(lines)) for word, lines in places.items()}


@lru_cache(maxsize=4096)
def sides(lower: str) -> frozenset[tuple[int, int]]:
    """The lines of opposites (line, side) that a folded word stands in."""
    return frozenset((*_opposites().get(lower, ()), *_opposites_by_stem().get(stems.plain_stem(lower), ())))


def are_opposites(first: str, second: str) -> bool:
    """True where two folded words exclude each other."""
    lines = dict(sides(first))
    return any(line in lines and lines[line] != side for line, side in sides(second))


def are_synonyms(first: str, second: str) -> bool:
    """True where two stems may stand for one another."""
    groups = _synonyms()
    return bool(groups.get(first, frozenset()) & groups.get(second, frozenset()))


def same_people(first: str, second: str) -> bool:
    """True where two folded words name the same place, people or faith (France, French)."""
    groups = _peoples()
    return bool(groups.get(first, frozenset()) & groups.get(second, frozenset()))


def is_irregular_verb(lower: str) -> bool:
    """True for a past form such as "went" or "built"."""
    return stems.is_irregular(lower)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    return frozenset(stems.stem(word) for line in _lines("common.txt") for word in line.split())


@lru_cache(maxsize=8192)
def is_common(stem: str) -> bool:
    """True for the stem of an everyday word, which is neither a name nor a term of some trade."""
    return stem in _synonyms() or stem in _common()
