"""Cosine similarity of question and passage vectors, from the vector store."""

from typing import TYPE_CHECKING

from retrieval.retrievers import PassageRetriever

if TYPE_CHECKING:
    from retrieval.library import Library
    from retrieval.question import Question


class DenseRetriever(PassageRetriever):
    """Nearest neighbours by cosine; scores in [-1, 1]."""

    def rank(self, question: "Question", k: int, collection: str | None) -> list[tuple[int, float]]:
        """Keys and cosine similarities."""
        found = self.library.vectors.search(question.vector, k, collection)
        keys = {row.passage.id: row.key for row in self.library.catalogue.passages(ids=[name for name, _ in found])}
        return [(keys[name], score) for name, score in found if name in keys]


def build(library: "Library", k: int, collection: str | None) -> DenseRetriever:
    """The retriever over `library`."""
    return DenseRetriever(library=library, k=k, collection=collection)
