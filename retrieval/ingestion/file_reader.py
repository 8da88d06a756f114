"""Reading one document within bounds, wherever it is: neither its size nor its text's length is left to chance."""

import time
from typing import NamedTuple

from vademecum.core.errors import DocumentError
from vademecum.core.settings import Settings
from vademecum.retrieval import loaders
from vademecum.retrieval.fetching import is_url
from vademecum.retrieval.ingestion.archives import Archives
from vademecum.retrieval.ingestion.discover import FoundFile
from vademecum.retrieval.ingestion.web_pages import Web
from vademecum.retrieval.loaders import LoadedText
from vademecum.retrieval.loaders._community import load_named
from vademecum.retrieval.loaders._file import too_long


class Status(NamedTuple):
    """Size in bytes and time of the last change in nanoseconds since 1970, of the file or of the archive it is in."""

    size: int
    mtime_ns: int


class Content(NamedTuple):
    """The bytes of a document; `kind` names its loader where that is known otherwise than by its name."""

    data: bytes
    kind: str | None = None


class FileReader:
    """Reads the files, the files in archives and the web pages of one ingestion."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.archives = Archives(settings)
        self.web = Web(settings)

    def status(self, file: FoundFile) -> Status:
        """Size and time of the file; of a web page ones that never vouch for it, so that it is fetched.

        Raises:
            DocumentError: it is gone, or cannot be looked at.
        """
        if is_url(file.root):
            return Status(-1, time.time_ns())
        try:
            stat = file.location.stat()
        except OSError as error:
            raise _unreadable(file, error) from error
        return Status(stat.st_size, stat.st_mtime_ns)

    def read(self, file: FoundFile, size: int) -> Content:
        """The bytes of a file of that size; where it grows meanwhile, it is not read beyond the limit.

        Raises:
            DocumentError: there are too many, or they cannot be read.
        """
        if is_url(file.root):
            return Content(*self.web.read(file))
        if file.archive:
            size = self.archives.size(file)
        self._check(file, size)
        if file.archive:
            return Content(self.archives.read(file))
        try:
            with file.location.open("rb") as handle:
                data = handle.read(self.settings.max_file_mb * 1_000_000 + 1)
        except OSError as error:
            raise _unreadable(file, error) from error
        self._check(file, len(data))
        return Content(data)

    def load(self, file: FoundFile, content: Content) -> LoadedText:
        """The document's text.

        Raises:
            DocumentError: it has none that can be read, or too long a one.
            SettingsError: the loader that the settings name for it is not there.
        """
        loaded = self._load_by_setting(file) or loaders.load(file.name, content.data, self.settings, kind=content.kind)
        if len(loaded.text) > self.settings.max_text_chars:
            raise too_long(file.path, self.settings)
        return loaded

    def _load_by_setting(self, file: FoundFile) -> LoadedText | None:
        """What the loader of langchain-community that the settings name for such a file reads; it reads files only."""
        loader = self.settings.loaders.get(file.location.suffix.lower())
        return None if loader is None or file.archive or is_url(file.root) else load_named(loader, file.location)

    def _check(self, file: FoundFile, size: int) -> None:
        most = self.settings.max_file_mb
        if size > most * 1_000_000:
            actual = f"{size / 1_000_000:,.1f} MB"
            raise DocumentError(file.path, f"{actual} is more than the {most} MB allowed; see the setting max_file_mb")
        # Four bytes a character are the most there are, so such a text is too long: no need to read it.
        if size > 4 * self.settings.max_text_chars and loaders.is_plain(file.name):
            raise too_long(file.path, self.settings)


def _unreadable(file: FoundFile, error: OSError) -> DocumentError:
    if isinstance(error, FileNotFoundError):
        return DocumentError(file.path, "the file was removed during the ingestion")
    return DocumentError(file.path, (error.strerror or str(error)).lower())
