"""Opening what is a zip archive inside, within bounds that are checked before anything is unpacked.

Python's zipfile unpacks no more of a member than the archive's list says, so the list bounds the whole. Source on what
is guarded against: David Fifield, "A better zip bomb", WOOT 2019, https://www.bamsoftware.com/hacks/zipbomb/.
"""

import io
import lzma
import weakref
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from vademecum.core.errors import DocumentError
from vademecum.core.regular_files import open_regular

if TYPE_CHECKING:
    from vademecum.core.settings import Settings

DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, LookupError, ValueError, TypeError),
    *(AttributeError, SyntaxError, RuntimeError, ArithmeticError),
)
"""What the libraries that read office documents raise at a damaged one."""

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ARCHIVE = "zip archive"
"""What an archive is called that is no document inside."""

_MARKUP = (".xml", ".rels", ".html", ".xhtml", ".htm", ".opf", ".ncx")
"""What is read into memory as a whole; pictures in a document are not."""

_SMALL = 1_000_000
"""Bytes unpacked below which no ratio matters."""


def open_zip(data: bytes | Path, path: str, settings: "Settings", *, what: str = ARCHIVE) -> zipfile.ZipFile:
    """The archive in `data`, its bytes or the file that holds them; `what` names it to a person.

    Raises:
        DocumentError: it is none, is damaged, or is larger inside than the settings allow.
    """
    if isinstance(data, bytes) and data.startswith(_OLD_OFFICE):
        raise DocumentError(path, f"it is protected by a password, or of an older format; save it as a plain {what}")
    file = open_regular(data) if isinstance(data, Path) else io.BytesIO(data)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        file.close()
        article = "an" if what[:1] in "AEIOU" else "a"
        raise DocumentError(path, f"the file is not {article} {what}, or is damaged or not complete") from error
    weakref.finalize(archive, file.close)  # a file that it has not opened itself it leaves open
    size = file.seek(0, io.SEEK_END)
    entries = archive.infolist()
    unpacked = sum(entry.file_size for entry in entries)
    if len(entries) > settings.max_archive_files:
        raise DocumentError(path, allowed(f"{len(entries):,} files are in it", "max_archive_files", settings))
    if unpacked > settings.max_archive_mb * 1_000_000:
        raise DocumentError(path, allowed(f"it unpacks to {unpacked / 1e6:,.1f} MB", "max_archive_mb", settings))
    if unpacked > _SMALL and unpacked > settings.max_archive_ratio * size:
        excess = f"it unpacks to {unpacked / size:,.0f} times its size"
        raise DocumentError(path, allowed(excess, "max_archive_ratio", settings))
    markup = sum(entry.file_size for entry in entries if entry.filename.lower().endswith(_MARKUP))
    if what != ARCHIVE and markup > settings.max_file_mb * 1_000_000:
        excess = f"its text unpacks to {markup / 1e6:,.1f} MB"
        raise DocumentError(path, allowed(excess, "max_file_mb", settings))
    return archive


def read_member(archive: zipfile.ZipFile, name: str | zipfile.ZipInfo, path: str) -> bytes:
    """The bytes of one member.

    Raises:
        DocumentError: it is missing, damaged, protected by a password, or packed by an unknown method.
    """
    try:
        return archive.read(name)
    except KeyError as error:
        raise DocumentError(path, f"the file is not complete: {name} is missing in it") from error
    except NotImplementedError as error:
        raise DocumentError(path, "it is packed by a method that is not supported; pack it as a usual zip") from error
    except RuntimeError as error:
        raise DocumentError(path, "it is protected by a password; pack it without one") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError) as error:
        raise DocumentError(path, "it is damaged in the archive; pack it anew") from error


def allowed(excess: str, setting: str, settings: "Settings") -> str:
    """The reason why an archive is too much, with the setting that bounds it."""
    unit = {"max_archive_files": "", "max_archive_ratio": " times"}.get(setting, " MB")
    return f"{excess}, more than the {getattr(settings, setting):,}{unit} allowed; see the setting {setting}"
