"""Words as the full-text index knows them: lower case, English stems, one form for every way to type a letter."""

import re
import unicodedata

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
