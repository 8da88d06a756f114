"""Where passage vectors are kept, one file each: the setting `store` is `stores/NAME.py`, with ":ADDRESS" or without.

    chroma                        Chroma in this process (the default)
    http://host:8000              Chroma's server, also chroma:http://...
    faiss                         FAISS in this process, saved without pickle
    postgres, postgresql://...    pgvector, in the database of the setting `database` or in the one named
    pinecone:INDEX, weaviate:URL  by their LangChain packages
    package.module:Class          any other LangChain `VectorStore`

To add one, write a file with `build(spec) -> PassageIndex`. Where LangChain has a `VectorStore` for it, that is a
`Backend` in a `VectorStoreIndex` (retrieval/stores/_vector_store.py), which does the rest. The catalogue is the truth:
every index follows it and can be made again from it, without the embedding model.
"""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import SettingsError
from vademecum.core.plugins import Members
from vademecum.retrieval.stores._passage_index import IndexSpec, PassageIndex

if TYPE_CHECKING:
    from vademecum.retrieval.stores._passage_index import StoreChoice

__all__ = ["FOLDERS", "IndexSpec", "PassageIndex", "missing", "open_index", "parsed", "remove_unused"]

members = Members("retrieval.stores")

FOLDERS = frozenset({"chroma", "faiss"})
"""Stores that keep a folder of their name in the workspace."""


def open_index(choice: "StoreChoice", spec: IndexSpec) -> PassageIndex:
    """The index in the store that a person gave, or named.

    Raises:
        UsageError: there is no store of that name; the message lists those there are.
        SettingsError: what is given or named cannot be used as a store, or its extra is missing.
    """
    if not isinstance(choice, str):
        from vademecum.retrieval.stores import _custom_store

        return _custom_store.build(choice, spec)
    name, address = parsed(choice)
    if not name:
        from vademecum.retrieval.stores import _custom_store

        return _custom_store.build_named(address, spec)
    return members.get(name).build(replace(spec, address=address))


def parsed(setting: str) -> tuple[str, str]:
    """Name and address of a store as the setting `store` gives them; the name is empty where a class is named."""
    if setting.lower().startswith(("http://", "https://")):
        return "chroma", setting
    if setting.lower().startswith(("postgres://", "postgresql://")):
        return "postgres", setting
    name, colon, address = setting.partition(":")
    if colon and name not in members.names() and not address.startswith("//"):
        return "", setting
    return name, address


def remove_unused(home: Path, used: Any) -> None:
    """Remove what stores that are not in use now left in the workspace: they no longer follow, so nothing is forgotten
    there. They are filled anew where they come into use again.
    """
    for name in FOLDERS - {parsed(used)[0] if isinstance(used, str) and ":" not in used else ""}:
        shutil.rmtree(home / name, ignore_errors=True)


def missing(extra: str, error: ImportError) -> SettingsError:
    """The error where a store's extra is not installed."""
    return SettingsError(f"the store {extra!r} needs an extra ({error.name} is missing): ./run setup {extra}")
