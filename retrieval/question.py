"""A question as retrieval sees it: its words that say something, its vector, its token vectors."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vademecum.language.stems import ENGLISH
from vademecum.language.stop_words import FUNCTION_WORDS
from vademecum.language.words import word_spans
from vademecum.retrieval.encode import Floats, project, unit
from vademecum.retrieval.terms import terms, variants

_STOP = frozenset(terms(" ".join(FUNCTION_WORDS)))


@dataclass(frozen=True)
class Question:
    """`text` as asked; `model` is the embedding model: a `vademecum.models.token_encoder.TokenEncoder`, or any
    LangChain `Embeddings`.

    `languages` are those of the passages, whose stems it is searched with.
    """

    text: str
    model: Any
    languages: tuple[str, ...] = (ENGLISH,)

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Stems of its content words, each once."""
        return tuple(dict.fromkeys(stem for word in self.words for stem in word))

    @cached_property
    def words(self) -> tuple[tuple[str, ...], ...]:
        """Its content words, each once, as their stems in all languages; all its words where it has no others.

        Stop words are English ones, and so left out only where there are English passages.
        """
        every = dict(zip(variants(self.text, self.languages), terms(self.text), strict=True))
        stop = _STOP if ENGLISH in self.languages else frozenset()
        return tuple(word for word, english in every.items() if english not in stop) or tuple(every)

    @cached_property
    def vector(self) -> Floats:
        """Float32 (d,), unit length."""
        return self._encoded[0]

    @cached_property
    def tokens(self) -> Floats:
        """Float32 (n, 128), unit length, projected as stored ones are; n is 0 for a model without token vectors."""
        return self._encoded[1]

    @cached_property
    def token_terms(self) -> tuple[str, ...]:
        """Of each of `tokens` the stem of the word that it is of; empty for punctuation."""
        stems: dict[int, str] = {}
        for start, end in word_spans(self.text):
            stems |= dict.fromkeys(range(start, end), next(iter(terms(self.text[start:end])), ""))
        return tuple(stems.get(start, "") for start in self._encoded[2])

    @cached_property
    def _encoded(self) -> tuple[Floats, Floats, list[int]]:
        """The vector, the tokens, and where in the text each token begins."""
        if not hasattr(self.model, "encode"):
            vector: NDArray[np.float32] = np.array(self.model.embed_query(self.text), np.float32)
            return unit(vector), np.zeros((0, 0), np.float32), []
        encoded = self.model.encode_query(self.text)
        if not len(encoded.tokens):
            return encoded.vector, np.zeros((0, 0), np.float32), []
        return encoded.vector, project(self.model, encoded.tokens), encoded.offsets[:, 0].tolist()
