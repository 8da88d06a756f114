"""A low-rank adapter put into the weights of all-MiniLM-L6-v2 (LoRA: Hu et al. 2021, arXiv:2106.09685, section 4.1).

Of each matrix the adapter holds two narrow ones, `NAME.u` (out, r) and `NAME.v` (r, in), whose product is added to the
model's. Once added, they cost nothing: the sum is rounded to int8 again, and the graph multiplies that in place of the
package's bytes. Biases and the weights of normalisations are replaced as a whole.
"""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vademecum.models.weights import MINILM, verified_path

Floats = NDArray[np.float32]

_TENSORS = "minilm_tensors.json"
"""Where the weights stand in the package's file: made by `benchmarks/build_minilm_graph.py`."""

_ADDED_ROWS = "pos.weight"
"""The one table that is scaled by its rows, not its columns, and that is added to without being a product."""


def merged(adapter: Mapping[str, NDArray]) -> dict[str, NDArray]:
    """The tensors of the graph that the adapter changes, by their names in the graph.

    Raises:
        WeightsError: the package's weights are missing or not the pinned ones.
    """
    tensors, package = _tensors(), _package()
    weights: dict[str, NDArray] = {}
    for key, parts in tensors["added"].items():
        whole = _whole(package, parts)
        if key == _ADDED_ROWS:
            whole[: len(adapter[key])] += adapter[key]
        else:
            whole += (adapter[f"{key}.u"].astype(np.float32) @ adapter[f"{key}.v"].astype(np.float32)).T
        for (integers, scales), piece in zip(parts, np.split(whole, len(parts), axis=1), strict=True):
            weights[integers[0]], weights[scales[0]] = _rounded(piece, axis=1 if key == _ADDED_ROWS else 0)
    for key, parts in tensors["replaced"].items():
        pieces = np.split(adapter[key].astype(np.float32), len(parts))
        weights |= {name: np.ascontiguousarray(piece) for (name, _, _), piece in zip(parts, pieces, strict=True)}
    return weights


def whole_weights() -> dict[str, Floats]:
    """The package's weights in float32, by the names that adapters use: matrices (out, in), `words` (30522, 384).

    Raises:
        WeightsError: the package's weights are missing or not the pinned ones.
    """
    tensors, package = _tensors(), _package()
    weights = {key: _whole(package, parts) for key, parts in {**tensors["kept"], **tensors["added"]}.items()}
    weights |= {key: whole.T for key, whole in weights.items() if key.startswith("layers.")}
    for key, parts in tensors["replaced"].items():
        weights[key] = np.concatenate([_read(package, part, np.float32) for part in parts])
    return weights


def _tensors() -> dict[str, dict[str, Any]]:
    return json.loads((files("vademecum.models") / _TENSORS).read_text("utf-8"))


def _package() -> NDArray[np.uint8]:
    return np.memmap(verified_path(MINILM), np.uint8, "r")


def _whole(package: NDArray[np.uint8], parts: list[Any]) -> Floats:
    """Pairs of bytes and scales as one float32 matrix, side by side."""
    return np.concatenate([_read(package, q, np.int8) * _read(package, scale, np.float32) for q, scale in parts], 1)


def _read(package: NDArray[np.uint8], tensor: tuple[str, list[int], int], kind: type) -> NDArray:
    """The tensor (name, shape, offset) of the package's file."""
    _, shape, offset = tensor
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    return package[offset : offset + size].view(kind).reshape(shape)


def _rounded(whole: Floats, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """`whole` as int8, and by what each column (axis 0) or row (axis 1) is to be multiplied."""
    scale = np.maximum(np.abs(whole).max(axis=axis, keepdims=True), 1e-9) / np.float32(127)
    return np.round(whole / scale).astype(np.int8), scale.astype(np.float32)
