"""Stems: words without their endings, so that "annexes" and "annexed" are one.

`snowball` stems words of any of its languages as they are, for search. `stem` is for comparing English sentences: it
brings irregular forms and British spellings together first. `root` also takes off what makes a noun of a verb. `porter`
is for figures that others compute with Porter's first algorithm.
Source: Snowball, https://snowballstem.org; its "english" is Porter 2.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from Stemmer import Stemmer  # ty: ignore[import-not-found]

ENGLISH = "en"
SNOWBALL_NAMES = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "eo": "esperanto", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sr": "serbian",
    "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
"""Snowball's stemmer of each language (ISO 639-1)."""

_SUFFIXES = (
    "ization", "ational", "fulness", "ousness", "iveness", "ation", "ition", "ement", "ments", "ative", "itive",
    "ional", "ances", "ences", "ment", "ness", "ance", "ence", "ancy", "ency", "ible", "able", "tion", "sion", "ical",
    "ious", "ally", "edly", "ship", "hood", "ists", "isms", "ions", "ives", "ion", "ive", "ant", "ent", "ist", "ism",
    "ity", "ate", "ize", "ify", "ial", "ous", "ful", "ary", "ory", "ery", "ure", "age", "ing", "ers", "ors", "al", "er",
    "or", "ed", "en", "ly", "es", "ic", "ty", "th", "y", "e", "s", "i",
)  # fmt: skip
_SHORTEST_ROOT = 4
_SHORTEST_HEBREW = 3
_HEBREW_FINALS = str.maketrans("ךםןףץ", "כמנפצ")


def snowball(words: Sequence[str], language: str = ENGLISH) -> list[str]:
    """The stems of words in small letters; words of a language without a stemmer are returned as they are."""
    if language == "he":
        return [_hebrew(word) for word in words]
    name = SNOWBALL_NAMES.get(language or ENGLISH)
    # A stemmer is not safe to share between threads, and takes less than a microsecond to make.
    return Stemmer(name).stemWords(words) if name else list(words)


def _hebrew(word: str) -> str:
    """A Hebrew word without what is written together with it (and, the, in, to, from, as, that), and without endings.

    Lightly, as Larkey, Ballesteros and Connell 2002 do for Arabic ("Improving stemming for Arabic information
    retrieval", SIGIR): of three letters nothing is taken off, and the same letters always come to the same stem.
    """
    base = word
    while len(base) > _SHORTEST_HEBREW and base[0] in "והבלמכש":
        base = base[1:]
    for ending in ("יות", "יים", "ות", "ים", "ייה", "ה", "ת", "י"):
        if base.endswith(ending) and len(base) - len(ending) >= _SHORTEST_HEBREW:
            base = base[: -len(ending)]
            break
    return base.translate(_HEBREW_FINALS)


@lru_cache(maxsize=100_000)
def porter(word: str) -> str:
    """The stem of a word in small letters by Porter's first algorithm (1980)."""
    return Stemmer("porter").stemWord(word)


def fold(text: str) -> str:
    """Lower case without accents: names are compared as people type them."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.replace("ł", "l").replace("Ł", "L"))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


@lru_cache(maxsize=8192)
def stem(lower: str) -> str:
    """The stem of a folded word."""
    return plain_stem(_irregular_forms().get(lower, lower))


@lru_cache(maxsize=8192)
def plain_stem(lower: str) -> str:
    """The stem of a folded word, irregular forms left as they are ("less" is not brought to "little")."""
    base = re.sub(r"(?<=[a-z]{3})is(e|es|ed|ing|er|ers|ation|ations)$", r"iz\1", lower)
    base = re.sub(r"(?<=[a-z]{2})our(?=$|s$|ed$|ing$|able$|al$|ite$|hood$)", "or", base)
    base = re.sub(r"(?<=[a-z]{2})(el|al|am)l(?=ed$|ing$|er$)", r"\1", base)
    base = re.sub(r"(?<=[a-z]{2}[bdt])re(?=s?$)", "er", base)
    return Stemmer("english").stemWord(base)


@lru_cache(maxsize=8192)
def root(lower: str) -> str:
    """What is left of a folded word without derivational endings ("annexation", "annexed": "annex")."""
    base = stem(lower)
    for _ in range(2):
        for suffix in _SUFFIXES:
            if base.endswith(suffix) and len(base) - len(suffix) >= _SHORTEST_ROOT:
                base = base[: -len(suffix)]
                break
    return base


def is_irregular(lower: str) -> bool:
    """True for a listed form that is not a base form ("went", "goes")."""
    return _irregular_forms().get(lower, lower) != lower


@lru_cache(maxsize=1)
def _irregular_forms() -> dict[str, str]:
    lines = (Path(__file__).parent / "irregular.txt").read_text("utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return {form: row[0] for row in rows for form in row}
