"""Passage vectors in a Chroma server (`chroma run`), through LangChain's `Chroma`.

Unlike embedded Chroma it may be shared: by processes, which see what each other writes, and by workspaces, whose
names never meet. Stored are vectors and, as documents, the ids of passages.
"""

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vademecum.core.errors import SettingsError
from vademecum.retrieval.stores import IndexSpec, PassageIndex
from vademecum.retrieval.stores._chroma_client import EF_SEARCH, chroma
from vademecum.retrieval.stores._vector_store import Backend, VectorStoreIndex

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import VectorStore
    from pydantic import SecretStr


class ChromaServer(Backend):
    """The server at an address; `key` is sent as a bearer token."""

    def __init__(self, address: str, key: "SecretStr | None") -> None:
        parts = urlsplit(address)
        if not parts.hostname:
            raise SettingsError(f"the store {address!r} names no host; write it as http://host:8000")
        self.name = f"chroma:{parts.scheme}://{parts.hostname}:{parts.port or 8000}"
        self._parts = parts
        self._key = key
        self._client: Any = None

    def open(self, name: str, embeddings: "Embeddings", dimensions: int) -> "VectorStore":  # noqa: ARG002
        """One Chroma collection for each stored one."""
        client = self._opened()
        from langchain_chroma import Chroma

        index: Any = {"hnsw": {"space": "cosine", "ef_search": EF_SEARCH}}
        return Chroma(name, embeddings, client=client, collection_configuration=index)

    def drop(self, name: str) -> bool:
        """The collection goes as a whole."""
        try:
            self._opened().delete_collection(name)
        except chroma().errors.NotFoundError:
            return True
        return True

    def close(self) -> None:
        """Close the connection, where no other index of this process uses it.

        Chroma's clients of one server share a connection that none of them closes: its count of users never ends.
        """
        if self._client is None:
            return
        from chromadb.api.shared_system_client import SharedSystemClient

        client: Any = self._client
        self._client = None
        with _users_lock:
            _users[client._identifier] -= 1
            client.close()
            if not _users[client._identifier]:
                SharedSystemClient._identifier_to_system.pop(client._identifier, None)
                SharedSystemClient._identifier_to_refcount.pop(client._identifier, None)
                client._server._session.close()

    def _opened(self) -> Any:
        if self._client is None:
            chromadb = chroma()
            headers = {"Authorization": f"Bearer {self._key.get_secret_value()}"} if self._key else None
            with _users_lock:
                client: Any = chromadb.HttpClient(
                    host=self._parts.hostname or "",
                    port=self._parts.port or 8000,
                    ssl=self._parts.scheme == "https",
                    headers=headers,
                    settings=chromadb.config.Settings(anonymized_telemetry=False),
                )
                _users[client._identifier] += 1
            self._client = client
        return self._client


_users: Counter[str] = Counter()
_users_lock = threading.Lock()


def build(spec: IndexSpec) -> PassageIndex:
    """The index in the server at `spec.address`."""
    return VectorStoreIndex(spec, ChromaServer(spec.address, spec.settings.store_key))
