"""Retrievers of langchain-community over the passages of a workspace: `mode = "community:retrievers.TFIDFRetriever"`.

Any that is made from documents (`from_documents`) serves: it is given the passages, and what it finds are passages with
their places again. Its index is made anew for each generation of the catalogue, and lives in memory.
"""

import inspect
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever

from vademecum.core.community import built, community_class
from vademecum.core.errors import SettingsError
from vademecum.core.types import Scope
from vademecum.retrieval.retrievers import PassageRetriever

if TYPE_CHECKING:
    from collections.abc import Hashable

    from vademecum.retrieval.question import Question
    from vademecum.retrieval.searchable import Searchable


class CommunityRetriever(PassageRetriever):
    """Passes the question on; scores are 1 / rank, since most of those retrievers report none."""

    class_name: str

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys of the best passages, and 1 / rank."""
        index = _index(self.library, self.class_name, self.library.catalogue.generation, cast("Hashable", scope))
        if index is None:
            return []
        if "k" in type(index).model_fields:
            index = index.model_copy(update={"k": k})
        documents = built(self.class_name, lambda: index.invoke(question.text))
        keys = dict.fromkeys(document.metadata["key"] for document in documents)
        return [(key, 1 / place) for place, key in enumerate(list(keys)[:k], 1)]


def build_named(name: str, *, library: "Searchable", k: int, scope: Scope) -> CommunityRetriever:
    """The retriever over `library` by the class called `name`.

    Raises:
        SettingsError: there is none, or it is not made from documents.
    """
    if not hasattr(community_class(name, BaseRetriever), "from_documents"):
        raise SettingsError(f"{name!r} searches elsewhere, not in documents that it is given; take another")
    return CommunityRetriever(library=library, class_name=name, k=k, scope=scope)


@lru_cache(maxsize=4)
def _index(library: "Searchable", name: str, _generation: int, scope: Scope) -> BaseRetriever | None:
    """The retriever over all passages within the scope; None where there are none."""
    catalogue = library.catalogue
    rows = catalogue.passages(keys=catalogue.keys(scope))
    documents = [Document(row.passage.text, metadata={"key": row.key}) for row in rows]
    retriever_class: Any = community_class(name, BaseRetriever)
    make = retriever_class.from_documents
    takes = inspect.signature(make).parameters
    options = {"embeddings": library.embeddings} if "embeddings" in takes else {}
    return built(name, lambda: make(documents, **options)) if documents else None
