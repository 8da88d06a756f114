"""Files that were dropped on the page, kept in the workspace, so that they can be read again."""

import re
from pathlib import Path

from core.errors import DocumentError

FOLDER = "uploads"
"""Folder in the workspace."""

_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]+')


def keep(home: Path, name: str, data: bytes) -> Path:
    """Store a file under its own name, in place of an earlier one of that name; where it is.

    A browser may claim any name: folders in it, and characters that deceive, are dropped.

    Raises:
        DocumentError: it cannot be written.
    """
    fit = fit_name(name)
    target = home / FOLDER / fit
    part = target.with_name(f".{fit}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(data)
        part.replace(target)
    except OSError as error:
        raise DocumentError(fit, f"it cannot be stored in {target.parent} ({error.strerror})") from error
    return target


def fit_name(name: str) -> str:
    """The last part of `name`, without unfit characters, at most 120 of them; never empty, never hidden."""
    last = _UNFIT.sub("", re.split(r"[/\\]", name)[-1]).strip(" .")
    stem, dot, suffix = last.rpartition(".")
    shortened = f"{stem[: 120 - len(suffix) - 1]}.{suffix}" if dot and len(suffix) < 12 else last[:120]
    return shortened or "unnamed"
