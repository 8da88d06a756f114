"""BM25 over stemmed words, from the catalogue's full-text index: durable, incremental, no rebuild at start."""

from typing import TYPE_CHECKING

from vademecum.core.types import Scope
from vademecum.retrieval.retrievers import PassageRetriever

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question
    from vademecum.retrieval.searchable import Searchable


class SparseRetriever(PassageRetriever):
    """Okapi BM25 (Robertson and Zaragoza 2009, section 3) as SQLite's FTS5 computes it; passages without any of the
    question's words are not found.
    """

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and BM25 scores."""
        return self.library.catalogue.sparse(question.terms, k, scope)


def build(library: "Searchable", k: int, scope: Scope) -> SparseRetriever:
    """The retriever over `library`."""
    return SparseRetriever(library=library, k=k, scope=scope)
