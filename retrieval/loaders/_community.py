"""Loaders of langchain-community, by the setting `loaders`: what they yield is joined into the text that is kept."""

from pathlib import Path
from typing import Any

from langchain_core.document_loaders.base import BaseLoader
from langchain_core.documents import Document

from vademecum.core.community import PREFIX, community
from vademecum.core.errors import DocumentError, SettingsError
from vademecum.retrieval.loaded_text import LoadedText
from vademecum.retrieval.loaders._title import from_name

BETWEEN = "\n\n"
"""Between two Documents of a loader: the end of a paragraph."""


def load_named(name: str, path: Path) -> LoadedText:
    """The file as the loader called `name` ("community:document_loaders.SRTLoader") reads it.

    Each Document is a page where the loader numbers them, else they follow each other.

    Raises:
        SettingsError: there is no such loader, or it needs something else than a path.
        DocumentError: it cannot read the file.
    """
    if not name.startswith(PREFIX):
        raise SettingsError(
            f"setting 'loaders': {name!r} does not begin with {PREFIX!r}, and others are found by suffix"
        )
    loader = community(name, BaseLoader, {"file_path": str(path)})
    try:
        documents = [document for document in loader.load() if document.page_content.strip()]
    except ImportError as error:
        raise SettingsError(
            f"setting 'loaders': {name!r} needs a package that is not installed ({error.name})"
        ) from error
    except Exception as error:
        first = next(iter(str(error).strip().splitlines()), "")[:200]
        raise DocumentError(str(path), f"{name} cannot read it ({type(error).__name__}: {first})") from error
    if not documents:
        raise DocumentError(str(path), "it holds no text")
    starts = _starts(documents)
    return LoadedText(
        text=BETWEEN.join(document.page_content for document in documents),
        title=_title(documents[0].metadata) or from_name(path),
        kind=name.rpartition(".")[2],
        page_starts=starts if all("page" in document.metadata for document in documents) else None,
    )


def _starts(documents: list[Document]) -> tuple[int, ...]:
    starts, place = [], 0
    for document in documents:
        starts.append(place)
        place += len(document.page_content) + len(BETWEEN)
    return tuple(starts)


def _title(metadata: dict[str, Any]) -> str:
    title = metadata.get("title")
    return title.strip() if isinstance(title, str) else ""
