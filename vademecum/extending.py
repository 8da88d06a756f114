"""Tools, prompts, graphs and agents of a person's own: the folders that the setting `plugins` names.

The workspace itself is such a folder for prompts, which run nothing: there `vademecum.editing` keeps them.
"""

import importlib
from pathlib import Path

from core import plugins
from core.errors import SettingsError
from core.settings import Settings

ROOMS = ("agents", "graphs", "prompts", "tools")
"""Rooms whose members may come from outside."""


def use(settings: Settings) -> None:
    """Have every room find the members of the folders that the settings name.

    Raises:
        SettingsError: a folder is not there, or holds none of the rooms.
    """
    for folder in settings.plugins:
        place = folder.expanduser().resolve()
        _require_rooms(place)
        for room in ROOMS:
            plugins.extend(importlib.import_module(room), place)
    if (settings.home / "prompts").is_dir():
        plugins.extend(importlib.import_module("prompts"), settings.home)


def _require_rooms(folder: Path) -> None:
    if not any((folder / room).is_dir() for room in ROOMS):
        raise SettingsError(f"plugins: {folder} holds none of the folders {', '.join(ROOMS)}; correct the setting")
