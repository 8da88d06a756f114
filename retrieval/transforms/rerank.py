"""Puts the best passages in a new order, by any of LangChain's document compressors.

The setting `rerank` names it: `late`, which is ours and works offline, or a class of langchain-community. In Python any
other can be given: `Rerank.around(library.retriever("hybrid", k=5), compressor=CohereRerank(...))`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.callbacks import Callbacks
from langchain_core.documents import BaseDocumentCompressor, Document
from pydantic import ConfigDict

from vademecum.core.community import PREFIX, community
from vademecum.core.errors import SettingsError, VademecumError
from vademecum.core.types import Scope
from vademecum.models.retryable import unanswered
from vademecum.retrieval.retrievers import PassageRetriever, as_document
from vademecum.retrieval.retrievers.late import interaction, require_tokens, weights
from vademecum.retrieval.transforms import Transform

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question

DEPTH = 50
"""Passages that the compressor is given, at least."""

KEY = "key"
"""Metadata of a document given to a compressor: which passage it is. Not every compressor keeps a document's id."""

SCORE = "relevance_score"
"""Metadata in which LangChain's rerankers leave their score."""


class LateInteraction(BaseDocumentCompressor):
    """Orders passages of `library` by MaxSim over their token vectors; those without any come last."""

    library: Any

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def compress_documents(
        self,
        documents: Sequence[Document],
        query: str,
        callbacks: Callbacks | None = None,  # noqa: ARG002 (LangChain's signature)
    ) -> list[Document]:
        """The documents, best first, each with its score."""
        question, catalogue = self.library.question(query), self.library.catalogue
        require_tokens(question, self.library, "rerank")
        vectors = catalogue.vectors([document.metadata[KEY] for document in documents])
        keys = [key for key, row in vectors.items() if row.tokens]
        scores: dict[int, float] = {}
        if keys:
            late = interaction(question.tokens, weights(question, catalogue), [vectors[key].tokens for key in keys])
            scores = dict(zip(keys, late.tolist(), strict=True))
        scored = [
            document.model_copy(
                update={"metadata": {**document.metadata, SCORE: scores.get(document.metadata[KEY], 0.0)}}
            )
            for document in documents
        ]
        return sorted(scored, key=lambda document: -document.metadata[SCORE])


class Rerank(Transform):
    """The order, and the choice, that `compressor` makes of `inner`'s best; a text that it shortens stays whole.

    Scores are the compressor's own where it reports them, else 1 / rank.
    """

    compressor: BaseDocumentCompressor

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """Keys and the compressor's scores."""
        ranking = self.inner.rank(question, max(k, DEPTH), scope)
        scores = dict(ranking)
        documents = [
            _numbered(as_document(row.hit(scores[row.key])), row.key)
            for row in self.library.catalogue.passages(keys=list(scores))
        ]
        if not documents:
            return []
        try:
            ordered = self.compressor.compress_documents(documents, question.text)
        except VademecumError:
            raise
        except Exception as error:  # compressors share no base class of errors; nothing is swallowed
            raise unanswered(error) from error
        new_scores = {document.metadata[KEY]: document.metadata.get(SCORE) for document in reversed(ordered)}
        keys = list(reversed(new_scores))[:k]
        final = [float(score) for key in keys if (score := new_scores[key]) is not None]
        if len(final) < len(keys) or final != sorted(final, reverse=True):
            final = [1 / place for place in range(1, len(keys) + 1)]
        return list(zip(keys, final, strict=True))


def _numbered(document: Document, key: int) -> Document:
    return document.model_copy(update={"metadata": {**document.metadata, KEY: key}})


def build(inner: PassageRetriever) -> Rerank:
    """The transform around `inner`, with the compressor that the settings name.

    Raises:
        SettingsError: there is none of that name.
    """
    name = inner.library.settings.rerank
    if name == "late":
        return Rerank.around(inner, compressor=LateInteraction(library=inner.library))
    if name.startswith(PREFIX):
        return Rerank.around(inner, compressor=community(name, BaseDocumentCompressor))
    raise SettingsError(f"setting 'rerank': {name!r} is none; give late, or community:document_compressors.NAME")
