"""Finds in a question the columns and the cells of a table that it names.

asked = link("How many races did Bryan Field call?", table)
asked.values[0]     # words 4 to 6 are "bryan field", in columns 2 and 3
asked.columns[0]    # word 6 is the column "Race caller"
"""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from vademecum.language.dates import MONTHS, WEEKDAYS
from vademecum.language.numbers import CARDINALS
from vademecum.language.stems import fold, root, stem
from vademecum.language.stop_words import FUNCTION_WORDS
from vademecum.retrieval.tabular.engine import parts_of, tokens, words_of
from vademecum.retrieval.tabular.roles import ADJECTIVES
from vademecum.retrieval.tabular.table import TypedTable

LONGEST_PHRASE = 8
"""Words of a cell that a question may name it by."""

MOST_DISTINCT = 20_000
"""Different cells of a column that are looked for in a question."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FUNCTION = FUNCTION_WORDS | {"much", "s", "t"}
_LONG = 60
"""Characters that the cells of a column have on average, from which it is of running text."""

_LIKE = 0.84
"""Likeness from which a word of six letters and more is a cell's, misspelt."""


class Word(NamedTuple):
    """A word of the question: as folded, its stem and its root, and where it stands in the folded question.

    `is_acronym`: it is written in capitals ("IT"), as nothing but a name is.
    """

    text: str
    stem: str
    root: str
    start: int
    end: int
    is_acronym: bool = False

    @property
    def is_content(self) -> bool:
        """Whether it says something by itself."""
        return self.is_acronym or self.text not in _FUNCTION


class Named(NamedTuple):
    """A stretch of the question, words `first` to `last` (excluded), that stands in cells of these columns.

    `phrase`: as the cells have it. `whole`: columns where it is a cell, or one part of a list in a cell.
    """

    first: int
    last: int
    phrase: str
    columns: tuple[int, ...]
    whole: tuple[int, ...] = ()


class NamedColumn(NamedTuple):
    """A stretch of the question that is the name of a column, or `share` of the words of that name, (0, 1].

    `rivals`: columns whose name it is as much.
    """

    first: int
    last: int
    column: int
    share: float
    rivals: int = 0


class Asked(NamedTuple):
    """A question held against a table."""

    text: str
    words: tuple[Word, ...]
    values: tuple[Named, ...]
    columns: tuple[NamedColumn, ...]


def link(question: str, table: TypedTable) -> Asked:
    """The question's words, and the cells and columns that they name."""
    text = fold(question).replace("’", "'")
    as_written = _WORD.findall(question)
    short = () if question.isupper() else enumerate(as_written)
    capitals = {number for number, word in short if 1 < len(word) < 6 and word.isupper()}
    words = tuple(
        Word(plain, stem(plain), root(_SHORT.get(plain, plain)), match.start(), match.end(), number in capitals)
        for number, match in enumerate(_WORD.finditer(text))
        for plain in [re.sub(r"'s?$", "", match.group())]
    )
    columns = list(_columns(words, table))
    values = _values(words, table, columns)
    used = {place for value in values for place in range(value.first, value.last)}
    columns = [mention for mention in columns if not used & set(range(mention.first, mention.last))]
    return Asked(text, words, tuple(values), tuple(columns))


_SHORT = {name[:3].lower(): name.lower() for name in (*WEEKDAYS, *MONTHS)}  # as the heads of columns have them


def name_words(name: str) -> list[str]:
    """The roots of the words of a column's name that say something; its unit in brackets left out."""
    bare = re.sub(r"[(\[][^()\[\]]*[)\]]", " ", name) or name
    parts = [part for part in _WORD.findall(fold(bare.replace("_", " "))) if part not in _FUNCTION]
    return [root(_SHORT.get(part, part)) for part in parts] or [root(part) for part in _WORD.findall(fold(name))]


def alike(left: str, right: str) -> bool:
    """Whether two roots are of one word: equal, or one begins the other and is most of it ("win", "winn")."""
    if left == right:
        return True
    short, long = sorted((left, right), key=len)
    if long in (f"{short}er", f"{short}or", f"{short}{short[-1:]}er"):
        return True  # who does it: "own" and "owner", "win" and "winner"
    return len(short) >= 3 and long.startswith(short) and len(long) - len(short) <= (1 if len(short) < 5 else 3)


def _columns(words: Sequence[Word], table: TypedTable) -> Iterator[NamedColumn]:
    """Columns that the words name, the longest names first; a stretch belongs to one column only."""
    names = [name_words(column.name) for column in table.columns]
    candidates: list[tuple[int, float, NamedColumn]] = []
    for column, name in enumerate(names):
        for first in range(len(words)):
            last, matched = _matched(words, first, name)
            if matched:
                share = matched / len(name)
                candidates.append((matched, share, NamedColumn(first, last, column, share)))
    used: dict[int, NamedColumn] = {}
    for matched, share, mention in sorted(candidates, key=lambda item: (-item[0], -item[1], item[2].first)):
        places = range(mention.first, mention.last)
        if not any(place in used for place in places):
            used.update(dict.fromkeys(places, mention))
            others = {
                two.column
                for count, size, two in candidates
                if (count, size, two.first) == (matched, share, mention.first)
            }
            yield mention._replace(rivals=len(others - {mention.column}))


def _matched(words: Sequence[Word], first: int, name: Sequence[str]) -> tuple[int, int]:
    """Where a stretch from `first` ends that has words of the name, and how many of these it has."""
    before = list(name)
    last = first
    for place in range(first, len(words)):
        word = words[place]
        hit = next((part for part in before if word.is_content and alike(word.root, part)), None)
        if hit is not None:
            before.remove(hit)
            last = place + 1
        elif place == first or word.is_content or place - last >= 2:
            break
    return last, len(name) - len(before)


def _values(words: Sequence[Word], table: TypedTable, columns: Sequence[NamedColumn]) -> list[Named]:
    """Stretches of the question that stand in cells, the longest first; no word is in two."""
    name_places = {place for mention in columns if mention.share == 1 for place in range(mention.first, mention.last)}
    phrases = _phrases(words)
    candidates: dict[tuple[int, int], tuple[str, set[int], set[int]]] = {}
    for column in range(len(table.columns)):
        cells = _distinct(table, column)
        least = 3 if sum(map(len, cells)) > _LONG * len(cells) else 1
        for cell in cells:
            _look(cell, column, least, phrases, candidates)
    best: list[Named] = []
    used: set[int] = set()
    ordered = sorted(candidates.items(), key=lambda item: (item[0][0] - item[0][1] - 2 * bool(item[1][2]), item[0][0]))
    for (first, last), (phrase, within, whole) in ordered:
        places = set(range(first, last))
        if places & used or (last - first == 1 and first in name_places and not whole):
            continue
        if not whole and not (words[first].is_content and words[last - 1].is_content):
            continue
        if not any(words[place].is_content for place in places):
            continue
        if last - first == 1 and not _may_name(words[first], bool(whole)):
            continue
        used |= places
        best.append(Named(first, last, phrase, tuple(sorted(within)), tuple(sorted(whole))))
    best += _misspelt(words, table, used | name_places)
    return _joined(sorted(best), table)


def _joined(values: list[Named], table: TypedTable) -> list[Named]:
    """The stretches, two that follow each other as one where cells have both in this order (a name, half misspelt)."""
    joined: list[Named] = []
    for value in values:
        before = joined[-1] if joined else None
        if before and before.last == value.first:
            phrase = f"{before.phrase} {value.phrase}"
            words = f" {' '.join(tokens(phrase))} "
            columns = [
                c
                for c in set(before.columns) & set(value.columns)
                if any(words in words_of(text) for text in _distinct(table, c))
            ]
            if columns:
                whole = [
                    c for c in columns if any(f"|{words.strip()}|" in parts_of(text) for text in _distinct(table, c))
                ]
                joined[-1] = Named(before.first, value.last, phrase, tuple(sorted(columns)), tuple(sorted(whole)))
                continue
        joined.append(value)
    return joined


def _phrases(words: Sequence[Word]) -> dict[str, list[tuple[int, int]]]:
    phrases: dict[str, list[tuple[int, int]]] = {}
    for first in range(len(words)):
        for last in range(first + 1, min(len(words), first + LONGEST_PHRASE) + 1):
            if "and" not in (words[first].text, words[last - 1].text):
                phrase = " ".join(word.stem for word in words[first:last] if word.text != "and")
                phrases.setdefault(phrase, []).append((first, last))
    return phrases


def _distinct(table: TypedTable, column: int) -> set[str]:
    texts = {cell.text for row in table.rows if (cell := row.cells[column])}
    return texts if len(texts) <= MOST_DISTINCT else set()


def _look(
    cell: str,
    column: int,
    least: int,
    phrases: dict[str, list[tuple[int, int]]],
    candidates: dict[tuple[int, int], tuple[str, set[int], set[int]]],
) -> None:
    """Note the stretches of the question that stand in this cell: the whole of it, or `least` words and more."""
    stems = tokens(cell)
    raw = [match for match in _WORD.finditer(cell) if fold(match.group()) != "and"]
    parts = parts_of(cell)
    for first in range(len(stems)):
        for last in range(first + 1, min(len(stems), first + LONGEST_PHRASE) + 1):
            phrase = " ".join(stems[first:last])
            is_whole = f"|{phrase}|" in parts
            if not is_whole and (last - first < least or (last - first == 1 and not _is_name(raw[first].group()))):
                continue
            for place in phrases.get(phrase, ()):
                text = cell[raw[first].start() : raw[last - 1].end()]
                _, within, whole = candidates.setdefault(place, (text, set(), set()))
                within.add(column)
                if is_whole:
                    whole.add(column)


def _is_name(word: str) -> bool:
    """Whether one word of a cell may stand for it: it has a capital, or a figure."""
    return not word.islower()


_GENERIC = frozenset(
    "year time name date day month number total first last second third number game play win won most least top high "
    "low long short more less new old many list table row column place person people team end start".split()
)


def _may_name(word: Word, whole: bool) -> bool:
    """Whether one word alone may name a cell: no function word, no bare number, no word of asking."""
    if not word.is_content or word.text.isdigit() or word.text in CARDINALS or word.text in ADJECTIVES:
        return False
    return whole or (len(word.text) > 2 and word.text not in _GENERIC and word.stem not in _GENERIC)


def _misspelt(words: Sequence[Word], table: TypedTable, used: set[int]) -> Iterator[Named]:
    """Words of six letters and more that are nearly a word of cells, and no word of ours."""
    doubtful = [
        place for place, word in enumerate(words) if place not in used and word.is_content and len(word.text) > 5
    ]
    if not doubtful or len(table.rows) > 2000:
        return
    vocabulary: dict[str, set[int]] = {}
    for column in range(len(table.columns)):
        if table.columns[column].kind == "text":
            for cell in _distinct(table, column):
                for raw in _WORD.findall(cell) if len(cell) < _LONG else ():
                    token = stem(fold(raw))
                    if len(token) > 5 and _is_name(raw):
                        vocabulary.setdefault(token, set()).add(column)
    for place in doubtful:
        near = [
            token
            for token in vocabulary
            if token[0] == words[place].stem[0] and SequenceMatcher(None, token, words[place].stem).ratio() >= _LIKE
        ]
        if len(near) == 1:
            yield Named(place, place + 1, near[0], tuple(sorted(vocabulary[near[0]])))
