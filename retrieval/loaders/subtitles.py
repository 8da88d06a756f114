"""Subtitles and transcripts (SRT, WebVTT): what is said, by speaker where that is named, each stretch with its time."""

import html
import re
from collections.abc import Iterator

from langchain_core.documents import Document

from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader, flowing
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".srt", ".vtt", ".sbv")

_TIMES = re.compile(
    r"^((?:\d{1,3}:)?\d{1,2}:\d{2})[.,]\d{1,3}(?:\s*-->\s*|,)(?:\d{1,3}:)?\d{1,2}:\d{2}[.,]\d{1,3}.*$", re.MULTILINE
)
_VOICE = re.compile(r"<v(?:\.[\w.]+)?\s+([^>]{1,80})>")
_TAG = re.compile(r"<[^>\n]{1,80}>|\{\\[^}\n]{1,80}\}")
_ENDS = re.compile(r"[.!?…][\"'”’)]*$")
_LONGEST = 600
"""Characters of a stretch of what one speaker says, from which on the next sentence begins another."""


class Loader(FileLoader):
    """Reads one file; lines that go on in the next one are joined."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not text, or has no times.
        """
        text = decode(self.content, str(self.path)).removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        marks = list(_TIMES.finditer(text))
        if not marks:
            raise self.error("no subtitles in it: it has no times")
        builder = self.builder()
        began, speaker, said = "", "", ""
        for number, mark in enumerate(marks):
            end = marks[number + 1].start() if number + 1 < len(marks) else len(text)
            name, words = _words(text[mark.end() : end], last=number + 1 == len(marks))
            if said and (name != speaker or (len(said) > _LONGEST and _ENDS.search(said))):
                builder.place(began)
                builder.write(f"{speaker}: {said}" if speaker else said)
                said = ""
            if words:
                began, speaker, said = (began, speaker, f"{said} {words}") if said else (mark[1], name, words)
        if said:
            builder.place(began)
            builder.write(f"{speaker}: {said}" if speaker else said)
        yield builder.document(from_name(self.path), otherwise="nothing is said in it")


def _words(text: str, *, last: bool) -> tuple[str, str]:
    """Who speaks, where that is marked, and what is said; without the number of the next subtitle."""
    text = text.strip()
    if not last:
        text = re.sub(r"\n\s*\n\s*(?:NOTE\b.*|[^\n]*)$", "", text, flags=re.DOTALL)
    voice = _VOICE.search(text)
    plain = html.unescape(_TAG.sub("", text))
    return (voice[1].strip() if voice else ""), " ".join(flowing(plain).split())
