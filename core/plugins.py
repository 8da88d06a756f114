"""Members of a folder, found by file name: adding a thing takes one new file and no edit elsewhere.

A member is a module of the package whose name does not begin with an underscore. In listings and on the command
line its underscores read as hyphens (`search_documents.py` is `search-documents`). Only the member asked for is
imported, so that a broken one cannot stop the others.

Members may also lie outside the repository: `extend` adds a folder that holds folders of the same names.
"""

import importlib
import os
import pkgutil
import time
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from core.errors import UsageError

SETTLED_NS = 2_000_000_000
"""Nanoseconds after which a folder's time of change tells that nothing was added: clocks of file systems are coarse."""


def member_names(package: ModuleType) -> list[str]:
    """Names of the package's members, sorted. Folders are listed anew once they have changed."""
    folders = tuple(package.__path__)
    changed = tuple(map(_changed_ns, folders))
    settled = time.time_ns() - max(changed, default=0) > SETTLED_NS
    return list(_listed(folders, changed) if settled else _listed.__wrapped__(folders, changed))


@lru_cache(maxsize=64)
def _listed(folders: tuple[str, ...], _changed: tuple[int, ...]) -> tuple[str, ...]:
    found = pkgutil.iter_modules(folders)
    return tuple(sorted(module.name.replace("_", "-") for module in found if not module.name.startswith("_")))


def _changed_ns(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns
    except OSError:
        return 0


def member(package: ModuleType, name: str) -> ModuleType:
    """The member called `name`, imported.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    known = member_names(package)
    wanted = name.replace("_", "-")
    if wanted not in known:
        raise UsageError(f"no {package.__name__} named {name!r}; there are: {', '.join(known)}")
    return importlib.import_module(f"{package.__name__}.{wanted.replace('-', '_')}")


def extend(package: ModuleType, folder: Path) -> None:
    """Have the package find members in `folder` too, where that has a folder of its name (`tools/`, `prompts/`).

    Its own members come first: what is added cannot take the place of one.
    """
    added = folder.joinpath(*package.__name__.split("."))
    if added.is_dir() and str(added) not in package.__path__:
        package.__path__.append(str(added))
