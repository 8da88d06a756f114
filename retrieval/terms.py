"""Words as the full-text index knows them: lower case, stems of their language, one form for all ways to type them."""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence

from vademecum.language.stems import ENGLISH, snowball
from vademecum.language.words import normalised, words


def terms(text: str, language: str = ENGLISH) -> list[str]:
    """The stems of the words of `text`, in order, repeated as often as they occur; no word is left out.

    What a PDF or a phone writes is found by what a keyboard types (`normalised`). `language` empty (it is not known) is
    taken for English; words of a language without a stemmer are taken as they are.
    """
    return snowball(words(normalised(text)), language)


def variants(text: str, languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Of each word of `text`, in order, its stems in all the languages, equal ones once.

    Of a question of a few words the language is not certain: so it is asked in every language there is.
    """
    by_language = [terms(text, language) for language in languages or (ENGLISH,)]
    return [tuple(dict.fromkeys(stems)) for stems in zip(*by_language, strict=True)]


def index_terms(text: str, language: str = ENGLISH) -> str:
    """`terms` as one string, for the full-text index to split at white space."""
    return " ".join(terms(text, language))


def as_indexed(term: str) -> list[str]:
    """A stem in the form, or forms, in which the full-text index holds it: split at apostrophes, Latin marks dropped.

    Source: FTS5's tokenizer unicode61 with remove_diacritics 2, https://www.sqlite.org/fts5.html#unicode61_tokenizer.
    """
    return [part if part.isascii() else "".join(map(_plain, part)) for part in term.split("'") if part]


def inverse_document_frequency(count: int, passages: int) -> float:
    """The rarity of a stem that `count` of so many passages hold, as in BM25: Lucene's variant, never
    negative.
    """
    return math.log(1 + (passages - count + 0.5) / (count + 0.5))


def word_length(indexed: str) -> float:
    """Euclidean length of a passage's words, given as `index_terms` gives them, each counted as 1 + ln(how often)."""
    counts = Counter(form for term in indexed.split() for form in as_indexed(term))
    return math.sqrt(sum((1 + math.log(count)) ** 2 for count in counts.values()))


def _plain(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter
