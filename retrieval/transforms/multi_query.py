"""Searches for the question in several wordings at once, and joins what each finds.

LangChain's `MultiQueryRetriever` (of langchain-classic) would lose filters and `k` at call time, and joins without
ranking; so this is a small one of our own. Without a language model that can be trusted with it (`extractive`,
`embedded`) the question is the only wording.
"""

from typing import TYPE_CHECKING, Any

from vademecum.core.types import Scope
from vademecum.retrieval.retrievers import PassageRetriever
from vademecum.retrieval.retrievers.hybrid import DEPTH, reciprocal_ranks
from vademecum.retrieval.transforms import Transform
from vademecum.retrieval.transforms._asking import capable_model, wordings

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question

WORDINGS = 3
"""Beside the question itself."""


class MultiQuery(Transform):
    """Scores: sum over the question and `model`'s wordings of 1 / (60 + rank); `inner`'s own where there are none.

    Source: Rackauckas 2024, "RAG-Fusion", arXiv:2402.03367.
    """

    model: Any = None

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and fused scores."""
        texts = wordings(self.model, "retrieval/wordings", question.text, WORDINGS) if self.model else []
        questions = [self.library.question(text) for text in texts if text != question.text]
        if not questions:
            return self.inner.rank(question, k, scope)
        fused = reciprocal_ranks([self.inner.rank(wording, max(k, DEPTH), scope) for wording in (question, *questions)])
        return sorted(fused.items(), key=lambda pair: (-pair[1], pair[0]))[:k]


def build(inner: PassageRetriever) -> MultiQuery:
    """The transform around `inner`, with the model of the settings."""
    return MultiQuery.around(inner, model=capable_model(inner.library.settings))
