"""TF-IDF over stemmed words, from the catalogue's full-text index: durable, incremental, no rebuild at start."""

import math
from typing import TYPE_CHECKING

import numpy as np

from vademecum.core.types import EVERYWHERE, Scope
from vademecum.retrieval.retrievers import PassageRetriever
from vademecum.retrieval.terms import as_indexed

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question
    from vademecum.retrieval.searchable import Searchable


class TfidfRetriever(PassageRetriever):
    """Cosine of question and passage in SMART's weighting lnc.ltc; scores in [0, 1].

    A passage's words count 1 + ln(how often), the question's ln(passages / passages that hold the word). So a passage's
    length depends on nothing but itself, and is stored with it. Passages without any of the question's words are not
    found. Source: Manning, Raghavan and Schütze 2008, "Introduction to Information Retrieval", sections 6.2 to 6.4.
    """

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and cosines."""
        catalogue = self.library.catalogue
        forms = dict.fromkeys(form for term in question.terms for form in as_indexed(term))
        postings = [np.unique(keys, return_counts=True) for form in forms if len(keys := catalogue.occurrences(form))]
        if not postings:
            return []
        keys = np.unique(np.concatenate([passages for passages, _ in postings]))
        dots, squared_norm, total = np.zeros(len(keys)), 0.0, catalogue.passage_count()
        for passages, counts in postings:
            rarity = math.log(max(total, 1) / len(passages))
            dots[np.searchsorted(keys, passages)] += rarity * (1 + np.log(counts))
            squared_norm += rarity**2
        allowed = None if scope == EVERYWHERE else set(catalogue.keys(scope))
        lengths = catalogue.word_lengths(keys.tolist())
        scored = zip(keys.tolist(), dots.tolist(), strict=True)
        scores = {
            key: dot / (lengths[key] * (math.sqrt(squared_norm) or 1))
            for key, dot in scored
            if key in lengths and (allowed is None or key in allowed)
        }
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))[:k]


def build(library: "Searchable", k: int, scope: Scope) -> TfidfRetriever:
    """The retriever over `library`."""
    return TfidfRetriever(library=library, k=k, scope=scope)
