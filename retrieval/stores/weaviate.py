"""Passage vectors in Weaviate, through langchain-weaviate: one Weaviate collection for each stored one.

`weaviate:http://host:8080` is a server (its gRPC port is 50051, or `?grpc=PORT`), `weaviate:https://....weaviate.cloud`
one of Weaviate's own, whose key is the setting `store_key`. Besides vectors it holds ids.
"""

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from vademecum.core.errors import SettingsError, WorkspaceError
from vademecum.retrieval.stores import IndexSpec, PassageIndex, missing
from vademecum.retrieval.stores._vector_store import Backend, VectorStoreIndex

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import VectorStore
    from pydantic import SecretStr

TEXT = "passage"
"""The property that holds the text that represents a passage."""


class Weaviate(Backend):
    """The server at `address`."""

    def __init__(self, address: str, key: "SecretStr | None") -> None:
        parts = urlsplit(address)
        if not parts.hostname:
            raise SettingsError("the store weaviate needs a server: set store to weaviate:http://host:8080")
        self.name = f"weaviate:{parts.scheme}://{parts.hostname}:{parts.port or ''}"
        # LangChain's search is a hybrid one; all its weight on the vector.
        self.search_options = {"alpha": 1.0}
        self._parts = parts
        self._key = key
        self._client: Any = None

    def open(self, name: str, embeddings: "Embeddings", dimensions: int) -> "VectorStore":  # noqa: ARG002
        """The collection of that name, made where it is missing."""
        from langchain_weaviate import WeaviateVectorStore

        class Store(WeaviateVectorStore):
            """One that does not pass over what could not be written."""

            def add_texts(self, texts: Iterable[str], *arguments: Any, **options: Any) -> list[str]:
                """Add texts; the first refusal is raised, which LangChain's own only logs."""
                added = super().add_texts(list(texts), *arguments, **options)
                if refused := self._client.batch.failed_objects:
                    raise WorkspaceError(f"Weaviate refused {len(refused)} vectors: {refused[0].message}")
                return added

        name = _collection(name)
        schema = {
            "class": name,
            "vectorizer": "none",
            "vectorIndexConfig": {"distance": "cosine"},
            "properties": [{"name": TEXT, "dataType": ["text"], "indexSearchable": False}],
        }
        return Store(self._opened(), name, TEXT, embedding=embeddings, schema=schema)

    def drop(self, name: str) -> bool:
        """The collection goes as a whole."""
        self._opened().collections.delete(_collection(name))
        return True

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            self._client.close()
        self._client = None

    def _opened(self) -> Any:
        if self._client is None:
            from weaviate.classes.init import Auth

            # By its name: without the extra, a type checker would take `import weaviate` to mean this file.
            weaviate: Any = importlib.import_module("weaviate")
            auth: Any = Auth.api_key(self._key.get_secret_value()) if self._key else None
            host, secure = self._parts.hostname or "", self._parts.scheme == "https"
            if host.endswith(".weaviate.cloud"):
                self._client = weaviate.connect_to_weaviate_cloud(host, auth_credentials=auth)
            else:
                grpc = parse_qs(self._parts.query).get("grpc", ["50051"])[0]
                self._client = weaviate.connect_to_custom(
                    host, self._parts.port or (443 if secure else 8080), secure, host, int(grpc), secure,
                    auth_credentials=auth,
                )  # fmt: skip
        return self._client


def build(spec: IndexSpec) -> PassageIndex:
    """The index in the server that the address names.

    Raises:
        SettingsError: the extra is not installed, or no server is named.
    """
    try:
        import langchain_weaviate  # noqa: F401 (only whether it is there)
    except ImportError as error:
        raise missing("weaviate", error) from error
    return VectorStoreIndex(spec, Weaviate(spec.address, spec.settings.store_key))


def _collection(name: str) -> str:
    """Weaviate's names of collections begin with a capital letter."""
    return name[0].upper() + name[1:]
