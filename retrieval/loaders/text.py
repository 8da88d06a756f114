"""Plain text, in whatever encoding."""

from collections.abc import Iterator
from pathlib import Path

from langchain_core.document_loaders.base import BaseLoader
from langchain_core.documents import Document

from retrieval.loaders._decode import decode
from retrieval.loaders._title import from_name, heading

SUFFIXES = (".txt", ".text", ".rst", ".org", ".log")


class Loader(BaseLoader):
    """Reads one text file; the text is the file decoded, newlines untouched."""

    marked = False

    def __init__(self, path: str | Path, data: bytes | None = None) -> None:
        self.path = Path(path)
        self.data = data

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: empty, binary, or in an encoding that cannot be told.
        """
        text = decode(self.path.read_bytes() if self.data is None else self.data, str(self.path))
        title = self.title(text) or from_name(self.path)
        yield Document(text, metadata={"title": title, "pages": None, "page_starts": None})

    def title(self, text: str) -> str | None:
        """The title that the text gives itself."""
        return heading(text, marked=self.marked)
