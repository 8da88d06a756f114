"""Members of a folder, found by file name: adding a thing takes one new file and no edit elsewhere.

A member is a module of the package whose name does not begin with an underscore. In listings and on the command
line its underscores read as hyphens (`search_documents.py` is `search-documents`). Only the member asked for is
imported, so that a broken one cannot stop the others.

Members may also lie outside the repository: `extend` adds a folder that holds folders of the same names. They come
after those that ship, in every listing, and cannot take the place of one; `Members.items` leaves out what is broken.
"""

import importlib
import logging
import os
import pkgutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping, MutableSequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

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


class Members:
    """The members of a room, found by file name; each room has them as `members`: `vademecum.tools.members.names()`.

    Attributes:
        room: the room's name, one of `ROOMS`.
    """

    def __init__(self, room: str) -> None:
        if room not in ROOMS:
            raise LookupError(f"{room} is none of the rooms in vademecum.core.plugins.ROOMS")
        self.room = room
        self._package = room if room.startswith("vademecum.") else f"vademecum.{room}"

    def names(self, *, own: bool | None = None) -> list[str]:
        """Names of the members, sorted, those that ship first; with `own` only a person's own, or what ships.

        Folders are listed anew once they have changed.
        """
        return [name for name, place in self._places().items() if own is None or own != place.ships]

    def get(self, name: str) -> ModuleType:
        """The member called `name`, imported.

        Raises:
            UsageError: there is none; the message lists those there are.
            SettingsError: it is a person's own, and broken; the message names its file.
        """
        places = self._places()
        hyphened = name.replace("_", "-")
        if hyphened not in places:
            raise UsageError(f"no {self.room} named {name!r}; there are: {', '.join(places)}")
        return self._imported(hyphened, places[hyphened])

    def items(self, *, own: bool | None = None) -> Iterator[tuple[str, ModuleType]]:
        """Names and modules of the members, as `names` has them.

        One of a person's own that is broken is left out; why is logged in a line, once until its file is changed.
        """
        for name, place in self._places().items():
            module = self._module(name)
            if own == place.ships or (module in _left_out and _left_out[module].is_unchanged):
                continue
            try:
                member = self._imported(name, place)
            except SettingsError as error:
                if place.ships:
                    raise
                _leave_out(module, place.file, str(error))
                continue
            yield name, member

    def about(self, name: str) -> str:
        """What the member called `name` is for; see `about`, and `get` for errors."""
        return about(self.get(name))

    def broken(self) -> list[LeftOut]:
        """The files of a person's own that are left out now."""
        begin = f"{self._package}."
        return [plugin for name, plugin in _left_out.items() if name.startswith(begin) and plugin.is_unchanged]

    def extend(self, folder: Path) -> None:
        """Find members in `folder` too, where that has a folder of the room's name (`tools/`, `ui/views/`).

        Its own members come first: what is added cannot take the place of one.
        """
        added = within(folder, self.room)
        path = self._package_path()
        if added.is_dir() and str(added) not in path:
            path.append(str(added))

    def _package_path(self) -> MutableSequence[str]:
        return importlib.import_module(self._package).__path__

    def _places(self) -> dict[str, "_Place"]:
        """Where each member is, by its name."""
        folders = tuple(self._package_path())
        changed = tuple(map(_changed_ns, folders))
        settled = time.time_ns() - max(changed, default=0) > SETTLED_NS
        return dict(_listed(folders, changed) if settled else _listed.__wrapped__(folders, changed))

    def _module(self, name: str) -> str:
        return f"{self._package}.{name.replace('-', '_')}"

    def _imported(self, name: str, place: "_Place") -> ModuleType:
        """The member; a person's own must have all that its room asks for."""
        module = self._module(name)
        if place.ships:
            return importlib.import_module(module)
        try:
            member = importlib.import_module(module)
            _refuse_second_copies()
            for part, kind in ROOMS[self.room].items():
                if not isinstance(getattr(member, part), kind):
                    raise TypeError(f"its {part} is a {type(getattr(member, part)).__name__}")
        except (Exception, SystemExit) as error:  # an edge: a person's own file may do anything
            sys.modules.pop(module, None)  # so that it is read anew once it is mended
            raise SettingsError(_fault(place.file, error)) from error
        return member


def about(module: ModuleType) -> str:
    """The first line of the member's docstring: what it is for; empty where it has none."""
    return (module.__doc__ or "").strip().partition("\n")[0]


def leave_out(module: ModuleType, error: Exception) -> None:
    """Have `Members.items` go without a person's own member that fails when it is used, and log why in a line."""
    file = Path(module.__file__ or "")
    _leave_out(module.__name__, file, _fault(file, error))


def broken() -> list[LeftOut]:
    """The files of a person's own that are left out now, of all rooms."""
    return [plugin for plugin in _left_out.values() if plugin.is_unchanged]


def within(folder: Path, room: str) -> Path:
    """Where a folder of a person's own holds the members of a room."""
    return folder.joinpath(*room.split("."))


def moved(error: BaseException) -> str | None:
    """What to write in place of a name that a room had at the top of site-packages; None for any other error."""
    top = (getattr(error, "name", None) or "").partition(".")[0]
    if isinstance(error, ImportError) and top in _our_names():
        return f"write `vademecum.{top}` where it imports `{top}`"
    return None


class _Place(NamedTuple):
    file: Path
    ships: bool


@lru_cache(maxsize=64)
def _listed(folders: tuple[str, ...], _changed: tuple[int, ...]) -> tuple[tuple[str, _Place], ...]:
    places: dict[str, _Place] = {}
    for folder in folders:
        for module in pkgutil.iter_modules([folder]):
            if not module.name.startswith("_"):
                file = Path(folder, module.name if module.ispkg else f"{module.name}.py")
                places.setdefault(module.name.replace("_", "-"), _Place(file, folder == folders[0]))
    return tuple(sorted(places.items(), key=lambda item: (not item[1].ships, item[0])))


@lru_cache(maxsize=1)
def _our_names() -> tuple[str, ...]:
    """Names of all rooms, `core` included, as they were at the top of site-packages until release 0.1."""
    return tuple(
        module.name
        for module in pkgutil.iter_modules([str(Path(__file__).parents[1])])
        if module.ispkg and module.name != "cli"
    )


def _refuse_second_copies() -> None:
    """In a checkout `import tools` finds our folder, too: a second copy of it, whose classes are not ours.

    Raises:
        ImportError: a room was imported by such a name.
    """
    for top in _our_names():
        ours, copy = sys.modules.get(f"vademecum.{top}"), sys.modules.get(top)
        if ours and copy and os.path.realpath(ours.__file__ or "") == os.path.realpath(copy.__file__ or "."):
            for name in [name for name in sys.modules if f"{name}.".startswith(f"{top}.")]:
                del sys.modules[name]
            raise ModuleNotFoundError(f"no module named {top!r}", name=top)


def _leave_out(module: str, file: Path, reason: str) -> None:
    _left_out[module] = LeftOut(file, _changed_ns(file), reason)
    _log.warning("%s", reason)


def _changed_ns(place: Path | str) -> int:
    try:
        return os.stat(place).st_mtime_ns
    except OSError:
        return 0


def _fault(file: Path, error: BaseException) -> str:
    if advice := moved(error):
        return f"plugins: {file} cannot be used; {advice}"
    reason = " ".join(str(error).split())[:200]
    return f"plugins: {file} cannot be used ({type(error).__name__}: {reason}); mend it, or move it elsewhere"
