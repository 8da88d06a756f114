"""Which files a path means: a file itself, or those in a folder, by name; hidden ones are left out.

Nothing is passed over in silence: what is there but cannot be ingested is named with its reason.
"""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vademecum.core.errors import DocumentError
from vademecum.core.settings import from_here


@dataclass(frozen=True, order=True)
class FoundFile:
    """A file to ingest: `path` is relative to `root`, the folder given (or the file's own), in POSIX form.

    `archive` is the path of the archive that the file is in; empty where it is in none. Of a web page, `root` is the
    site, or the site map that named it, and `path` what comes after the site.
    """

    root: str
    path: str
    archive: str = ""

    @property
    def location(self) -> Path:
        """Where the file is, or the archive that it is in."""
        return Path(self.root, self.archive or self.path)

    @property
    def name(self) -> Path:
        """Its whole name, whose ending says the format."""
        return Path(self.root, self.path)


@dataclass
class Findings:
    """The files of the paths given, each once; the folders among the paths; and what cannot be ingested.

    `archives`: the paths of what is in each archive, below the archive's own root. `sites`: likewise of each site map.
    """

    files: dict[FoundFile, None] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    failed: list[DocumentError] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    archives: dict[FoundFile, set[str]] = field(default_factory=dict)
    sites: dict[str, set[str]] = field(default_factory=dict)


def discover(paths: Sequence[str | Path], *, suffixes: Collection[str], leave_out: Path) -> Findings:
    """What `paths` stand for. In folders only files with these `suffixes` or none; `leave_out` is not entered."""
    findings = Findings()
    for raw_path in paths:
        path = from_here(raw_path)
        try:
            mode = path.stat().st_mode
        except OSError as error:
            findings.failed.append(DocumentError(printable(path), _reason(error)))
            findings.missing.append(printable(path))
            continue
        if stat.S_ISDIR(mode):
            root = path.resolve()
            findings.folders.append(str(root))
            _Walker(findings, root, suffixes, leave_out.resolve()).walk()
        else:
            _add(findings, FoundFile(str(path.absolute().parent.resolve()), path.name), mode)
    return findings


def printable(path: Path | str) -> str:
    """The path with what cannot be printed replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


class _Walker:
    """One walk through one folder. Linked folders come last, and only those that were not walked as themselves."""

    def __init__(self, findings: Findings, root: Path, suffixes: Collection[str], leave_out: Path) -> None:
        self.findings = findings
        self.root = root
        self.suffixes = suffixes
        self.walked = {self._identity(leave_out)} if leave_out.exists() else set()
        self.links: list[Path] = []

    def walk(self) -> None:
        self._below(self.root)
        while self.links:
            link = self.links.pop(0)
            target = link.resolve()
            if link.parent.resolve().is_relative_to(target):
                self._fail(link, "a symbolic link back to a folder that it is in")
            elif self._identity(target) not in self.walked:
                self._below(link)

    def _below(self, folder: Path) -> None:
        """Walk a folder and all in it: by a stack of its own, since folders may lie in one another without end."""
        stack = [iter(self._inside(folder))]
        while stack:
            path = next(stack[-1], None)
            if path is None:
                stack.pop()
            elif self._is_folder(path):
                stack.append(iter(self._inside(path)))

    def _inside(self, folder: Path) -> list[Path]:
        """What is in a folder, by name, unless it was walked already."""
        try:
            identity = self._identity(folder)
            if identity in self.walked:
                return []
            self.walked.add(identity)
            names = sorted(entry.name for entry in os.scandir(folder))
        except OSError as error:
            self._fail(folder, _reason(error))
            return []
        return [folder / name for name in names if not name.startswith(".")]

    def _is_folder(self, path: Path) -> bool:
        """Whether it is one to walk into now; else it is added to the findings, or to the linked folders."""
        try:
            mode = path.stat().st_mode
        except OSError as error:
            self._fail(path, _reason(error))
            return False
        if stat.S_ISDIR(mode) and not path.is_symlink():
            return True
        if stat.S_ISDIR(mode):
            self.links.append(path)
        elif path.suffix.lower() in self.suffixes or not path.suffix:
            _add(self.findings, FoundFile(str(self.root), path.relative_to(self.root).as_posix()), mode)
        else:
            self._fail(path, f"format not supported ({path.suffix.lower()})")
        return False

    def _fail(self, path: Path, reason: str) -> None:
        self.findings.failed.append(DocumentError(printable(path.relative_to(self.root)), reason))

    @staticmethod
    def _identity(folder: Path) -> tuple[int, int]:
        status = folder.stat()
        return status.st_dev, status.st_ino


def _add(findings: Findings, file: FoundFile, mode: int) -> None:
    if not stat.S_ISREG(mode):
        findings.failed.append(DocumentError(printable(file.path), "not a file that holds text"))
    elif file.root + file.path != printable(file.root + file.path):
        findings.failed.append(DocumentError(printable(file.path), "its name is not valid UTF-8; rename it"))
    else:
        findings.files[file] = None


def _reason(error: OSError) -> str:
    reasons = {FileNotFoundError: "no such file or folder", PermissionError: "no permission to read it"}
    return reasons.get(type(error)) or (error.strerror or str(error)).lower()


def deleted_paths(root: str, paths: Collection[str]) -> Iterator[str]:
    """Those of the `paths` below `root` that exist no longer; one that cannot be looked at counts as there.

    So does what is inside an archive that exists.
    """
    for path in sorted(paths):
        try:
            os.stat(Path(root, path))
        except NotADirectoryError:
            if not any(above.suffix.lower() == ".zip" and above.is_file() for above in Path(root, path).parents):
                yield path
        except FileNotFoundError:
            yield path
        except OSError:
            continue
