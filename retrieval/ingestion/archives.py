"""What is inside zip archives, and archives inside those: each file a document, and nothing is unpacked to disk.

archives = Archives(settings)
archives.unpack(findings, known)  # "notes.zip" gives way to its files, such as "notes.zip/a.md"
data = archives.read(file)
"""

import zipfile
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from vademecum.core.errors import DocumentError
from vademecum.core.settings import Settings
from vademecum.retrieval.ingestion.discover import Findings, FoundFile
from vademecum.retrieval.loaders._zip import allowed, open_zip, read_member

SUFFIX = ".zip"

_OF_SYSTEMS = frozenset({"__MACOSX", "Thumbs.db", "desktop.ini"})
"""What systems put into archives for themselves."""

_UTF8 = 0x800
"""The flag that says a name is UTF-8; without it zipfile takes it for the PC's old code page."""

_ENCRYPTED = 0x1
_KEPT_OPEN = 4
"""Archives kept open, since the files of one are read one after another."""


class _Opened(NamedTuple):
    """An open archive: its files by the names a person sees."""

    archive: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]


class Archives:
    """The archives met in one ingestion, within the bounds of the settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._open = lru_cache(_KEPT_OPEN)(self._opened)

    def unpack(self, findings: Findings, is_readable: Callable[[PurePosixPath], bool]) -> None:
        """Put the files of each archive in its place; `is_readable` says which names can be read.

        What cannot be is added to the findings with its reason.
        """
        for file in list(findings.files):
            if file.archive or PurePosixPath(file.path).suffix.lower() != SUFFIX:
                continue
            del findings.files[file]
            listing = _Listing(self, file, findings.failed, is_readable)
            try:
                files = list(listing.files())
            except DocumentError as error:
                findings.failed.append(DocumentError(file.path, error.reason))
                continue
            findings.files.update(dict.fromkeys(files))
            findings.archives[file] = {inner.path for inner in files} | listing.unread

    def size(self, file: FoundFile) -> int:
        """Bytes of a file inside an archive.

        Raises:
            DocumentError: it, or the archive, is there no longer, or damaged.
        """
        opened, name = self._locate(file)
        return opened.members[name].file_size

    def read(self, file: FoundFile) -> bytes:
        """The bytes of a file inside an archive.

        Raises:
            DocumentError: it, or the archive, is there no longer, or damaged, or protected by a password.
        """
        opened, name = self._locate(file)
        return read_member(opened.archive, opened.members[name], file.path)

    def inside(self, root: str, chain: tuple[str, ...]) -> _Opened:
        """The archive that `chain` leads to: a path below `root`, then names inside one archive after another."""
        status = Path(root, chain[0]).stat()
        return self._open(root, chain, (status.st_size, status.st_mtime_ns))

    def _opened(self, root: str, chain: tuple[str, ...], stamp: tuple[int, int]) -> _Opened:
        """`stamp` is here for the cache: an archive that was written anew is opened anew."""
        *outer, name = chain
        if not outer:
            return _listed(open_zip(Path(root, name), name, self.settings))
        around = self._open(root, tuple(outer), stamp)
        path = "/".join(chain)
        return _listed(open_zip(read_member(around.archive, around.members[name], path), path, self.settings))

    def _locate(self, file: FoundFile) -> tuple[_Opened, str]:
        """The archive that holds the file, and its name there."""
        chain, rest = (file.archive,), file.path[len(file.archive) + 1 :]
        try:
            while True:
                opened = self.inside(file.root, chain)
                if rest in opened.members:
                    return opened, rest
                inner = next(name for name in opened.members if rest.startswith(f"{name}/"))
                chain, rest = (*chain, inner), rest[len(inner) + 1 :]
        except (StopIteration, OSError) as error:
            raise DocumentError(file.path, "the file was removed during the ingestion") from error


def _listed(archive: zipfile.ZipFile) -> _Opened:
    return _Opened(archive, {_name(info): info for info in archive.infolist() if not info.is_dir()})


def _name(info: zipfile.ZipInfo) -> str:
    """The name as whoever packed it saw it; many programs write UTF-8 without saying so."""
    if info.flag_bits & _UTF8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


class _Listing:
    """The files of one archive, and of those inside it, counted together."""

    def __init__(
        self,
        archives: Archives,
        file: FoundFile,
        failed: list[DocumentError],
        is_readable: Callable[[PurePosixPath], bool],
    ) -> None:
        self.archives = archives
        self.settings = archives.settings
        self.file = file
        self.failed = failed
        self.is_readable = is_readable
        self.unread: set[str] = set()
        self._count = 0
        self._bytes = 0

    def files(self) -> Iterator[FoundFile]:
        """Those that can be read; the others are added to the failed.

        Raises:
            DocumentError: the archive cannot be opened, or holds more than is allowed.
        """
        yield from self._inside((self.file.path,))

    def _inside(self, chain: tuple[str, ...]) -> Iterator[FoundFile]:
        try:
            opened = self.archives.inside(self.file.root, chain)
        except OSError as error:
            raise DocumentError(self.file.path, (error.strerror or str(error)).lower()) from error
        self._check(opened)
        for name, info in sorted(opened.members.items()):
            path = "/".join((*chain, name))
            parts = PurePosixPath(name).parts
            if any(part.startswith(".") and part != ".." for part in parts) or _OF_SYSTEMS & set(parts):
                continue
            if reason := self._unfit(name, info, len(chain)):
                self._fail(path, reason)
            elif PurePosixPath(name).suffix.lower() == SUFFIX:
                yield from self._inner((*chain, name), path)
            else:
                yield FoundFile(self.file.root, path, self.file.path)

    def _inner(self, chain: tuple[str, ...], path: str) -> Iterator[FoundFile]:
        try:
            yield from self._inside(chain)
        except _TooMuchError:
            raise
        except DocumentError as error:
            self._fail(path, error.reason)

    def _check(self, opened: _Opened) -> None:
        """Count what is in the archive to what was found before it."""
        self._count += len(opened.members)
        self._bytes += sum(info.file_size for info in opened.members.values())
        limits = self.settings
        if self._count > limits.max_archive_files:
            reason = allowed(f"{self._count:,} files are in it", "max_archive_files", limits)
            raise _TooMuchError(self.file.path, reason)
        if self._bytes > limits.max_archive_mb * 1_000_000:
            reason = allowed(f"it unpacks to {self._bytes / 1e6:,.1f} MB", "max_archive_mb", limits)
            raise _TooMuchError(self.file.path, reason)

    def _unfit(self, name: str, info: zipfile.ZipInfo, depth: int) -> str | None:
        """Why a file in the archive cannot be read; None where it can."""
        parts = PurePosixPath(name).parts
        if ".." in parts or name.startswith("/") or "\\" in name or parts[0][1:2] == ":":
            return "its name leads out of the archive; pack it anew"
        if info.flag_bits & _ENCRYPTED:
            return "it is protected by a password; pack it without one"
        if PurePosixPath(name).suffix.lower() == SUFFIX:
            deepest = self.settings.max_archive_depth
            too_deep = depth >= deepest
            reason = f"archives are opened {deepest} levels deep only; see the setting max_archive_depth"
            return reason if too_deep else None
        if not self.is_readable(PurePosixPath(name)):
            return f"format not supported ({PurePosixPath(name).suffix.lower()})"
        return None

    def _fail(self, path: str, reason: str) -> None:
        self.unread.add(path)
        self.failed.append(DocumentError(path, reason))


class _TooMuchError(DocumentError):
    """The archive as a whole holds more than is allowed."""
