"""The workspace's own `vade.toml`, changed one setting at a time.

Comments, order and what is not touched stay as they are; the file is replaced whole or not at all. What a value may be,
`vademecum.core.settings` says: ask it before writing.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from vademecum.core.atomic_write import remedy, write_whole
from vademecum.core.errors import SettingsError, WorkspaceError
from vademecum.core.settings_sources import NAME, content_of


def put(home: Path, name: str, value: Any) -> Path:
    """Write one setting, before the file's tables, which would swallow it; the file.

    Raises:
        SettingsError: the file is not TOML.
        WorkspaceError: it cannot be written.
    """
    return _rewrite(home, lambda document: document.update({name: value}))


def drop(home: Path, name: str) -> Path:
    """Take one setting out, so that its default holds again; the file.

    Raises:
        SettingsError, WorkspaceError: as `put`.
    """
    return _rewrite(home, lambda document: document.pop(name, None))


def _read_document(file: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(content_of(file) or b"")
    except (UnicodeDecodeError, TOMLKitError) as error:
        raise SettingsError(f"{file} cannot be read as TOML ({error}); correct or remove it") from error


def _rewrite(home: Path, change: Callable[[tomlkit.TOMLDocument], object]) -> Path:
    file = home / NAME
    document = _read_document(file)
    change(document)
    try:
        write_whole(file, tomlkit.dumps(document).encode())
    except OSError as error:
        raise WorkspaceError(f"{file} cannot be written ({error.strerror}); {remedy(error)}") from error
    return file
