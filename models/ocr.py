"""The text in a picture, read by RapidOCR (PaddleOCR's models on onnxruntime): nothing leaves the machine.

The package is the extra `ocr`, and is loaded with the first picture.
"""

import io
import threading
import warnings
from functools import lru_cache
from typing import Any

from vademecum.core.errors import ModelError
from vademecum.models.process_cache import once

MAX_PIXELS = 40_000_000
"""Larger pictures are not decoded: a small file can hold an enormous one."""

_reading = threading.Lock()


@lru_cache(maxsize=8)
def read(image: bytes) -> tuple[str, ...]:
    """The lines of text in an encoded picture (PNG, JPEG, ...), from top to bottom; of an animation the first picture.

    Raises:
        ModelError: this is not a picture that can be read, or the extra is missing.
    """
    pixels = _decoded(image)
    engine = once("ocr", _load)
    with _reading:
        boxes, _ = engine(pixels)
    return tuple(text for _, text, _ in boxes or [])


def _load() -> Any:
    try:
        from rapidocr_onnxruntime import RapidOCR
    except ImportError as error:
        raise ModelError(
            "this model does not see images, and to read their text something is missing (Python 3.11 or 3.12): "
            "./run setup ocr"
        ) from error
    return RapidOCR(intra_op_num_threads=1, inter_op_num_threads=1)


def _decoded(image: bytes) -> Any:
    """The picture as it is meant to be seen, uint8 (height, width, 3) in the order blue, green, red."""
    import numpy as np
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            # Pillow's own warning of very large pictures comes before the size can be asked for.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(io.BytesIO(image))
        if opened.width * opened.height > MAX_PIXELS:
            raise ModelError(
                f"the picture has {opened.width} x {opened.height} pixels, more than {MAX_PIXELS:,}; make it smaller"
            )
        upright = ImageOps.exif_transpose(opened).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ModelError("the picture cannot be read; is it a whole PNG, JPEG, GIF or WebP file?") from error
    on_white = Image.new("RGBA", upright.size, "white")
    on_white.alpha_composite(upright)
    return np.asarray(on_white.convert("RGB"))[:, :, ::-1]
