"""Passage vectors in a Pinecone index, through langchain-pinecone: one namespace for each stored collection.

`pinecone:NAME` is an index of one's account, `pinecone:https://HOST` an index by its address. It is not made here: its
cloud, region and price are for its owner to choose. It needs the metric cosine and the embedding model's length.
Besides vectors it holds ids; the key is the setting `store_key`.
"""

import importlib
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import SettingsError
from vademecum.retrieval.stores import IndexSpec, PassageIndex, missing
from vademecum.retrieval.stores._vector_store import Backend, VectorStoreIndex

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import VectorStore
    from pydantic import SecretStr


class Pinecone(Backend):
    """The index at `address`, its name or its URL."""

    def __init__(self, address: str, key: "SecretStr") -> None:
        self.name = f"pinecone:{address}"
        self._address = address
        self._key = key
        self._index: Any = None

    def open(self, name: str, embeddings: "Embeddings", dimensions: int) -> "VectorStore":  # noqa: ARG002
        """The namespace of that name; Pinecone makes it with the first vector."""
        from langchain_pinecone import PineconeVectorStore

        return PineconeVectorStore(index=self._opened(), embedding=embeddings, namespace=name)

    def drop(self, name: str) -> bool:
        """The namespace goes as a whole."""
        from pinecone.exceptions import NotFoundException

        try:
            self._opened().delete(delete_all=True, namespace=name)
        except NotFoundException:
            return True
        return True

    def close(self) -> None:
        """Forget the connection."""
        self._index = None

    def _opened(self) -> Any:
        if self._index is None:
            # By its name: without the extra, a type checker would take `import pinecone` to mean this file.
            from requests.adapters import Retry

            pinecone: Any = importlib.import_module("pinecone")
            client = pinecone.Pinecone(api_key=self._key.get_secret_value(), source_tag="vademecum")
            # Its key would go along to wherever the index sends on to.
            client._openapi_config.retries = Retry(
                5, redirect=0, backoff_factor=0.25, status_forcelist=(500, 502, 503, 504), allowed_methods=None
            )
            by_url = "://" in self._address
            self._index = client.Index(host=self._address) if by_url else client.Index(name=self._address)
        return self._index


def build(spec: IndexSpec) -> PassageIndex:
    """The index that the address names.

    Raises:
        SettingsError: the extra is not installed, or index or key are not named.
    """
    try:
        import langchain_pinecone  # noqa: F401 (only whether it is there)
    except ImportError as error:
        raise missing("pinecone", error) from error
    if not spec.address or spec.settings.store_key is None:
        raise SettingsError("the store pinecone needs an index and a key: set store to pinecone:INDEX, and store_key")
    return VectorStoreIndex(spec, Pinecone(spec.address, spec.settings.store_key))
