"""The documents of one workspace, ready to be searched: catalogue, vectors and embedding model under one roof.

library = Library(home, settings)
hits = library.search("Why do LSTMs need a forget gate?")
evidence = library.weigh("Why do LSTMs need a forget gate?", hits)
"""

import threading
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

import retrieval.retrievers
from core.community import PREFIX
from core.errors import EmptyWorkspaceError, UsageError
from core.plugins import member
from core.settings import Settings
from core.types import EVERYWHERE, Evidence, Hit, Scope
from models import embedding_model
from retrieval.catalogue import Catalogue
from retrieval.question import Question

if TYPE_CHECKING:
    from retrieval.chroma import ChromaIndex
    from retrieval.retrievers import PassageRetriever

QUESTIONS_KEPT = 128
"""Questions whose vectors are remembered, since one question passes several nodes of a graph."""


class Library:
    """The documents in `home`, opened when first used. Safe to share between threads.

    Methods raise WorkspaceError where the workspace cannot be used.
    """

    def __init__(self, home: Path, settings: Settings) -> None:
        self.home = home
        self.settings = settings
        self._opening = threading.RLock()
        self._question = lru_cache(QUESTIONS_KEPT)(lambda text: Question(text, self.embeddings))

    @cached_property
    def catalogue(self) -> Catalogue:
        """Sources, texts, passages and words."""
        with self._opening:
            return self.__dict__.get("catalogue") or Catalogue(self.home)

    @cached_property
    def embeddings(self) -> Embeddings:
        """The embedding model that the settings name."""
        return embedding_model(self.settings.embeddings, self.settings)

    @cached_property
    def vectors(self) -> "ChromaIndex":
        """The index of passage vectors."""
        from retrieval.chroma import ChromaIndex

        with self._opening:
            return self.__dict__.get("vectors") or ChromaIndex(self.home, self.fingerprint, self.catalogue)

    @property
    def fingerprint(self) -> str:
        """Names the embedding model; vectors of two models never meet."""
        return getattr(self.embeddings, "fingerprint", self.settings.embeddings)

    def question(self, text: str) -> Question:
        """The question with its words and vectors, computed once."""
        return self._question(text)

    def retriever(self, mode: str | None = None, *, k: int = 10, scope: Scope = EVERYWHERE) -> "PassageRetriever":
        """A LangChain retriever over these documents; "community:..." is one of langchain-community's.

        Raises:
            UsageError: there is no such mode; the message lists those there are.
        """
        wanted = mode or self.settings.mode
        if wanted.startswith(PREFIX):
            from retrieval.retrievers._community import build_named

            return build_named(wanted, library=self, k=k, scope=scope)
        return member(retrieval.retrievers, wanted).build(library=self, k=k, scope=scope)

    def search(self, question: str, *, k: int = 10, mode: str | None = None, scope: Scope = EVERYWHERE) -> list[Hit]:
        """The `k` passages that fit best, best first; fewer where there are fewer.

        Raises:
            UsageError: an empty question, `k` below 1, an unknown mode or collection.
            EmptyWorkspaceError: nothing has been ingested.
        """
        if not question.strip():
            raise UsageError("the question is empty; ask something")
        if k < 1:
            raise UsageError(f"k is {k}, which is below 1")
        self.require_documents(scope.collection)
        return self.retriever(mode, k=k, scope=scope).hits(question)

    def require_documents(self, collection: str | None = None) -> None:
        """Raise where there is nothing to search.

        Raises:
            EmptyWorkspaceError: nothing has been ingested.
            UsageError: the collection does not exist; the message lists those that do.
        """
        known = self.catalogue.collections()
        if not known:
            raise EmptyWorkspaceError(f"the workspace {self.home} holds no documents; add some: vade ingest PATH")
        if collection is not None and collection not in known:
            raise UsageError(f"no collection named {collection!r}; there are: {', '.join(known)}")

    def weigh(self, question: str, hits: Sequence[Hit]) -> Evidence:
        """The sentences of the hits that may answer, best first, and the chance that they do."""
        from retrieval.evidence import weigh

        return weigh(self, question, hits)

    def close(self) -> None:
        """Close what has been opened."""
        for name in ("vectors", "catalogue"):
            if opened := self.__dict__.pop(name, None):
                opened.close()
