"""HTML: what a person sees of a page, with the section that each stretch is in."""

from collections.abc import Iterator

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _markup
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".html", ".htm", ".xhtml")


class Loader(FileLoader):
    """Reads one page; scripts, styles, menus, hidden and struck-out parts are left out."""

    charset: str | None = None
    """What the page's server said, where it came from one."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: it is not text, or nothing is to be seen on it.
        """
        root = _markup.parse(self.content, str(self.path), charset=self.charset)
        title = _markup.title_of(root)
        builder, reader = self.builder(), _markup.PageReader()
        write_sections(builder, reader.read(root))
        builder.left_out += [("the page", words) for words in reader.left_out]
        yield builder.document(
            title or from_name(self.path), otherwise="the page has no text of its own (it may be made by its scripts)"
        )


def write_sections(builder: TextBuilder, blocks: Iterator[_markup.MarkupBlock]) -> None:
    """Write blocks, each heading beginning a place of its name, and what is at the foot of the page one of its own."""
    builder.place("the beginning")
    name, foot = "", False
    for block in blocks:
        if block.level:
            name = block.text
            builder.place(f"section “{name}”")
        elif block.foot and not foot:
            builder.place("the foot of the page")
        foot = block.foot
        _markup.write_block(builder, block, name=name)
