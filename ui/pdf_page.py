"""A page of a PDF as a picture, and the place of a passage on it."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from vademecum.core.child_process import ChildError, ChildProcess, Limits
from vademecum.core.regular_files import open_regular
from vademecum.core.types import Source

LIMITS = Limits(seconds=20, megabytes=1000, answer_bytes=50_000_000)
"""Of drawing one page, in a child process: a PDF may be hostile, and this process serves all pages."""

KEPT = 16
"""Pictures that are kept, since a page is drawn anew at every click on it: a fifth of a megabyte each."""

Box = tuple[float, float, float, float]


class PagePicture(NamedTuple):
    """A page as PNG; `boxes` are those of the passage: left, top, width, height in parts of the page (0 to 1)."""

    png: bytes
    boxes: tuple[Box, ...]


def page_picture(source: Source, page: int, quote: str) -> PagePicture | None:
    """Page `page` (from 1) with the place of `quote`; None where it cannot be drawn.

    That is, the file is gone, or is not what was ingested, or its page takes more than `LIMITS` allow.
    """
    try:
        with open_regular(Path(source.root, source.path)) as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != source.sha256:
                return None  # before it is held in memory: what is there now may be of any size
            size = file.tell()
            file.seek(0)
            content = file.read(size)
    except OSError:
        return None
    key = (source.sha256, page, quote)
    picture = _pictures[key] if key in _pictures else _drawn(content, page, quote)
    for oldest in list(_pictures)[: max(0, len(_pictures) - KEPT + 1)]:
        _pictures.pop(oldest, None)
    _pictures[key] = picture
    return picture


_pictures: "dict[tuple[str, int, str], PagePicture | None]" = {}


def _drawn(content: bytes, page: int, quote: str) -> PagePicture | None:
    try:
        with ChildProcess("vademecum.ui.pdf_drawing:draw", LIMITS) as child:
            head, png = child.call({"page": page, "quote": quote}, content)
        boxes = tuple((float(x), float(y), float(width), float(height)) for x, y, width, height in head["boxes"])
    except (ChildError, ValueError, TypeError, KeyError):
        return None
    return PagePicture(png, boxes) if png.startswith(b"\x89PNG") else None
