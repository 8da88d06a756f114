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

from vademecum.core.community import PREFIX
from vademecum.core.errors import EmptyWorkspaceError, UsageError, WorkspaceError
from vademecum.core.settings import Settings
from vademecum.core.types import EVERYWHERE, Evidence, Hit, Scope
from vademecum.models import embedding_model, fingerprint
from vademecum.retrieval import retrievers, transforms
from vademecum.retrieval.catalogue.catalogue import Catalogue
from vademecum.retrieval.question import Question
from vademecum.retrieval.scope import described
from vademecum.retrieval.splitters import Splitter, splitter, splitter_name

if TYPE_CHECKING:
    from vademecum.retrieval.evidence.weigh_sentences import BestSentence, ScoreBaseline, WeighedSentences
    from vademecum.retrieval.retrievers import PassageRetriever
    from vademecum.retrieval.stores import PassageIndex, StoreChoice

QUESTIONS_KEPT = 128
"""Questions whose vectors are remembered, since one question passes several nodes of a graph."""


class Library:
    """The documents in `home`, opened when first used. Safe to share between threads.

    `store` is where vectors are kept, in place of what the settings name (see `vademecum.retrieval.stores`).
    Methods raise WorkspaceError where the workspace cannot be used.
    """

    def __init__(self, home: Path, settings: Settings, store: "StoreChoice | None" = None) -> None:
        self.home = home
        self.settings = settings
        self.store = settings.store if store is None else store
        self._opening = threading.RLock()
        self._own_vectors_at = -1
        self._question = lru_cache(QUESTIONS_KEPT)(lambda text, languages: Question(text, self.embeddings, languages))

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
    def vectors(self) -> "PassageIndex":
        """The index of passage vectors."""
        from vademecum.retrieval.stores import IndexSpec, open_index

        with self._opening:
            spec = IndexSpec(self.home, self.fingerprint, self.catalogue, self.settings)
            return self.__dict__.get("vectors") or open_index(self.store, spec)

    @cached_property
    def fingerprint(self) -> str:
        """Names the embedding model; vectors of two models never meet."""
        return fingerprint(self.embeddings, self.settings.embeddings)

    @property
    def recipe(self) -> str:
        """Names how documents are stored now: the embedding model, and the splitter where it is not the usual one.

        What is stored by another recipe is stored anew by the next ingestion. Until then it is found as it is, as long
        as its vectors are of the same model.
        """
        return self.fingerprint + self.splitting

    @property
    def splitting(self) -> str:
        """Names the splitter that the settings name, with its sizes; empty for the usual one."""
        return splitter_name(self.settings)

    @property
    def splitter(self) -> Splitter:
        """The splitter that the settings name."""
        return splitter(self.settings, lambda: self.embeddings)

    def question(self, text: str) -> Question:
        """The question with its words and vectors, computed once."""
        return self._question(text, self.catalogue.languages())

    def retriever(self, mode: str | None = None, *, k: int = 10, scope: Scope = EVERYWHERE) -> "PassageRetriever":
        """A LangChain retriever over these documents; "community:..." is one of langchain-community's.

        What stands behind a "+" is put around it, in this order: "late+multi-query+neighbours".

        Raises:
            UsageError: there is no such mode or transform; the message lists those there are.
        """
        base, *around = (mode or self.settings.mode).split("+")
        if base.startswith(PREFIX):
            from vademecum.retrieval.retrievers._community import build_named

            retriever = build_named(base, library=self, k=k, scope=scope)
        else:
            retriever = retrievers.members.get(base).build(library=self, k=k, scope=scope)
        for name in around:
            retriever = transforms.members.get(name).build(retriever)
        return retriever

    def search(self, question: str, *, k: int = 10, mode: str | None = None, scope: Scope = EVERYWHERE) -> list[Hit]:
        """The `k` passages that fit best, best first; fewer where there are fewer.

        Raises:
            UsageError: an empty question, `k` below 1, an unknown mode, collection or kind.
            EmptyWorkspaceError: nothing has been ingested.
        """
        if not question.strip():
            raise UsageError("the question is empty; ask something")
        if k < 1:
            raise UsageError(f"k is {k}, which is below 1")
        self.require_documents(scope.collection)
        self._require_kind(scope)
        return self.retriever(mode, k=k, scope=scope).hits(question)

    def require_documents(self, collection: str | None = None) -> None:
        """Raise where there is nothing to search.

        Raises:
            EmptyWorkspaceError: nothing has been ingested.
            UsageError: the collection does not exist; the message lists those that do.
        """
        collections = self.catalogue.collections()
        if not collections:
            raise EmptyWorkspaceError(f"the workspace {self.home} holds no documents; add some: vade ingest PATH")
        if collection is not None and collection not in collections:
            raise UsageError(f"no collection named {collection!r}; there are: {', '.join(collections)}")

    def _require_kind(self, scope: Scope) -> None:
        if scope.kind is not None and scope.kind not in (kinds := self.catalogue.kinds(scope.collection)):
            raise UsageError(f"no documents of kind {scope.kind!r}; there are: {', '.join(kinds)}")

    def require_vectors(self) -> None:
        """Raise where any document's vectors come from another embedding model: they are never compared with ours.

        Raises:
            WorkspaceError: the setting `embeddings` was changed, and not all documents have been embedded anew.
        """
        generation = self.catalogue.generation
        if generation == self._own_vectors_at:
            return
        if others := self.catalogue.of_other_models(self.fingerprint):
            total = sum(not source.same_as for source in self.catalogue.sources())
            raise WorkspaceError(
                f"{others} of {total} documents were embedded by another model than {self.settings.embeddings!r} or by "
                "an earlier version of it; embed them anew with `vade reembed` (what was done before is kept), or set "
                "`embeddings` back"
            )
        self._own_vectors_at = generation

    def empty_scope(self, scope: Scope) -> str:
        """That no document is within a scope, as a sentence; empty where one is, or where it is not narrow."""
        if not scope.is_narrow or self.catalogue.keys(scope):
            return ""
        return f"No document matches the filter ({described(scope)})."

    def weigh(self, question: str, hits: Sequence[Hit]) -> Evidence:
        """The sentences of the hits that may answer, best first, and the chance that they do."""
        from vademecum.retrieval.evidence.weigh_sentences import weigh

        self.require_vectors()
        threads = self.settings.threads
        return weigh(self.catalogue, self.question(question), hits, self.score_baseline, threads=threads)

    def read_sentences(self, question: str) -> "WeighedSentences":
        """The sentences found for a question, and what the trained reader says of them."""
        from vademecum.retrieval.evidence.weigh_sentences import read

        self.require_vectors()
        return read(self.catalogue, self.question(question), self.search(question), threads=self.settings.threads)

    def score_baseline(self) -> "ScoreBaseline":
        """How well questions about other things fit these documents; measured where that is not known."""
        from vademecum.retrieval.evidence.score_baseline import score_baseline

        return score_baseline(self.catalogue, self.fingerprint, self._best_sentence)

    def _best_sentence(self, text: str) -> "BestSentence":
        """The best sentence for a question, as the gate looks at it."""
        from vademecum.retrieval.evidence.weigh_sentences import best_sentence

        question = self.question(text)
        return best_sentence(self.catalogue, question, self.retriever("best").search(question))

    def close(self) -> None:
        """Close what has been opened."""
        for name in ("vectors", "catalogue"):
            if opened := self.__dict__.pop(name, None):
                opened.close()
