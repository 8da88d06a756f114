"""An image file as a person attaches it: a content block, no larger than a model looks at."""

import base64
import io
from pathlib import Path
from typing import IO, Any

from vademecum.core.errors import UsageError

MAX_SIDE = 1568
"""Pixels of the longer side: providers scale larger images down to about this before a model sees them."""

MAX_PIXELS = 40_000_000
"""Larger images are not decoded: a small file can hold an enormous one."""


SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff"})
"""Of files that count as images where a person may attach any file."""


def image_block(file: Path | IO[bytes], name: str = "") -> dict[str, Any]:
    """The image as a content block, upright, scaled down where it is large, as PNG or JPEG; `name` is for messages.

    Raises:
        UsageError: there is no such file, or it is not an image that can be read.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    name = name or str(file)
    try:
        with Image.open(file) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise UsageError(f"{name}: {opened.width:,} by {opened.height:,} pixels are too many; scale it down")
            form = "JPEG" if opened.format == "JPEG" else "PNG"
            picture = ImageOps.exif_transpose(opened).convert("RGB" if form == "JPEG" else "RGBA")
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UsageError(f"{name}: {(error.strerror or 'cannot be read').lower()}; name an image file") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UsageError(f"{name} is not an image that can be read; give a PNG, JPEG, WebP or GIF") from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE))
    written = io.BytesIO()
    picture.save(written, form)
    return {
        "type": "image",
        "base64": base64.b64encode(written.getvalue()).decode(),
        "mime_type": f"image/{form.lower()}",
    }
