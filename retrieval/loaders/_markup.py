"""What a person sees of HTML, block by block: no scripts, styles or hidden parts; headings, lists and tables."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from vademecum.core.text_encodings import codec_of
from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import TextBuilder, clean, flowing, one_line, table_row

if TYPE_CHECKING:
    from lxml.etree import _Element

_UNSHOWN = frozenset(
    "script style template noscript head svg math object embed iframe canvas audio video select datalist dialog".split()
)
_BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre section summary table "
    "tbody tfoot thead tr ul option".split()
)
_APART = frozenset({"a", "button"})
"""Side by side these are shown apart, without a space between them in the text."""

_CHARSET = re.compile(rb"""<meta[^>]{1,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]+)""")
_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*>")
_HIDDEN = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_LONG_TAG = re.compile(r"<([A-Za-z][\w:-]{0,60})\s[^<>]{20000,}")
_MOST_ATTRIBUTES = 1000
"""Of one element: libxml2 compares each with all before it."""

_HEAD = 4096
"""Bytes in which a page must say its charset (HTML, 4.2.5.4: the first 1024; some pages are later)."""


class MarkupBlock(NamedTuple):
    """A block of text; `level` above 0 makes it a heading, `tight` has it follow without a blank line before it."""

    text: str
    level: int = 0
    tight: bool = False


def parse(data: bytes, path: str, *, charset: str | None = None) -> "_Element":
    """The root element of a page; `charset` is what its server said.

    Raises:
        DocumentError: it is empty, or not text.
    """
    from lxml import html

    text = _LONG_TAG.sub(_bounded_tag, clean(_PROLOGUE.sub("", _decoded(data, path, charset))))
    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    return html.document_fromstring(text.encode() if text.strip() else b"<p></p>", parser=parser)


def title_of(root: "_Element") -> str | None:
    """The page's title, or else its first outermost heading."""
    for query in ("//head/title", "//title[not(ancestor::svg)]", "//h1", "//h2"):
        for element in root.xpath(query):
            if title := one_line("".join(element.itertext())):
                return title
    return None


def write(builder: TextBuilder, root: "_Element", *, deeper: int = 0) -> None:
    """Write what a person sees of the page; its headings come `deeper` levels further in."""
    for block in blocks_of(root):
        builder.write(block.text, level=block.level + deeper if block.level else 0, tight=block.tight)


def blocks_of(root: "_Element") -> Iterator[MarkupBlock]:
    """The blocks of text that a person sees, in order."""
    yield from _Reader().read(root)


def _bounded_tag(tag: re.Match[str]) -> str:
    """The tag without its attributes, where they are too many; one that is a picture may be long."""
    return f"<{tag[1]} " if tag[0].count("=") + tag[0].count(" ") > _MOST_ATTRIBUTES else tag[0]


def _decoded(data: bytes, path: str, charset: str | None) -> str:
    declared = _CHARSET.search(data[:_HEAD]) or _DECLARED.search(data[:_HEAD])
    for name in (charset, declared.group(1).decode("ascii") if declared else None):
        # Pages that say so are in Windows' extension of it (WHATWG Encoding Standard, 4.2).
        encoding = "cp1252" if (name or "").lower() in ("iso-8859-1", "latin1", "ascii", "us-ascii") else name
        encoding = codec_of(encoding)
        try:
            if encoding and not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
                return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return decode(data, path)


class _Reader:
    """One reading of a page. It walks without recursion: a page may be nested as deep as it likes."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._level = 0
        self._item = False
        self._tight = False
        self._pre = 0
        self._rows: list[list[str]] = []

    def read(self, root: "_Element") -> Iterator[MarkupBlock]:
        import lxml.etree as etree

        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if not isinstance(element.tag, str):
                continue
            if event == "start" and _unshown(element):
                walk.skip_subtree()
                element.text = None
            elif event == "start":
                yield from self._enter(element)
            else:
                yield from self._leave(element)
        yield from self._flush()

    def _enter(self, element: "_Element") -> Iterator[MarkupBlock]:
        tag = _tag(element)
        if tag == "tr":
            yield from self._flush()
            self._rows.append([])
        elif tag in ("td", "th") and self._rows:
            self._words = []
        elif tag in _BLOCKS and not self._rows:
            yield from self._flush()
            self._level = int(tag[1]) if re.fullmatch("h[1-6]", tag) else 0
            self._item = self._item or tag == "li"
            self._pre += tag == "pre"
        elif tag in _BLOCKS or tag == "br":
            self._words.append("\n")
        self._words.append(self._as_set(element.text))

    def _leave(self, element: "_Element") -> Iterator[MarkupBlock]:
        tag = _tag(element)
        if _unshown(element):
            pass
        elif tag in ("td", "th") and self._rows:
            self._rows[-1].append("".join(self._words))
            self._words = []
        elif tag == "tr" and self._rows:
            cells = self._rows.pop()
            yield from self._row(cells)
        elif tag in _BLOCKS and not self._rows:
            yield from self._flush()
            self._pre -= tag == "pre"
            self._tight = self._tight and tag in ("li", "tr", "dt", "dd", "option", "tbody", "thead", "p", "div")
            self._item = False
        elif tag in _BLOCKS:
            self._words.append("\n")
        self._words.append(self._as_set(element.tail))
        following = element.getnext()
        if tag in _APART and not element.tail and following is not None and _tag(following) in _APART:
            self._words.append(" ")

    def _row(self, cells: list[str]) -> Iterator[MarkupBlock]:
        """A row of a table; what a row of a table inside another one holds goes to the cell around it."""
        if self._rows:
            self._words.append(" ".join(cells))
        elif any(cell.strip() for cell in cells):
            only = len([cell for cell in cells if cell.strip()]) == 1
            yield MarkupBlock(flowing("".join(cells)) if only else table_row(cells), tight=self._tight and not only)
            self._tight = not only

    def _as_set(self, text: str | None) -> str:
        """Text with its line breaks where they are meant."""
        if not text:
            return ""
        return text if self._pre else re.sub(r"\s+", " ", text)

    def _flush(self) -> Iterator[MarkupBlock]:
        text = clean("".join(self._words))
        self._words = []
        text = text if self._pre else flowing(text)
        if text.strip():
            item = self._item and not self._level
            yield MarkupBlock(f"- {text}" if item else text, self._level, tight=item and self._tight)
            self._tight, self._item, self._level = item, False, 0


def _tag(element: "_Element") -> str:
    """The name of the element, in lower case, without its namespace."""
    return str(element.tag).rpartition("}")[2].lower()


def _unshown(element: Any) -> bool:
    if _tag(element) in _UNSHOWN:
        return True
    style = element.get("style")
    hidden = element.get("hidden") is not None or (style is not None and _HIDDEN.search(style) is not None)
    return hidden or (_tag(element) == "input" and element.get("type") == "hidden")
