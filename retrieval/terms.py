"""Words as the full-text index knows them: lower case, English stems, one form for every way to type a letter."""

import math
import re
import unicodedata
from collections import Counter

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def terms(text: str) -> list[str]:
    """The stems of the words of `text`, in order, repeated as often as they occur; no word is left out.

    Ligatures and full-width letters are unfolded, typographic apostrophes made plain, so that what a PDF or a phone
    writes is found by what a keyboard types. Source: Snowball "english" (Porter 2), https://snowballstem.org.
    """
    from Stemmer import Stemmer  # ty: ignore[import-not-found]

    plain = unicodedata.normalize("NFKC", text).replace("’", "'").lower()
    # A stemmer is not safe to share between threads and costs 0.2 µs to make.
    return Stemmer("english").stemWords(_WORD.findall(plain))


def index_terms(text: str) -> str:
    """`terms` as one string, for the full-text index to split at white space."""
    return " ".join(terms(text))


def as_indexed(term: str) -> list[str]:
    """A stem in the form, or forms, in which the full-text index holds it: split at apostrophes, Latin marks dropped.

    Source: FTS5's tokenizer unicode61 with remove_diacritics 2, https://www.sqlite.org/fts5.html#unicode61_tokenizer.
    """
    return ["".join(map(_plain, part)) for part in term.split("'") if part]


def word_length(indexed: str) -> float:
    """Euclidean length of a passage's words, given as `index_terms` gives them, each counted as 1 + ln(how often)."""
    counts = Counter(form for term in indexed.split() for form in as_indexed(term))
    return math.sqrt(sum((1 + math.log(count)) ** 2 for count in counts.values()))


def _plain(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter
