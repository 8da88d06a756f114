"""Pictures: the words in them, by OCR."""

import io
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _ocr
from vademecum.retrieval.loaders._file import FileLoader
from vademecum.retrieval.loaders._hyphens import Hyphens
from vademecum.retrieval.loaders._layout import page_text, words_of
from vademecum.retrieval.loaders._title import from_name

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")

_MOST_PIXELS = 100_000_000
"""Pictures with more are not opened: 300 MB of memory."""


class Loader(FileLoader):
    """Reads one picture; a TIFF may have several pages."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not a picture, is damaged, too large, or without words; or OCR is not installed.
        """
        builder = self.builder()
        for number, picture in enumerate(self._frames(), 1):
            if lacking := _ocr.missing():
                raise self.error(f"a picture: {lacking}")
            lines = _ocr.lines(picture, threads=self.settings.threads)
            if number > 1:
                builder.place(f"picture {number}")
            builder.write(page_text(lines, Hyphens(words_of([lines]))))
        yield builder.document(from_name(self.path), otherwise="OCR found no words in the picture")

    def _frames(self) -> "Iterator[Image]":
        from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", Image.DecompressionBombWarning)
                with Image.open(io.BytesIO(self.content)) as picture:
                    if picture.width * picture.height > _MOST_PIXELS:
                        raise self.error(
                            f"the picture has {picture.width} by {picture.height} pixels, which is too large"
                        )
                    frames = ImageSequence.Iterator(picture) if picture.format == "TIFF" else [picture]
                    for number, frame in enumerate(frames):
                        if number >= self.settings.max_ocr_pages:
                            return
                        yield ImageOps.exif_transpose(frame) or frame
        except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
            raise self.error("the picture is damaged, or not a picture") from error
