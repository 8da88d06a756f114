"""`dense`, with hits that do not repeat each other: maximal marginal relevance over the fifty nearest."""

from typing import TYPE_CHECKING

from vademecum.core.types import Scope
from vademecum.retrieval.retrievers.dense import DenseRetriever

if TYPE_CHECKING:
    from vademecum.retrieval.searchable import Searchable


def build(library: "Searchable", k: int, scope: Scope) -> DenseRetriever:
    """The retriever over `library`."""
    return DenseRetriever(library=library, k=k, scope=scope, search_type="mmr")
