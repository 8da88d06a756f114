"""Listings in which a broken file does not hide the others."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from vademecum.core.errors import PromptError

Loaded = TypeVar("Loaded")


def load_each(names: Iterable[str], load: Callable[[str], Loaded]) -> tuple[list[Loaded], dict[str, str]]:
    """Those that can be loaded, in order, and what is wrong with each of the others by its name."""
    loaded, broken = [], {}
    for name in names:
        try:
            loaded.append(load(name))
        except PromptError as error:
            broken[name] = str(error)
    return loaded, broken
