"""Uploaded files, stored in the workspace so that they can be read again."""

import hashlib
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from vademecum.core.atomic_write import remedy, write_whole
from vademecum.core.errors import DocumentError
from vademecum.retrieval.ingestion.ingest_report import FailedFile

FOLDER = "uploads"
"""Folder in the workspace; each collection but the default one has a folder of its own."""

LONGEST = 200
"""Bytes of a name. File systems allow 255, and the temporary file beside it has a longer name."""

_LONGEST_SUFFIX = 12
"""Characters after the last full stop that can be a suffix."""

_MARK = 8
"""Hexadecimal digits that distinguish names that would be cut to the same text."""

_UNFIT = re.compile(
    r'[\x00-\x1f\x7f-\x9f<>:"|?*\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+'
)


def keep(home: Path, name: str, content: bytes, collection: str = "default") -> Path:
    """Store a file under its name, replacing an earlier one; its path.

    A browser may send any name: folders and deceptive characters in it are removed.

    Raises:
        DocumentError: it cannot be written.
    """
    fit = fit_name(name)
    return _write(folder(home, collection) / fit, content, fit)


def keep_below(home: Path, name: str, content: bytes, collection: str = "default") -> Path | None:
    """Store a file of an uploaded folder, below the folders in its name; the path of the outermost one.

    Hidden files and folders, which programs create for themselves, are not stored: None.

    Raises:
        DocumentError: it cannot be written.
    """
    parts = [part for part in re.split(r"[/\\]", name) if part not in ("", ".", "..")]
    if not parts or any(part.startswith(".") for part in parts):
        return None
    fit = [fit_name(part) for part in parts]
    outer = folder(home, collection)
    _write(outer.joinpath(*fit), content, "/".join(fit))
    return outer / fit[0]


def folder(home: Path, collection: str) -> Path:
    """The folder of a collection's uploads."""
    return home / (FOLDER if collection == "default" else f"{FOLDER}-{fit_name(collection)}")


def is_ours(home: Path, root: str) -> bool:
    """Whether `root` is in a folder of uploads."""
    folders = [Path(root), *Path(root).parents]
    return any(
        ancestor.parent == home.resolve() and (ancestor.name == FOLDER or ancestor.name.startswith(f"{FOLDER}-"))
        for ancestor in folders
    )


def discard(home: Path, root: str, path: str) -> None:
    """Delete the copy of an uploaded file whose document is removed; no other file is touched."""
    if is_ours(home, root) and ".." not in Path(path).parts:
        Path(root, path).unlink(missing_ok=True)


def discard_refused(
    stored: Sequence[Path | str], failed: Sequence[FailedFile], is_used: Callable[[str, str], bool]
) -> None:
    """Delete what was stored for an ingestion, and was then not taken; an earlier document of that name keeps it.

    `stored` are files and folders of uploads; `is_used` says whether a document comes from a root and a path below it.
    """
    refused = {file.path for file in failed}
    for place in map(Path, stored):
        root = (place if place.is_dir() else place.parent).resolve()
        for path in refused if place.is_dir() else refused & {place.name}:
            file = root / path
            if ".." not in Path(path).parts and file.is_file() and not is_used(str(root), path):
                file.unlink(missing_ok=True)


def fit_name(name: str) -> str:
    """The last part of `name` as a file name: no unsafe characters, at most `LONGEST` bytes, not empty, not hidden.

    If it is shortened, or nothing is left, a hash of the whole name is added.
    """
    last = _UNFIT.sub("", re.split(r"[/\\]", name)[-1]).strip(" .")
    if last and len(last.encode()) <= LONGEST:
        return last
    mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:_MARK]
    stem, dot, suffix = last.rpartition(".")
    if not dot or len(suffix) > _LONGEST_SUFFIX:
        stem, suffix = last, ""
    ending = f"-{mark}.{suffix}" if suffix else f"-{mark}"
    return f"{_cut(stem, LONGEST - len(ending.encode())) or 'unnamed'}{ending}"


def _cut(text: str, size: int) -> str:
    """The beginning of `text`, at most `size` bytes."""
    return text.encode()[:size].decode("utf-8", "ignore").rstrip(" .")


def _write(target: Path, content: bytes, display_name: str) -> Path:
    try:
        write_whole(target, content)
    except OSError as error:
        raise DocumentError(
            display_name, f"it cannot be stored in {target.parent} ({error.strerror}); {remedy(error)}"
        ) from error
    return target
