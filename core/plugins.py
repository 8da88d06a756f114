"""Members of a folder, found by file name: adding a thing takes one new file and no edit elsewhere.

A member is a module of the package whose name does not begin with an underscore. In listings and on the command
line its underscores read as hyphens (`search_documents.py` is `search-documents`). Only the member asked for is
imported, so that a broken one cannot stop the others.

Members may also lie outside the repository: `extend` adds a folder that holds folders of the same names. They come
after those that ship, in every listing, and cannot take the place of one; `each` leaves out what is broken of them.
"""

import importlib
import logging
import os
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import vademecum
from vademecum.core.errors import SettingsError, UsageError

_log = logging.getLogger("vademecum.plugins")

_LIST = (tuple, list)
_BUILDS: dict[str, Any] = {"build": Callable}

ROOMS: Mapping[str, Mapping[str, Any]] = {
    "agents": _BUILDS,
    "evaluation.metrics": {"METRICS": _LIST, "score": Callable},
    "graphs": _BUILDS,
    "prompts": {},
    "retrieval.loaders": {"SUFFIXES": _LIST, "Loader": Callable},
    "retrieval.retrievers": _BUILDS,
    "retrieval.splitters": _BUILDS,
    "retrieval.stores": _BUILDS,
    "retrieval.transforms": _BUILDS,
    "tools": {},  # `build`, or `parts` and `build_part`
    "ui.views": {"TITLE": str, "ICON": str, "POSITION": (int, float), "show": Callable},
    "vademecum.cli": {"command": Callable},
}
"""Every package whose members are found by file name, with what each of them must have, and of what type. No other
package can ask for its members here, so that a new room is one for a person's own members, too. The names are those of
the folders in a person's own folder; the packages are `vademecum.agents`, ..., and `vademecum.cli` itself."""

SETTLED_NS = 2_000_000_000
"""Nanoseconds after which a folder's time of change tells that nothing was added: clocks of file systems are coarse."""


class LeftOut(NamedTuple):
    """A person's own file that is broken: when it was changed, and what is wrong with it."""

    file: Path
    changed_ns: int
    reason: str

    @property
    def is_unchanged(self) -> bool:
        """Whether the file is still what was found broken."""
        return _changed_ns(self.file) == self.changed_ns


_left_out: dict[str, LeftOut] = {}
"""By the name of the module."""


def member_names(package: ModuleType, *, own: bool | None = None) -> list[str]:
    """Names of the package's members, sorted, those that ship first; with `own` only a person's own, or what ships.

    Folders are listed anew once they have changed.
    """
    return [name for name, place in _places(package).items() if own is None or own != place.ships]


def member(package: ModuleType, name: str) -> ModuleType:
    """The member called `name`, imported.

    Raises:
        UsageError: there is none; the message lists those there are.
        SettingsError: it is a person's own, and broken; the message names its file.
    """
    places = _places(package)
    wanted = name.replace("_", "-")
    if wanted not in places:
        raise UsageError(f"no {room_of(package)} named {name!r}; there are: {', '.join(places)}")
    return _imported(package, wanted, places[wanted])


def each(package: ModuleType, *, own: bool | None = None) -> Iterator[tuple[str, ModuleType]]:
    """Names and modules of the members, as `member_names` has them.

    One of a person's own that is broken is left out; why is logged in a line, once until its file is changed.
    """
    for name, place in _places(package).items():
        module = _module_name(package, name)
        if own == place.ships or (module in _left_out and _left_out[module].is_unchanged):
            continue
        try:
            found = _imported(package, name, place)
        except SettingsError as error:
            if place.ships:
                raise
            _leave_out(module, place.file, str(error))
            continue
        yield name, found


def about(module: ModuleType) -> str:
    """The first line of the member's docstring: what it is for; empty where it has none."""
    return (module.__doc__ or "").strip().partition("\n")[0]


def leave_out(module: ModuleType, error: Exception) -> None:
    """Have `each` go without a person's own member that fails when it is used, and log why in a line."""
    file = Path(module.__file__ or "")
    _leave_out(module.__name__, file, _fault(file, error))


def broken(package: ModuleType | None = None) -> list[LeftOut]:
    """The files of a person's own, of one room or all, that are left out now."""
    begin = f"{package.__name__}." if package else ""
    return [left for name, left in _left_out.items() if name.startswith(begin) and left.is_unchanged]


def extend(package: ModuleType, folder: Path) -> None:
    """Have the package find members in `folder` too, where that has a folder of its name (`tools/`, `ui/views/`).

    Its own members come first: what is added cannot take the place of one.
    """
    added = within(folder, room_of(package))
    if added.is_dir() and str(added) not in package.__path__:
        package.__path__.append(str(added))


def room_of(package: ModuleType) -> str:
    """The package's name in `ROOMS`.

    Raises:
        LookupError: it is none of the rooms.
    """
    if package.__name__ in ROOMS:
        return package.__name__
    room = package.__name__.removeprefix("vademecum.")
    if room not in ROOMS:
        raise LookupError(f"{package.__name__} is none of the rooms in vademecum.core.plugins.ROOMS")
    return room


def package_name(room: str) -> str:
    """The name of the package of a room."""
    return room if room.startswith("vademecum.") else f"vademecum.{room}"


def package_of(room: str) -> ModuleType:
    """The package of a room, imported."""
    return importlib.import_module(package_name(room))


def within(folder: Path, room: str) -> Path:
    """Where a folder of a person's own holds the members of a room."""
    return folder.joinpath(*room.split("."))


class _Place(NamedTuple):
    file: Path
    ships: bool


def _places(package: ModuleType) -> dict[str, _Place]:
    """Where each member is, by its name."""
    room_of(package)
    folders = tuple(package.__path__)
    changed = tuple(map(_changed_ns, folders))
    settled = time.time_ns() - max(changed, default=0) > SETTLED_NS
    return dict(_listed(folders, changed) if settled else _listed.__wrapped__(folders, changed))


@lru_cache(maxsize=64)
def _listed(folders: tuple[str, ...], _changed: tuple[int, ...]) -> tuple[tuple[str, _Place], ...]:
    places: dict[str, _Place] = {}
    for folder in folders:
        for module in pkgutil.iter_modules([folder]):
            if not module.name.startswith("_"):
                file = Path(folder, module.name if module.ispkg else f"{module.name}.py")
                places.setdefault(module.name.replace("_", "-"), _Place(file, folder == folders[0]))
    return tuple(sorted(places.items(), key=lambda item: (not item[1].ships, item[0])))


def _imported(package: ModuleType, name: str, place: _Place) -> ModuleType:
    """The member; a person's own must have all that its room asks for."""
    module = _module_name(package, name)
    if place.ships:
        return importlib.import_module(module)
    try:
        found = importlib.import_module(module)
        _refuse_second_copies()
        for part, kind in ROOMS[room_of(package)].items():
            if not isinstance(getattr(found, part), kind):
                raise TypeError(f"its {part} is a {type(getattr(found, part)).__name__}")
    except (Exception, SystemExit) as error:  # an edge: a person's own file may do anything
        sys.modules.pop(module, None)  # so that it is read anew once it is mended
        raise SettingsError(_fault(place.file, error)) from error
    return found


@lru_cache(maxsize=1)
def _our_names() -> tuple[str, ...]:
    """Names of all rooms, `core` included, as they were at the top of site-packages until release 0.1."""
    return tuple(
        found.name for found in pkgutil.iter_modules(vademecum.__path__) if found.ispkg and found.name != "cli"
    )


def _refuse_second_copies() -> None:
    """In a checkout `import tools` finds our folder, too: a second copy of it, whose classes are not ours.

    Raises:
        ImportError: a room was imported by such a name.
    """
    for top in _our_names():
        ours, other = sys.modules.get(f"vademecum.{top}"), sys.modules.get(top)
        if ours and other and os.path.realpath(ours.__file__ or "") == os.path.realpath(other.__file__ or "."):
            for name in [name for name in sys.modules if f"{name}.".startswith(f"{top}.")]:
                del sys.modules[name]
            raise ModuleNotFoundError(f"no module named {top!r}", name=top)


def _module_name(package: ModuleType, name: str) -> str:
    return f"{package.__name__}.{name.replace('-', '_')}"


def _leave_out(module: str, file: Path, reason: str) -> None:
    _left_out[module] = LeftOut(file, _changed_ns(file), reason)
    _log.warning("%s", reason)


def _changed_ns(place: Path | str) -> int:
    try:
        return os.stat(place).st_mtime_ns
    except OSError:
        return 0


def _fault(file: Path, error: BaseException) -> str:
    top = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ImportError) and top in _our_names():
        return f"plugins: {file} cannot be used; write `vademecum.{top}` where it imports `{top}`"
    told = " ".join(str(error).split())[:200]
    return f"plugins: {file} cannot be used ({type(error).__name__}: {told}); mend it, or move it elsewhere"
