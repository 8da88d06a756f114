"""Passage vectors in FAISS, in this process: exact search, saved without pickle in the workspace's folder `faiss`."""

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, cast

from vademecum.retrieval.stores import IndexSpec, PassageIndex, missing
from vademecum.retrieval.stores._vector_store import Backend, VectorStoreIndex

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import VectorStore

    from vademecum.retrieval.stores._faiss_store import FaissStore

FOLDER = "faiss"


class FaissFolder(Backend):
    """A folder with a FAISS index for each stored collection."""

    name = FOLDER

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self, name: str, embeddings: "Embeddings", dimensions: int) -> "VectorStore":  # noqa: ARG002
        """The index of that name, read when it is first used."""
        from vademecum.retrieval.stores._faiss_store import FaissStore

        return FaissStore(self.folder, name, embeddings)

    def drop(self, name: str) -> bool:
        """Its files go."""
        for file in self.folder.glob(f"{name}.*"):
            file.unlink(missing_ok=True)
        return True

    def flush(self, store: "VectorStore") -> None:
        """Write the index anew."""
        cast("FaissStore", store).save()


def build(spec: IndexSpec) -> PassageIndex:
    """The index in the workspace's folder.

    Raises:
        SettingsError: the extra is not installed.
    """
    try:
        importlib.import_module("faiss")
    except ImportError as error:
        raise missing("faiss", error) from error
    return VectorStoreIndex(spec, FaissFolder(spec.home / FOLDER))
