"""Plain text, in whatever encoding."""

from collections.abc import Iterator

from langchain_core.documents import Document

from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader
from vademecum.retrieval.loaders._pipe_tables import tables_of
from vademecum.retrieval.loaders._title import from_name, heading

SUFFIXES = (".txt", ".text", ".log")
IN_PROCESS = True


class Loader(FileLoader):
    """Reads one text file; the text is the file decoded, newlines untouched."""

    marked = False

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: empty, binary, or in an unknown encoding.
        """
        text = decode(self.content, str(self.path))
        text, left_out = self.shown(text)
        if not text.strip("\ufeff \t\r\n"):
            raise self.error("the file holds nothing but comments")
        title = self.title(text) or from_name(self.path)
        tables = tables_of(text) if self.marked and "|" in text else []
        metadata = {"title": title, "pages": None, "page_starts": None, "tables": tables, "left_out": left_out}
        yield Document(text, metadata=metadata)

    def shown(self, text: str) -> tuple[str, list[tuple[str, str]]]:
        """What of the text is shown, and what is not, with where it is."""
        return text, []

    def title(self, text: str) -> str | None:
        """The title that the text gives itself."""
        return heading(text, marked=self.marked)
