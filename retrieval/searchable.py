"""What retrievers and transforms use of the library that they search."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from vademecum.core.settings import Settings
    from vademecum.retrieval.catalogue.catalogue import Catalogue
    from vademecum.retrieval.question import Question
    from vademecum.retrieval.stores import PassageIndex


class Searchable(Protocol):
    """Documents that can be searched: `vademecum.retrieval.library.Library` is one."""

    @property
    def home(self) -> Path:
        """The folder of the workspace."""
        ...

    @property
    def settings(self) -> "Settings":
        """The settings that it was opened with."""
        ...

    @cached_property
    def catalogue(self) -> "Catalogue":
        """Sources, texts, passages and words."""
        ...

    @cached_property
    def embeddings(self) -> "Embeddings":
        """The embedding model."""
        ...

    @cached_property
    def fingerprint(self) -> str:
        """Names the embedding model; vectors of two models never meet."""
        ...

    @cached_property
    def vectors(self) -> "PassageIndex":
        """The index of passage vectors."""
        ...

    def question(self, text: str) -> "Question":
        """The question with its words and vectors."""
        ...

    def require_vectors(self) -> None:
        """Raise WorkspaceError where any document's vectors come from another embedding model."""
        ...
