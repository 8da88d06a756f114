"""Org, reStructuredText, LaTeX and source code: the text as it is written, with its headings or symbols found."""

import re
from collections.abc import Iterator
from pathlib import Path

from langchain_core.documents import Document

from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import FileLoader
from vademecum.retrieval.loaders._title import from_name

_CODE = (
    ".py .js .mjs .ts .tsx .jsx .java .kt .scala .go .rs .c .h .cc .cpp .hpp .cs .swift .rb .php .pl .lua .r .jl "
    ".sh .ps1 .sql .hs .ml .ex .erl .clj .dart"
).split()
SUFFIXES = (".org", ".rst", ".tex", ".latex", *_CODE)
IN_PROCESS = True

_ORG = re.compile(r"^(\*{1,8})[ \t]+\S.*$", re.MULTILINE)
_RST = re.compile(r"^(?P<title>[^\s].{0,200})\n(?P<line>[=\-~^\"'#*+`:.]){3,200}[ \t]*$", re.MULTILINE)
_TEX = re.compile(
    r"^[ \t]*\\(part|chapter|section|subsection|subsubsection|paragraph)\*?(?:\[[^\]\n]{0,200}\])?\{", re.MULTILINE
)
_TEX_TITLE = re.compile(r"\\title(?:\[[^\]\n]{0,200}\])?\{([^{}\n]{1,300})\}")
_TEX_LEVELS = ("part", "chapter", "section", "subsection", "subsubsection", "paragraph")
_SYMBOL = re.compile(
    r"^([ \t]{0,16})(?:(?:export|default|public|private|protected|internal|static|async|abstract|final|pub(?:\(\w+\))?"
    r"|unsafe|override|open|sealed|data)[ \t]+){0,4}(?:def|class|interface|struct|enum|trait|impl|fn|func|function|fun"
    r"|module|namespace|type|CREATE[ \t]+(?:TABLE|VIEW|FUNCTION))[ \t]+[\w$\"'.:<]+.*$",
    re.MULTILINE,
)
_LONGEST_HEADING = 200


class Loader(FileLoader):
    """Reads one file; the text is the file decoded, newlines untouched."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: empty, binary, or in an unknown encoding.
        """
        text = decode(self.content, str(self.path))
        suffix = self.path.suffix.lower()
        headings = [(start, level) for start, level in _headings(text, suffix) if start < len(text)]
        title = _TEX_TITLE.search(text) if suffix in (".tex", ".latex") else None
        name = title[1] if title else _first(text, headings) if suffix in (".org", ".rst") else ""
        metadata = {"title": name.strip() or self.path.name, "pages": None, "page_starts": None}
        yield Document(text, metadata={**metadata, "headings": headings, "guess": not headings})


def _first(text: str, headings: list[tuple[int, int]]) -> str:
    return text[headings[0][0] :].partition("\n")[0].lstrip("* ") if headings else from_name(Path(""))


def _headings(text: str, suffix: str) -> Iterator[tuple[int, int]]:
    """Where lines begin that are headings, and their levels."""
    if suffix == ".org":
        yield from ((match.start(), len(match[1])) for match in _ORG.finditer(text))
    elif suffix == ".rst":
        marks: list[str] = []
        for match in _RST.finditer(text):
            if match["line"] not in marks:
                marks.append(match["line"])
            yield match.start(), marks.index(match["line"]) + 1
    elif suffix in (".tex", ".latex"):
        yield from ((match.start(), _TEX_LEVELS.index(match[1]) + 1) for match in _TEX.finditer(text))
    else:
        for match in _SYMBOL.finditer(text):
            if len(match[0]) <= _LONGEST_HEADING:
                yield match.start(), min(len(match[1].expandtabs(4)) // 4 + 1, 6)
