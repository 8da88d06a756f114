"""The words in pictures, by RapidOCR (models in its wheel, on ONNX Runtime), where the extra `ocr` is installed."""

import threading
from functools import lru_cache
from importlib.util import find_spec
from statistics import median
from typing import TYPE_CHECKING, Any

from vademecum.retrieval.loaders._layout import Line

if TYPE_CHECKING:
    from PIL.Image import Image

WIDEST = 2600
"""Pixels; larger pictures are made smaller before they are read, which takes time and memory by their area."""

_SURE = 0.5
"""Confidence below which what was read is no word but an ornament."""

_lock = threading.Lock()
"""One page at a time: the engine keeps state, and uses the cores by itself."""


def missing() -> str | None:
    """What to do about it where there is no OCR; None where there is."""
    if find_spec("rapidocr_onnxruntime"):
        return None
    return "reading pictures (OCR) takes an extra; add it with: ./run setup ocr"


def lines(picture: "Image", *, threads: int = 0) -> list[Line]:
    """The lines of words in a picture, in reading order; lengths are in pixels."""
    import numpy as np

    picture = picture.convert("RGB")
    picture.thumbnail((WIDEST, WIDEST))
    pixels = np.asarray(picture)[:, :, ::-1]  # the engine takes blue, green, red
    with _lock:
        boxes, _ = _engine(threads)(pixels)
    sure = [(box, text) for box, text, score in boxes or () if float(score) >= _SURE and text.strip()]
    heights = [_extent(box, 1) for box, _ in sure]
    usual = median(heights) if heights else 0.0
    return [_line(box, " ".join(text.split()), usual) for box, text in sure]


@lru_cache(1)
def _engine(threads: int) -> Any:
    from rapidocr_onnxruntime import RapidOCR

    return RapidOCR(intra_op_num_threads=threads or -1)


def _extent(box: Any, axis: int) -> float:
    values = [point[axis] for point in box]
    return max(values) - min(values)


def _line(box: Any, text: str, usual: float) -> Line:
    """A line as `_layout` takes it. Boxes are as high as their letters: about the usual height is the usual size."""
    left, width, height = min(point[0] for point in box), _extent(box, 0), _extent(box, 1)
    size = usual if 0.7 * usual < height < 1.4 * usual else max(height, 1.0)
    word = width * len(text.split(" ")[0]) / len(text)
    return Line(text, left, left + width, -max(point[1] for point in box), size, word, 0.0, False, False)
