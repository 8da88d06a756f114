"""Reading one document within bounds, wherever it is: neither its size nor its text's length is left to chance."""

import time
from dataclasses import replace
from typing import NamedTuple, Self

from vademecum.core.errors import DocumentError
from vademecum.core.regular_files import open_regular
from vademecum.core.settings import Settings
from vademecum.retrieval import loaders
from vademecum.retrieval.fetching import is_url
from vademecum.retrieval.ingestion.archives import Archives
from vademecum.retrieval.ingestion.discover import FoundFile
from vademecum.retrieval.ingestion.web_pages import Web
from vademecum.retrieval.loaded_text import LoadedText
from vademecum.retrieval.loaders._file import too_long
from vademecum.retrieval.loaders._process import LoaderProcess
from vademecum.retrieval.passages import short_title


class Status(NamedTuple):
    """Size in bytes and time of the last change in nanoseconds since 1970, of the file or of the archive it is in."""

    size: int
    mtime_ns: int


class Content(NamedTuple):
    """The bytes of a document; `kind` names its loader where that is known otherwise than by its name."""

    data: bytes
    kind: str | None = None


class FileReader:
    """Reads the files, the files in archives and the web pages of one ingestion.

    What is not plain text is read by a child process, one for all files within a `with` block.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.archives = Archives(settings)
        self.web = Web(settings)
        self._process = LoaderProcess(settings)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the child process; a document that is read later has another one."""
        self._process.close()

    def expect(self, file: FoundFile) -> None:
        """Have the child process start, where the file is likely to need it, while other things are done."""
        if not is_url(file.root) and (self._named(file) or not loaders.is_read_in_process(_kind(file))):
            self._process.start()

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
            with open_regular(file.location) as handle:
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
        named, kind = self._named(file), content.kind
        if named:
            loaded = self._process.load(file.location.absolute(), named=named)
        elif loaders.is_read_in_process(kind or _kind(file)):
            loaded = loaders.load(file.name, content.data, self.settings, kind=kind)
        else:
            loaded = self._process.load(file.name, content.data, kind=kind or _kind(file))
        if len(loaded.text) > self.settings.max_text_chars:
            raise too_long(file.path, self.settings)
        return replace(loaded, title=short_title(loaded.title))

    def _named(self, file: FoundFile) -> str | None:
        """The loader of langchain-community that the settings name for such a file; those read files only."""
        return None if file.archive or is_url(file.root) else self.settings.loaders.get(file.location.suffix.lower())

    def _check(self, file: FoundFile, size: int) -> None:
        most = self.settings.max_file_mb
        if size > most * 1_000_000:
            actual = f"{size / 1_000_000:,.1f} MB"
            raise DocumentError(file.path, f"{actual} is more than the {most} MB allowed; see the setting max_file_mb")
        # Four bytes a character are the most there are, so such a text is too long: no need to read it.
        if size > 4 * self.settings.max_text_chars and loaders.is_plain(file.name):
            raise too_long(file.path, self.settings)


def _kind(file: FoundFile) -> str:
    """The loader for a file of that name; what none knows may be plain text."""
    return loaders.kind_of(file.name) or "text"


def _unreadable(file: FoundFile, error: OSError) -> DocumentError:
    if isinstance(error, FileNotFoundError):
        return DocumentError(file.path, "the file was removed during the ingestion")
    return DocumentError(file.path, (error.strerror or str(error)).lower())
