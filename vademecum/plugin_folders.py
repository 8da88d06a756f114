"""A person's own members of every room: the folders that the setting `plugins` names.

    ~/mine/tools/count_words.py, ~/mine/retrieval/retrievers/by_date.py, ~/mine/prompts/answer/in-verse.md

The workspace itself is such a folder for prompts, which run nothing: there `vademecum.editing` keeps them.
"""

from collections.abc import Collection

from vademecum.core import plugins
from vademecum.core.errors import SettingsError
from vademecum.core.settings import Settings, from_here


def use(settings: Settings, rooms: Collection[str] = plugins.ROOMS) -> None:
    """Have rooms find the members of the folders that the settings name; only those that have any are imported.

    Raises:
        SettingsError: a folder is not there, or holds none of the rooms.
    """
    for folder in settings.plugins:
        place = from_here(folder).resolve()
        present = [room for room in plugins.ROOMS if plugins.within(place, room).is_dir()]
        if not present:
            room_names = ", ".join(room.replace(".", "/") for room in plugins.ROOMS)
            fault = f"holds none of the folders {room_names}" if place.is_dir() else "is no folder"
            raise SettingsError(f"plugins: {folder} {fault}; correct the setting")
        for room in present:
            if room in rooms:
                plugins.Members(room).extend(place)
    if "prompts" in rooms and (settings.home / "prompts").is_dir():
        plugins.Members("prompts").extend(settings.home)
