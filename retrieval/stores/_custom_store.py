"""Any LangChain `VectorStore` that a person gives: the object, a function that makes one, or the name of a class.

vademecum.open("notes/", store=lambda embeddings, name: MyStore(embeddings, collection=name))
VADE_STORE=my_package.stores:MyStore
VADE_STORE_ARGUMENTS='{"url": "http://localhost:1234"}'
"""

import copy
import importlib
import inspect
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from vademecum.core.errors import SettingsError, UsageError
from vademecum.retrieval.stores._passage_index import IndexSpec
from vademecum.retrieval.stores._vector_store import Backend, VectorStoreIndex

if TYPE_CHECKING:
    from vademecum.retrieval.stores._passage_index import PassageIndex

_EMBEDDINGS = ("embedding", "embedding_function", "embeddings", "embedding_service")
_NAMES = ("collection_name", "index_name", "table_name", "collection", "namespace")
"""What LangChain's stores call the embeddings and their own name in `__init__`."""


class FunctionBackend(Backend):
    """Stores made by a function of embeddings and a name; one for each stored collection."""

    def __init__(self, name: str, make: Callable[[Embeddings, str], object], *, shared: bool = False) -> None:
        self.name = name
        self.make = make
        self.shared = shared

    def open(self, name: str, embeddings: Embeddings, dimensions: int) -> VectorStore:  # noqa: ARG002
        """What the function makes."""
        store = self.make(embeddings, name)
        if not isinstance(store, VectorStore):
            raise UsageError(f"the store made is a {type(store).__name__}, not a LangChain VectorStore")
        return store


class ObjectBackend(Backend):
    """One store for all stored collections, and perhaps for other things: more is searched for than is needed."""

    shared = True

    def __init__(self, store: VectorStore) -> None:
        self.name = f"given:{type(store).__name__}"
        self.store = store
        if not _holders(store):
            raise UsageError(
                f"{type(store).__name__} does not show where it keeps its embeddings, so vectors cannot be handed to "
                "it; give a function (embeddings, name) that makes the store instead"
            )

    def open(self, name: str, embeddings: Embeddings, dimensions: int) -> VectorStore:  # noqa: ARG002
        """The same store, but that it is handed our vectors in place of those of its own model."""
        twin = copy.copy(self.store)
        for holder in _holders(self.store):
            setattr(twin, holder, embeddings)
        return twin


def build(choice: Any, spec: IndexSpec) -> "PassageIndex":
    """The index in the store that is given as an object.

    Raises:
        UsageError: it is neither a `VectorStore` nor a function.
    """
    if isinstance(choice, VectorStore):
        return VectorStoreIndex(spec, ObjectBackend(choice))
    if callable(choice):
        name = f"made:{getattr(choice, '__module__', '')}.{getattr(choice, '__qualname__', type(choice).__name__)}"
        return VectorStoreIndex(spec, FunctionBackend(name, choice))
    raise UsageError(
        f"store is a {type(choice).__name__}; give a name, a LangChain VectorStore, or a function that makes one"
    )


def build_named(name: str, spec: IndexSpec) -> "PassageIndex":
    """The index in stores of the class "package.module:Class", made with the setting `store_arguments`.

    Raises:
        SettingsError: there is no such class, or it takes no embeddings.
    """
    module, _, last = name.partition(":")
    try:
        store_class = getattr(importlib.import_module(module), last)
    except (ImportError, AttributeError, ValueError) as error:
        raise SettingsError(f"there is no store {name!r} ({error}); write it as package.module:Class") from error
    if not (isinstance(store_class, type) and issubclass(store_class, VectorStore)):
        raise SettingsError(f"the store {name!r} is no LangChain VectorStore")
    takes = inspect.signature(store_class.__init__).parameters
    to_embed = _first(_EMBEDDINGS, takes)
    if to_embed is None:
        raise SettingsError(f"the store {name!r} takes no embeddings; give vademecum.open(store=...) a function")
    to_name = _first(_NAMES, takes)
    arguments = {name: value.get_secret_value() for name, value in spec.settings.store_arguments.items()}

    def make(embeddings: Embeddings, name: str) -> VectorStore:
        name_option = {to_name: name} if to_name else {}
        return store_class(**{to_embed: embeddings, **name_option, **arguments})

    return VectorStoreIndex(spec, FunctionBackend(name, make, shared=to_name is None or to_name in arguments))


def _first(names: Iterable[str], takes: Iterable[str]) -> str | None:
    return next((name for name in names if name in takes), None)


def _holders(store: VectorStore) -> list[str]:
    """Attributes in which the store keeps the embeddings that it says it has."""
    return [name for name, value in vars(store).items() if value is not None and value is store.embeddings]
