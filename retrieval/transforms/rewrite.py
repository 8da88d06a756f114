"""Words the question as documents may, before it is searched for.

Without a language model that can be trusted with it (`extractive`, `embedded`) the question is searched for as asked.
"""

from typing import TYPE_CHECKING, Any

from vademecum.core.types import Scope
from vademecum.retrieval.retrievers import PassageRetriever
from vademecum.retrieval.transforms import Transform
from vademecum.retrieval.transforms._asking import capable_model, wordings

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question


class Rewrite(Transform):
    """Ranks for what `model` makes of the question; None: for the question.

    Source: Ma et al. 2023, "Query Rewriting for Retrieval-Augmented Large Language Models", arXiv:2305.14283.
    """

    model: Any = None

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and scores as `inner` gives them for the question reworded."""
        for reworded in wordings(self.model, "retrieval/rewrite", question.text, 1) if self.model else ():
            return self.inner.rank(self.library.question(reworded), k, scope)
        return self.inner.rank(question, k, scope)


def build(inner: PassageRetriever) -> Rewrite:
    """The transform around `inner`, with the model of the settings."""
    return Rewrite.around(inner, model=capable_model(inner.library.settings))
