"""How much the reader counts in one workspace, where that was learned from its owner's labels (`vade reader train`)."""

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vademecum.core import private_files
from vademecum.core.atomic_write import write_whole
from vademecum.core.errors import WorkspaceError
from vademecum.retrieval.evidence.read_passages import READ_WEIGHTS, UNREAD

FILE = "reader.json"
"""In the workspace: `{"weights": [3 numbers], "of": [the 3 shipped ones they were learned from], "labels": n}`."""

MOST_CHARS, LARGEST = 4096, 100.0
"""Of the file, and of a weight in it: one that says more is none of ours."""

Floats = NDArray[np.float64]


def own_weights(home: Path) -> Floats:
    """The weights that were learned here; `UNREAD` where none were, or none that fit this version."""
    file = home / FILE
    try:
        return _read(file, file.stat().st_mtime_ns)
    except OSError:
        return UNREAD


def keep(home: Path, weights: Floats, labels: int) -> None:
    """Use these weights from now on.

    Raises:
        WorkspaceError: the file cannot be written.
    """
    content = {"weights": weights.round(4).tolist(), "of": READ_WEIGHTS.tolist(), "labels": labels}
    try:
        private_files.make_folder(home)
        write_whole(home / FILE, (json.dumps(content) + "\n").encode())
    except OSError as error:
        raise WorkspaceError(f"{home / FILE} cannot be written ({error.strerror})") from error


def reset(home: Path) -> bool:
    """Forget what was learned, so that nothing is read; whether there was anything.

    Raises:
        WorkspaceError: the file cannot be removed.
    """
    try:
        (home / FILE).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise WorkspaceError(f"{home / FILE} cannot be removed ({error.strerror})") from error
    return True


@lru_cache(8)
def _read(file: Path, _changed: int) -> Floats:
    try:
        with file.open(encoding="utf-8") as content_file:  # it may come from a stranger's backup
            content = json.loads(content_file.read(MOST_CHARS))
        weights = np.array(content["weights"], np.float64)
        fits = content["of"] == READ_WEIGHTS.tolist() and weights.shape == READ_WEIGHTS.shape
    except (ValueError, KeyError, TypeError):
        return UNREAD
    return weights if fits and (np.abs(weights) <= LARGEST).all() else UNREAD
