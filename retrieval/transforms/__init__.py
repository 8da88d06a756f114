"""What is put around a way to rank, one file each: `--mode best+NAME` is `transforms/name.py` around `best`.

Some change what is asked (`rewrite`, `multi-query`) or the order (`rerank`), others what is shown of a passage that was
found (`neighbours`, `section`). Each is a retriever like those it is put around, so they can be combined:
`late+multi-query+neighbours`.

To add one, write a file with `build(inner) -> Transform`, and override `rank`, or `shown`, or both.
"""

from typing import TYPE_CHECKING, Any, Self

from vademecum.core.plugins import Members
from vademecum.core.types import Hit, Scope
from vademecum.retrieval.retrievers import PassageRetriever

if TYPE_CHECKING:
    from vademecum.retrieval.question import Question

members = Members("retrieval.transforms")


class Transform(PassageRetriever):
    """A retriever around another, `inner`, whose passages it ranks and shows as that one does."""

    inner: PassageRetriever

    @classmethod
    def around(cls, inner: PassageRetriever, **more: Any) -> Self:
        """This transform around `inner`, over the same library, with its `k` and scope."""
        return cls(inner=inner, library=inner.library, k=inner.k, scope=inner.scope, **more)

    def rank(self, question: "Question", k: int, scope: Scope) -> list[tuple[int, float]]:
        """As `inner`."""
        return self.inner.rank(question, k, scope)

    def shown(self, hits: list[Hit]) -> list[Hit]:
        """As `inner`."""
        return self.inner.shown(hits)
