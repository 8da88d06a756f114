"""Cosine similarity of question and passage vectors, from the vector store."""

from typing import TYPE_CHECKING

from core.types import Scope
from retrieval.nearest import nearest
from retrieval.retrievers import PassageRetriever

if TYPE_CHECKING:
    from retrieval.library import Library
    from retrieval.question import Question


class DenseRetriever(PassageRetriever):
    """Nearest neighbours by cosine; scores in [-1, 1]."""

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and cosine similarities."""
        return nearest(self.library, question.vector, k, scope)


def build(library: "Library", k: int, scope: Scope) -> DenseRetriever:
    """The retriever over `library`."""
    return DenseRetriever(library=library, k=k, scope=scope)
