"""The `vade.toml` files that a person trusts: by path and content, so that a change of either withdraws the trust.

One small file for each, in a folder of the person's and of no workspace: two that trust at once lose nothing.
"""

import hashlib
import json
import os
from pathlib import Path
from typing import NamedTuple

import platformdirs

from vademecum.core.atomic_write import remedy, write_whole
from vademecum.core.errors import SettingsError, WorkspaceError


class TrustedFile(NamedTuple):
    """A file, and the SHA-256 (hexadecimal) of the content that is trusted."""

    file: Path
    sha256: str


def trust(file: Path, content: bytes) -> TrustedFile:
    """Remember that this content of the file is trusted.

    Raises:
        WorkspaceError: that cannot be written.
    """
    entry, trusted = _entry(file), TrustedFile(_place(file), hashlib.sha256(content).hexdigest())
    try:
        entry.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        line = json.dumps({"file": str(trusted.file), "sha256": trusted.sha256})
        write_whole(entry, line.encode())
    except OSError as error:
        raise WorkspaceError(f"{entry} cannot be written ({error.strerror}); {remedy(error)}") from error
    return trusted


def is_trusted(file: Path, content: bytes) -> bool:
    """Whether this content of the file is trusted.

    Raises:
        SettingsError: what was remembered of the file is damaged.
    """
    try:
        return _read(_entry(file)) == (_place(file), hashlib.sha256(content).hexdigest())
    except FileNotFoundError:
        return False


def distrust(file: Path) -> bool:
    """Forget that the file is trusted; False where it was not.

    Raises:
        WorkspaceError: that cannot be removed.
    """
    entry = _entry(file)
    try:
        entry.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise WorkspaceError(f"{entry} cannot be removed ({error.strerror}); {remedy(error)}") from error
    return True


def trusted_files() -> tuple[list[TrustedFile], list[str]]:
    """Every file that was trusted, by path; and a line for each entry that is damaged, and so trusts nothing."""
    files, damages = [], []
    for entry in sorted(_folder().glob("*.json")):
        try:
            files.append(_read(entry))
        except SettingsError as error:
            damages.append(str(error))
    return sorted(files), damages


def _folder() -> Path:
    return platformdirs.user_data_path("vademecum-trusted", appauthor=False)


def _place(file: Path) -> Path:
    """The file, in its real folder; a link in the last place stays one."""
    return Path(os.path.realpath(file.parent), file.name)


def _entry(file: Path) -> Path:
    return _folder() / f"{hashlib.sha256(os.fsencode(_place(file))).hexdigest()[:32]}.json"


def _read(entry: Path) -> TrustedFile:
    try:
        fields = json.loads(entry.read_bytes())
        return TrustedFile(Path(fields["file"]), str(fields["sha256"]))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise SettingsError(f"{entry} is damaged, so it trusts nothing; vade trust FILE writes it anew") from error
