"""Ways to rank passages, one file each: `--mode NAME` is `retrievers/name.py`; what comes on top: `transforms/`.

To add one, write a file with `build(library, k, scope) -> PassageRetriever`. A subclass of `PassageRetriever` only
ranks (`rank`: keys and scores); the rest of LangChain's retriever interface is done here.
"""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from vademecum.core.plugins import Members
from vademecum.core.types import EVERYWHERE, Hit, Passage, Scope
from vademecum.retrieval.scope import narrowed

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question

members = Members("retrieval.retrievers")


class PassageRetriever(BaseRetriever):
    """Finds passages of a `vademecum.retrieval.library.Library` within a scope.

    `k` and the fields of a `vademecum.core.types.Scope` can also be given at call time, and then add to the retriever's
    own: `retriever.invoke("...", k=5, path="letters/*.pdf")`.

    Documents carry `path`, `root`, `title`, `start`, `end`, `page`, `line`, `headings`, `source_id` and `score`.
    """

    library: Any
    k: int = 10
    scope: Scope = EVERYWHERE

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @abstractmethod
    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys of the best `k` passages within the scope with their scores (higher is better), best first."""

    def hits(self, question: str, *, k: int | None = None, **within: Any) -> list[Hit]:
        """The best passages, as `invoke` finds them."""
        return [as_hit(document) for document in self.invoke(question, k=k, **within)]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 (LangChain's signature)
        k: int | None = None,
        **within: Any,
    ) -> list[Document]:
        return [as_document(hit) for hit in self.search(self.library.question(query), k, **within)]

    def search(self, question: "Question", k: int | None = None, **within: Any) -> list[Hit]:
        """The best passages for a prepared question, best first; unlike `hits` not a run that is traced.

        Raises:
            WorkspaceError: documents still have vectors of another embedding model.
        """
        self.library.require_vectors()
        scores = dict(self.rank(question, k or self.k, narrowed(self.scope, within)))
        return self.shown([row.hit(scores[row.key]) for row in self.library.catalogue.passages(keys=list(scores))])

    def shown(self, hits: list[Hit]) -> list[Hit]:
        """What is handed out of the passages that were ranked: they themselves; a transform may widen them."""
        return hits


def as_document(hit: Hit) -> Document:
    """A hit as LangChain's `Document`."""
    passage = hit.passage
    metadata = {
        "source_id": passage.source_id,
        "path": hit.path,
        "root": hit.root,
        "title": hit.title,
        "start": passage.start,
        "end": passage.end,
        "headings": list(passage.headings),
        "page": passage.page,
        "line": passage.line,
        "place": passage.place,
        "score": hit.score,
        "sha256": hit.sha256,
    }
    return Document(id=passage.id, page_content=passage.text, metadata=metadata)


def as_hit(document: Document) -> Hit:
    """The hit that `as_document` was given."""
    metadata = document.metadata
    return Hit(
        passage=Passage(
            id=document.id or "",
            source_id=metadata["source_id"],
            start=metadata["start"],
            end=metadata["end"],
            text=document.page_content,
            headings=tuple(metadata["headings"]),
            page=metadata["page"],
            line=metadata["line"],
            place=metadata.get("place"),
        ),
        path=metadata["path"],
        root=metadata["root"],
        title=metadata["title"],
        score=metadata["score"],
        sha256=metadata.get("sha256", ""),
    )
