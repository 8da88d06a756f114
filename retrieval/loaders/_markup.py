"""What a person sees of HTML, block by block: no scripts, styles or hidden parts; headings, lists and tables."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from vademecum.core.text_encodings import codec_of
from vademecum.retrieval.loaders._decode import decode
from vademecum.retrieval.loaders._file import TextBuilder, clean, one_line
from vademecum.retrieval.loaders._markup_reader import MarkupBlock, PageReader
from vademecum.retrieval.loaders._rows import write_table

if TYPE_CHECKING:
    from lxml.etree import _Element

_CHARSET = re.compile(rb"""<meta[^>]{1,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]+)""")
_PROLOGUE = re.compile(r"^\s*<\?xml[^>]*>")
_LONG_TAG = re.compile(r"<([A-Za-z][\w:-]{0,60})\s[^<>]{20000,}")
_MOST_ATTRIBUTES = 1000
"""Of one element: libxml2 compares each with all before it."""

_HEAD = 4096
"""Bytes in which a page must say its charset (HTML, 4.2.5.4: the first 1024; some pages are later)."""


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
    name = ""
    for block in blocks_of(root):
        name = block.text if block.level else name
        write_block(builder, block, deeper=deeper, name=name)


def write_block(builder: TextBuilder, block: MarkupBlock, *, deeper: int = 0, name: str = "") -> None:
    """Write one block; `name` is the heading above it, by which a table is called that has no caption."""
    if block.table:
        write_table(builder, block.table.grid, name=block.table.caption or name, header=block.table.header)
    else:
        builder.write(block.text, level=block.level + deeper if block.level else 0, tight=block.tight)


def blocks_of(root: "_Element") -> Iterator[MarkupBlock]:
    """The blocks of text that a person sees, in order."""
    yield from PageReader().read(root)


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
