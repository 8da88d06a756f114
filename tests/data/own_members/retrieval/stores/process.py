"""Vectors in the memory of this process."""

from langchain_core.vectorstores import InMemoryVectorStore

from vademecum.retrieval.stores import IndexSpec, PassageIndex
from vademecum.retrieval.stores._vector_store import Backend, VectorStoreIndex

STORES: dict[str, InMemoryVectorStore] = {}


class Memory(Backend):
    name = "process"

    def open(self, name, embeddings, dimensions):
        store = STORES.setdefault(name, InMemoryVectorStore(embeddings))
        store.embedding = embeddings
        return store


def build(spec: IndexSpec) -> PassageIndex:
    return VectorStoreIndex(spec, Memory())
