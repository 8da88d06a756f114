"""One instance a process of what is heavy to load."""

import threading
from collections.abc import Callable, Hashable
from typing import Any

_loaded: dict[Hashable, Any] = {}
_loading = threading.RLock()


def once(key: Hashable, load: Callable[[], Any]) -> Any:
    """The instance kept under `key`; `load` makes it where there is none, once, also with several threads."""
    with _loading:
        if key not in _loaded:
            _loaded[key] = load()
        return _loaded[key]
