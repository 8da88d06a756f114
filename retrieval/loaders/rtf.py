"""RTF: the text of a document with its tables and notes, without what is hidden, struck out or deleted."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from langchain_core.documents import Document

from vademecum.core.text_encodings import codec_of
from vademecum.retrieval.loaders._file import FileLoader, flowing
from vademecum.retrieval.loaders._rows import write_table
from vademecum.retrieval.loaders._scripts import lowered, raised
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".rtf",)

_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z\r\n])|([{}])|[\r\n]+|\\[\r\n]+|([^\\{}\r\n]+)"
)
_APART = {
    "par": "\n\n", "sect": "\n\n", "page": "\n\n", "line": "\n", "tab": "\t", "emdash": "—", "endash": "–",
    "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ", "enspace": " ",
    "~": " ", "_": "-",
}  # fmt: skip
_UNSHOWN = frozenset(
    "fonttbl colortbl stylesheet info pict object header headerl headerr headerf footer footerl footerr footerf "
    "themedata datastore listtable listoverridetable rsidtbl generator fldinst nonshppict xmlnstbl latentstyles "
    "bkmkstart bkmkend revtbl filetbl pntext pnseclvl atnid atnauthor atrfstart atrfend atnref annotation".split()
)


class _State(NamedTuple):
    """What holds within a group."""

    shown: bool = True
    hidden: bool = False
    level: int = 0
    skip: int = 1
    note: bool = False


class Loader(FileLoader):
    """Reads one document."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: not RTF, or without text.
        """
        if not self.content.lstrip().startswith(b"{\\rtf"):
            raise self.error("the file is not RTF, though its name says so")
        builder = self.builder()
        reader = _Reader()
        for block in reader.read(self.content):
            if isinstance(block, list):
                write_table(builder, block)
            else:
                builder.write(flowing(block))
        builder.left_out += [("the document", words) for words in reader.left_out]
        yield builder.document(from_name(self.path))


class _Reader:
    """One reading of a document, without recursion: groups may be nested as deep as they like."""

    def __init__(self) -> None:
        self.left_out: list[str] = []
        self._words: list[str] = []
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._bytes = bytearray()
        self._codec = "cp1252"
        self._state = _State()
        self._in_table = False

    def read(self, data: bytes) -> Iterator[str | list[list[str]]]:
        """Paragraphs, and tables as rows of cells, in order."""
        stack: list[_State] = []
        skipped = 0
        for match in _TOKEN.finditer(data):
            code, word, number, sign, brace, plain = match.groups()
            if brace == b"{":
                self._flush()
                stack.append(self._state)
            elif brace:
                self._flush()
                outer = stack.pop() if stack else self._state
                if self._state.note and not outer.note:
                    self._add("]")
                self._state = outer
            elif code or plain:
                content = bytes([int(code, 16)]) if code else plain
                content, skipped = content[skipped:], max(0, skipped - len(content))
                self._bytes += content
            elif sign:
                self._sign(sign.decode("latin-1"))
            elif word:
                name, value = word.decode(), int(number) if number else None
                if name == "u" and value is not None:
                    self._flush()
                    self._add(chr(value % 65536))
                    skipped = self._state.skip
                else:
                    yield from self._control(name, value)
        self._flush()
        yield from self._paragraph()
        yield from self._table()

    def _sign(self, sign: str) -> None:
        self._flush()
        if sign == "*":
            self._state = self._state._replace(shown=False)
        elif sign in _APART or sign in "\\{}":
            self._add(_APART.get(sign, sign))

    def _control(self, name: str, value: int | None) -> Iterator[str | list[list[str]]]:
        self._flush()
        state = self._state
        if (changed := self._changed(name, value)) is not None:
            self._state = changed
        elif name == "footnote":
            self._add(" [")
            self._state = state._replace(note=True)
        elif name == "ansicpg":
            self._codec = codec_of(f"cp{value}") or "cp1252"
        elif name == "intbl":
            self._in_table = True
        elif name == "cell":
            self._cells.append("".join(self._words))
            self._words = []
        elif name == "row":
            self._rows.append(self._cells)
            self._cells, self._in_table = [], False
        elif name in ("par", "sect", "page") and state.shown and not self._cells:
            yield from self._paragraph()
        elif name == "pard":
            self._in_table = False
        elif name in _APART:
            self._add(_APART[name])

    def _changed(self, name: str, value: int | None) -> _State | None:
        """What holds from a control word on; None where that changes nothing."""
        state = self._state
        if name in _UNSHOWN:
            return state._replace(shown=False)
        if name == "shptxt":
            return state._replace(shown=True)
        if name in ("v", "deleted", "strike", "striked"):
            return state._replace(hidden=value != 0)
        if name == "plain":
            return state._replace(hidden=False, level=0)
        if name in ("super", "sub", "nosupersub"):
            return state._replace(level={"super": 1, "sub": -1}.get(name, 0))
        return state._replace(skip=min(value or 0, 10)) if name == "uc" else None

    def _flush(self) -> None:
        """Add the bytes read so far, decoded."""
        if self._bytes:
            text, self._bytes = self._bytes.decode(self._codec, "replace"), bytearray()
            self._add(text)

    def _add(self, text: str) -> None:
        state = self._state
        if not state.shown:
            return
        if state.hidden:
            self.left_out.append(text)
        elif state.level:
            self._words.append(raised("".join(self._words[-5:])[-30:], text) if state.level > 0 else lowered(text))
        else:
            self._words.append(text)

    def _paragraph(self) -> Iterator[str | list[list[str]]]:
        text = "".join(self._words).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if self._in_table or self._cells:
            self._words.append("\n")
            return
        self._words = []
        if text.strip():
            yield from self._table()
            yield text

    def _table(self) -> Iterator[list[list[str]]]:
        rows, self._rows = self._rows, []
        if rows:
            yield rows
