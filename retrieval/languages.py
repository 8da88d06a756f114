"""The language of a passage, as its ISO 639 code ("de"); empty where it is not clear.

English is recognised by its commonest words, which takes microseconds. Only what lacks them is shown to the detector:
py3langid (97 languages, Bayes over byte n-grams; Lui and Baldwin 2012, "langid.py"), which takes about a second and
100 MB to load and 0.4 ms a passage, so that who has English documents pays for none of it.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from vademecum.language.stems import ENGLISH, SNOWBALL_NAMES
from vademecum.language.stop_words import OF_ENGLISH_ALONE
from vademecum.language.words import MARKS

_WORDS = re.compile(rf"(?:[^\W\d_]|[{MARKS}])+")
COMMON_SHARE = 0.12
"""Of the words, from which on a text is English. Of the passages of wiki 99% have as many, of spans 92%, of a textbook
full of code 69%."""

A_FEW = 2
"""Such words keep a passage of an English source English: lists of names and formulas look like any language."""

TELLING = 100
"""Letters from which on a passage may be of another language than its source: a quotation, or an appendix."""

SURE = 0.9
"""Probability from which on the detector is believed about a passage; about a source, half of that."""

SAMPLE = 600
"""Characters that are looked at: of a passage from its start, of a source at three places."""


_SCRIPTS = {
    language: re.compile(f"[{letters}]")
    for language, letters in {
        "am": "ሀ-፿", "ar": "ء-ي", "bn": "অ-হ", "el": "Ͱ-Ͽ", "gu": "અ-હ", "he": "א-ת", "hi": "ऄ-ह", "hy": "Ա-և",
        "ja": "ぁ-ヿ", "ka": "ა-ჿ", "km": "ក-អ", "kn": "ಅ-ಹ", "ko": "가-힣", "lo": "ກ-ຮ", "ml": "അ-ഹ", "my": "က-အ",
        "pa": "ਅ-ਹ", "ru": "А-я", "si": "අ-ෆ", "ta": "அ-ஹ", "te": "అ-హ", "th": "ก-ฮ", "zh": "一-鿿",
    }.items()
}  # fmt: skip
"""Letters that tell a language, or of several the one that most people write."""


class SourceLanguage:
    """Tells the language of each passage of one source."""

    def __init__(self, text: str) -> None:
        sample = _sample(text)
        enough = len(_letters(sample)) >= TELLING // 4
        detected = _detected(sample, SURE / 2) if enough or _common(sample) >= A_FEW else ""
        self.language = detected or of_script(sample)

    def of(self, passage: str) -> str:
        """The language of a passage of the source: its own, where it is long enough to be sure."""
        if len(_letters(passage[:SAMPLE])) < TELLING:
            return self.language
        if self.language == ENGLISH and _common(passage[:SAMPLE]) >= A_FEW:
            return ENGLISH
        language = _detected(passage[:SAMPLE], SURE)
        return self.language if language is None else language


def of_script(text: str) -> str:
    """The language that its letters alone tell, or the commonest of those that are written so; empty for Latin ones.

    Of a note of a few words it is all that can be told.
    """
    counts = {language: len(letters.findall(text)) for language, letters in _SCRIPTS.items()}
    if 10 * counts["ja"] > counts["zh"] > 0:
        counts["ja"] += counts["zh"]
    language = max(counts, key=lambda name: counts[name])
    return language if counts[language] >= max(A_FEW, len(_letters(text)) / 2) else ""


def main_languages(counts: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """The language of most passages of each source that has a known one; `counts` as the catalogue has them."""
    by_source = {source: {name: n for name, n in languages.items() if name} for source, languages in counts.items()}
    return {source: max(names, key=lambda name: names[name]) for source, names in by_source.items() if names}


def unknown_to(model: Any, counts: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """By source, the language that the embedding model does not know; none where that does not say what it knows."""
    knows = getattr(model, "languages", None)
    if knows is None:
        return {}
    return {source: name for source, name in main_languages(counts).items() if name not in knows}


def language_name(code: str) -> str:
    """Such as "German" for "de"; of a language without a stemmer the code."""
    return SNOWBALL_NAMES[code].capitalize() if code in SNOWBALL_NAMES else code


def _sample(text: str) -> str:
    """Stretches from the beginning, the middle and the end."""
    if len(text) <= 3 * SAMPLE:
        return text
    middle = len(text) // 2
    return "\n".join((text[:SAMPLE], text[middle : middle + SAMPLE], text[-SAMPLE:]))


def _detected(text: str, sure: float) -> str | None:
    words = [word.lower() for word in _WORDS.findall(text)]
    if not words:
        return None
    if sum(word in OF_ENGLISH_ALONE for word in words) >= COMMON_SHARE * len(words):
        return ENGLISH
    # Without numbers and signs: a table of figures, or code, would be taken for some language or other.
    language, probability = _detector().classify(" ".join(words))
    return language if probability >= sure else None


def _common(text: str) -> int:
    """How many of the commonest English words there are."""
    return sum(word.lower() in OF_ENGLISH_ALONE for word in _WORDS.findall(text))


def _letters(text: str) -> str:
    return "".join(_WORDS.findall(text))


@cache
def _detector() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
