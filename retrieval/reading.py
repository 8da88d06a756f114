"""Reading one file within bounds: neither its size nor the length of its text is left to chance."""

import os

from core.errors import DocumentError
from core.settings import Settings
from retrieval import loaders
from retrieval.loaders import LoadedText
from retrieval.loaders._community import load_named
from retrieval.walk import FoundFile


def status_of(file: FoundFile) -> os.stat_result:
    """Size and times of the file.

    Raises:
        DocumentError: it is gone, or cannot be looked at.
    """
    try:
        return file.location.stat()
    except OSError as error:
        raise _unreadable(file, error) from error


def read(file: FoundFile, size: int, settings: Settings) -> bytes:
    """The bytes of a file of that size; where it grows meanwhile, it is not read beyond the limit.

    Raises:
        DocumentError: there are too many, or they cannot be read.
    """
    limit = settings.max_file_mb * 1_000_000
    _check_size(file, size, settings.max_file_mb)
    # Four bytes a character are the most there are, so such a text is too long: no need to read it.
    if size > 4 * settings.max_text_chars and loaders.is_plain(file.location):
        raise _too_long(file, settings.max_text_chars)
    try:
        with file.location.open("rb") as handle:
            data = handle.read(limit + 1)
    except OSError as error:
        raise _unreadable(file, error) from error
    _check_size(file, len(data), settings.max_file_mb)
    return data


def load(file: FoundFile, data: bytes, settings: Settings) -> LoadedText:
    """The file's text.

    Raises:
        DocumentError: it has none that can be read, or too long a one.
        SettingsError: the loader that the settings name for it is not there.
    """
    named = settings.loaders.get(file.location.suffix.lower())
    loaded = load_named(named, file.location) if named else loaders.load(file.location, data)
    if len(loaded.text) > settings.max_text_chars:
        raise _too_long(file, settings.max_text_chars)
    return loaded


def _check_size(file: FoundFile, size: int, max_mb: int) -> None:
    if size > max_mb * 1_000_000:
        found = f"{size / 1_000_000:,.1f} MB"
        raise DocumentError(file.path, f"{found} is more than the {max_mb} MB allowed; see the setting max_file_mb")


def _too_long(file: FoundFile, longest: int) -> DocumentError:
    reason = f"its text is longer than the {longest:,} characters allowed; split it, or see the setting max_text_chars"
    return DocumentError(file.path, reason)


def _unreadable(file: FoundFile, error: OSError) -> DocumentError:
    if isinstance(error, FileNotFoundError):
        return DocumentError(file.path, "the file was removed during the ingestion")
    return DocumentError(file.path, (error.strerror or str(error)).lower())
