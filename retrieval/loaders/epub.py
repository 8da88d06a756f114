"""EPUB: the book's chapters in reading order, each with its name."""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from langchain_core.documents import Document

from vademecum.core.errors import DocumentError
from vademecum.retrieval.loaders import _markup, _zip
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, one_line
from vademecum.retrieval.loaders._title import from_name

SUFFIXES = (".epub",)

_FONT_ALGORITHMS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
"""What fonts are disguised by: no protection of the text. Source: EPUB 3.3, Open Container Format, 4.4."""


class _Item(NamedTuple):
    """A file of the book."""

    name: str
    kind: str
    properties: str


class Loader(FileLoader):
    """Reads one book that no rights management locks."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: not an EPUB, damaged, locked, or without text.
        """
        path = str(self.path)
        with _zip.open_zip(self.content, path, self.settings, what="EPUB") as archive:
            self._check_lock(archive)
            package_name = self._package_name(archive)
            package = self._xml(archive, package_name)
            folder = posixpath.dirname(package_name)
            items = _items(package, folder)
            names = self._chapter_names(archive, items)
            builder = self.builder()
            for number, item in enumerate(dict.fromkeys(_spine(package, items)), 1):
                self._write_chapter(builder, archive, item, names.get(item.name, ""), number)
        title = next((one_line("".join(e.itertext())) for e in package.iter("{*}title")), "")
        yield builder.document(title or from_name(self.path))

    def _write_chapter(
        self, builder: TextBuilder, archive: zipfile.ZipFile, item: _Item, name: str, number: int
    ) -> None:
        if item.kind not in ("application/xhtml+xml", "text/html", "application/xml", ""):
            return
        try:
            data = _zip.read_member(archive, item.name, str(self.path))
        except DocumentError:
            builder.notes.append(f"the file {item.name} of the book is missing or damaged")
            return
        blocks = list(_markup.blocks_of(_markup.parse(data or b" ", str(self.path)))) if data.strip() else []
        name = name or next((block.text for block in blocks if block.level), "")
        builder.place(f"chapter “{one_line(name)}”" if name else f"part {number}")
        if name and not any(block.level for block in blocks[:3]):
            builder.write(name, level=1)
        for block in blocks:
            _markup.write_block(builder, block, name=name)

    def _package_name(self, archive: zipfile.ZipFile) -> str:
        container = self._xml(archive, "META-INF/container.xml")
        for rootfile in container.iter("{*}rootfile"):
            if name := rootfile.get("full-path"):
                return name
        raise self.error("the EPUB is damaged: it does not say where the book is")

    def _check_lock(self, archive: zipfile.ZipFile) -> None:
        if "META-INF/encryption.xml" in archive.namelist():
            methods = [
                e.get("Algorithm") for e in self._xml(archive, "META-INF/encryption.xml").iter("{*}EncryptionMethod")
            ]
            if any(method not in _FONT_ALGORITHMS for method in methods):
                raise self.error("the book is locked by rights management (DRM); only a copy without it can be read")

    def _xml(self, archive: zipfile.ZipFile, name: str) -> Any:
        import lxml.etree as etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        root = etree.fromstring(_zip.read_member(archive, name, str(self.path)) or b"<empty/>", parser)
        if root is None:
            raise self.error(f"the EPUB is damaged: {name} cannot be read")
        return root

    def _chapter_names(self, archive: zipfile.ZipFile, items: dict[str, _Item]) -> dict[str, str]:
        """The name of each file's first chapter, by the book's own table of contents (EPUB 3, or else EPUB 2)."""
        names: dict[str, str] = {}
        members = frozenset(archive.namelist())
        for item in sorted(items.values(), key=lambda item: "nav" not in item.properties.split()):
            is_nav, is_ncx = "nav" in item.properties.split(), item.kind == "application/x-dtbncx+xml"
            if not (is_nav or is_ncx) or item.name not in members:
                continue
            root = self._xml(archive, item.name)
            entries = (
                ((e.get("href"), "".join(e.itertext())) for e in root.iter("{*}a"))
                if is_nav
                else (
                    (c.get("src"), "".join(c.getparent().findtext("{*}navLabel/{*}text") or ""))
                    for c in root.iter("{*}content")
                )
            )
            for reference, label in entries:
                target = _resolved(posixpath.dirname(item.name), (reference or "").partition("#")[0])
                names.setdefault(target, one_line(label))
        return names


def _items(package: Any, folder: str) -> dict[str, _Item]:
    """The files of the book by their ids."""
    return {
        item.get("id", ""): _Item(
            _resolved(folder, item.get("href", "")), item.get("media-type", ""), item.get("properties") or ""
        )
        for item in package.iter("{*}item")
    }


def _spine(package: Any, items: dict[str, _Item]) -> Iterator[_Item]:
    """The files in reading order, without the book's own table of contents."""
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref", ""))
        if item is not None and "nav" not in item.properties.split():
            yield item


def _resolved(folder: str, reference: str) -> str:
    return re.sub(r"^(?:\.\./)+", "", posixpath.normpath(posixpath.join(folder, unquote(reference))))
