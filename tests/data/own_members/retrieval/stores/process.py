"""Vectors in the memory of this process."""

from langchain_core.vectorstores import InMemoryVectorStore

from vademecum.retrieval.stores import PassageIndex, Place
from vademecum.retrieval.stores._vector_store import Backend, VectorStoreIndex

STORES: dict[str, InMemoryVectorStore] = {}


class Memory(Backend):
    name = "process"

    def open(self, shelf, embeddings, dimensions):
        store = STORES.setdefault(shelf, InMemoryVectorStore(embeddings))
        store.embedding = embeddings
        return store


def build(place: Place) -> PassageIndex:
    return VectorStoreIndex(place, Memory())
