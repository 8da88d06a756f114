"""Bytes to text: UTF-8 first, then UTF-16, then a guess among the encodings that people's old files are in."""

import codecs
import re

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
_BOMS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_GUESSES = [
    *("cp1252", "cp1251", "koi8_r", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
    *("cp1250", "cp1253", "mac_roman", "cp1254", "cp1255", "cp1256"),
]
"""Most likely first. Given its whole list, charset-normalizer takes Western European text for Baltic or Icelandic."""

_SAMPLE = 100_000
"""Bytes that a guess rests on; more make it slower, not better."""

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
    text = _decoded(data, path)
    if not text.strip("\ufeff \t\r\n\f\v"):
        raise DocumentError(path, "the file holds nothing but white space")
    # A few control characters occur in logs and old word-processor files; more than one in a hundred do not.
    sample = text[:_SAMPLE]
    if "\0" in text or len(_CONTROL.findall(sample)) > len(sample) / 100:
        raise DocumentError(path, "the file is binary, not text")
    return text


def _decoded(data: bytes, path: str) -> str:
    encoding = next((name for mark, name in _BOMS.items() if data.startswith(mark)), None) or _wide(data) or "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise DocumentError(path, f"the file looks like {encoding.upper()} but is not; save it as UTF-8") from error
    encoding = _guess(data)
    if encoding is None:
        raise DocumentError(path, "the file is binary, or text in an unknown encoding; save it as UTF-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(path, f"the file is {encoding} in parts only; save it as UTF-8") from error


def _wide(data: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of Western text is zero."""
    sample = data[:_SAMPLE]
    if b"\0" not in sample:
        return None
    odd, even = sample[1::2].count(0), sample[0::2].count(0)
    if max(odd, even) < len(sample) / 4 or min(odd, even) > len(sample) / 100:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    if b"\0" in data:
        return None
    sample = data if len(data) <= _SAMPLE else data[:_SAMPLE].rpartition(b"\n")[0] or data[:_SAMPLE]
    guesses = from_bytes(sample, cp_isolation=_GUESSES)
    ranked = sorted(guesses, key=lambda m: (round(m.chaos, 2), -m.coherence, _GUESSES.index(m.encoding)))
    return ranked[0].encoding if ranked else None
