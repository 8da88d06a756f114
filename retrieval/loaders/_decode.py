"""The text of a text file, or why it is none."""

import codecs
import re

from vademecum.core import text_encodings
from vademecum.core.errors import DocumentError

_SIGNATURES = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip archive (or an office document, which is one)",
    b"\xd0\xcf\x11\xe0": "an old office document",
    b"{\\rtf": "a rich-text document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"SQLite format 3\0": "an SQLite database",
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def decode(data: bytes, path: str) -> str:
    """The text of a text file. UTF-8 is kept to the letter: newlines and a byte order mark as they are.

    Raises:
        DocumentError: empty, binary, or in an unknown encoding.
    """
    if not data:
        raise DocumentError(path, "the file is empty")
    for signature, name in _SIGNATURES.items():
        if data.startswith(signature):
            raise DocumentError(path, f"the file is {name}, not text")
    text = text_encodings.decode(data)
    if text is None:
        is_marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        problem = "looks like UTF-16 but is not" if is_marked else "is binary, or text in an unknown encoding"
        raise DocumentError(path, f"the file {problem}; save it as UTF-8")
    if not text.strip("\ufeff \t\r\n\f\v"):
        raise DocumentError(path, "the file holds nothing but white space")
    # A few control characters occur in logs and old word-processor files; more than one in a hundred do not.
    sample = text[:100_000]
    if "\0" in text or len(_CONTROL.findall(sample)) > len(sample) / 100:
        raise DocumentError(path, "the file is binary, not text")
    return text
