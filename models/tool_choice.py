"""Choosing a tool for a request by likeness: a very small model that is asked to choose gets it right 5 times in 12.

The likeness of a tool is how well the request accounts for each word of the tool's name, description and parameters:
for each token of them the most similar token of the request, averaged (MaxSim: Khattab and Zaharia 2020, ColBERT,
arXiv:2004.12832, with the tool as the query). Measured on eval/tools: of several tools the right one in 99%; with the
threshold below, 93% of the requests that need a tool call one, and 83% of those that do not call none.
"""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.arguments import Function
from models.minilm import MiniLM
from models.shared import once

THRESHOLD = 0.395
"""Below this likeness no tool is called."""

NAME_MARGIN = 0.13
"""What is taken off the likeness of a tool's name alone: enough where the description has many words or few."""

EXAMPLE_MARGIN = 0.2
"""What is taken off the cosine of a request and an example request of the tool, to compare it with the likeness."""


def choose(request: str, functions: Sequence[Function], *, threads: int = 0, forced: bool = False) -> Function | None:
    """The function that fits `request` best, or None where none fits; `forced` takes the best in any case."""
    if not functions:
        return None
    scores = [likeness(request, function, threads) for function in functions]
    best = int(np.argmax(scores))
    return functions[best] if forced or scores[best] >= THRESHOLD else None


def likeness(request: str, function: Function, threads: int = 0) -> float:
    """How well `request` fits the function, in [-1, 1]: by its words, or by its nearest example."""
    encode = _encoder(threads)
    asked, vector = encode(request)
    name, description = _plain(function["name"]), function.get("description", "")
    properties = (function.get("parameters") or {}).get("properties", {})
    told = f"{name}: {description}"
    parameters = " ".join(f"{_plain(key)}: {field.get('description', '')}" for key, field in properties.items())
    words = [_accounted(encode(text)[0], asked) for text in (told, f"{told} {parameters}")]
    examples = [example if isinstance(example, str) else example["request"] for example in function.get("examples", [])]
    nearest = max((float(encode(example)[1] @ vector) for example in examples), default=-1.0)
    return max(sum(words) / 2, _accounted(encode(name)[0], asked) - NAME_MARGIN, nearest - EXAMPLE_MARGIN)


def _accounted(told: NDArray[np.float32], asked: NDArray[np.float32]) -> float:
    if not len(told) or not len(asked):
        return -1.0
    return float((told @ asked.T).max(axis=1).mean())


def _plain(name: str) -> str:
    """`getWeather_now` as words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", re.sub(r"[_.\-]+", " ", name)).lower()


def _encoder(threads: int) -> Callable[[str], tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Unit token vectors (n, 384) and the vector (384,) of a text; those of tools are kept."""
    model = once(("minilm", threads), lambda: MiniLM(threads))

    @lru_cache(maxsize=256)
    def encode(text: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        encoded = model.encode([text])[0]
        norms = np.linalg.norm(encoded.tokens, axis=1, keepdims=True)
        return encoded.tokens / norms, encoded.vector

    return once(("tool texts", threads), lambda: encode)
