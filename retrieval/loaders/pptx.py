"""PPTX (PowerPoint): the text of each slide, its title first, and the speaker's notes."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _zip
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, flowing, one_line
from vademecum.retrieval.loaders._grid import Copied
from vademecum.retrieval.loaders._rows import write_table
from vademecum.retrieval.loaders._scripts import lowered, raised
from vademecum.retrieval.loaders._title import from_name
from vademecum.retrieval.loaders._word_text import roman

if TYPE_CHECKING:
    from pptx.slide import Slide

SUFFIXES = (".pptx", ".pptm", ".ppsx")


class Loader(FileLoader):
    """Reads one presentation; a slide is a page."""

    def lazy_load(self) -> Iterator[Document]:
        """One Document.

        Raises:
            DocumentError: not a presentation, damaged, protected, or without text.
        """
        from lxml.etree import LxmlError
        from pptx import Presentation
        from pptx.exc import PackageNotFoundError

        _zip.open_zip(self.content, str(self.path), self.settings, what="PowerPoint presentation").close()
        builder = self.builder()
        try:
            presentation = Presentation(io.BytesIO(self.content))
            title = presentation.core_properties.title
            for number, slide in enumerate(presentation.slides, 1):
                if slide._element.get("show") in ("0", "false"):
                    builder.page()
                    builder.notes.append(f"slide {number} is hidden, and left out")
                else:
                    _write_slide(builder, slide, number)
        except (PackageNotFoundError, LxmlError, *_zip.DAMAGED) as error:
            raise self.error("the presentation is damaged or not complete; open it and save it anew") from error
        if title in ("PowerPoint Presentation", "PowerPoint-Präsentation", "Présentation PowerPoint"):
            title = ""
        first = next((start for start, _ in builder.headings), None)
        yield builder.document(title or builder.line_at(first) or from_name(self.path))


def _write_slide(builder: TextBuilder, slide: "Slide", number: int) -> None:
    builder.page()
    builder.place(f"slide {number}")
    heading = slide.shapes.title
    name = "" if heading is None else one_line(_text_of(heading.text_frame))
    builder.write(name, level=1)
    for shape in _shapes(slide.shapes):
        if heading is None or shape.shape_id != heading.shape_id:
            _write_shape(builder, shape, name)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = flowing(_text_of(slide.notes_slide.notes_text_frame))
        builder.write(f"Notes: {notes}" if notes else "")
    for text, author in _comments(slide):
        builder.write(f"Comment by {author}: {text}" if author else f"Comment: {text}")


def _comments(slide: "Slide") -> Iterator[tuple[str, str]]:
    """What people noted on a slide, and who did."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for relation in slide.part.rels.values():
        if not relation.is_external and relation.reltype.endswith("/comments"):
            for comment in etree.fromstring(relation.target_part.blob, parser).iter("{*}cm"):
                words = (element.text or "" for element in comment.iter("{*}text", "{*}t"))
                if text := one_line(" ".join(words)):
                    yield text, ""


def _shapes(shapes: Any) -> Iterator[Any]:
    """The shapes, those in groups too, in their order; without hidden ones."""
    waiting = list(reversed(list(shapes)))
    while waiting:
        shape = waiting.pop()
        if any(element.get("hidden") in ("1", "true") for element in shape._element.iter("{*}cNvPr")):
            continue
        if hasattr(shape, "shapes"):
            waiting += reversed(list(shape.shapes))
        else:
            yield shape


def _write_shape(builder: TextBuilder, shape: Any, name: str) -> None:
    if getattr(shape, "has_table", False):
        _write_table(builder, shape._element.graphic.graphicData.tbl, name)
    elif getattr(shape, "has_chart", False):
        _write_chart(builder, shape.chart)
    elif shape.has_text_frame:
        builder.write("\n".join(flowing(line) for line in _text_of(shape.text_frame).split("\n")))


def _write_table(builder: TextBuilder, table: Any, name: str) -> None:
    """A table, of which merged cells fill what they span; its first row names the columns where it is set off."""
    from pptx.table import _Cell

    grid: list[list[str]] = []
    for row in table.tr_lst:  # python-pptx's own list looks for each row from the first
        cells: list[str] = []
        for cell in row.tc_lst:
            if cell.vMerge and grid and len(cells) < len(grid[-1]):
                cells.append(grid[-1][len(cells)])
            elif cell.hMerge and cells:
                cells.append(Copied(cells[-1]))
            else:
                cells.append(_text_of(_Cell(cell, table).text_frame))
        grid.append(cells)
    write_table(builder, grid, name=name, header=1 if table.firstRow and len(grid) > 1 else 0)


_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


def _text_of(frame: Any) -> str:
    """The text of a frame, paragraph by paragraph, without what is struck out, with powers and numbers of items."""
    lines, counts = [], {}
    for paragraph in frame._element.iter(f"{_A}p"):
        text = ""
        for element in paragraph:
            text += _run_text(element, text)
        properties = paragraph.find(f"{_A}pPr")
        depth = int(properties.get("lvl", "0")) if properties is not None else 0
        numbered = None if properties is None else properties.find(f"{_A}buAutoNum")
        counts = {level: count for level, count in counts.items() if level <= depth}
        if numbered is not None and text.strip():
            counts[depth] = counts.get(depth, int(numbered.get("startAt", "1")) - 1) + 1
            text = f"{_auto_number(counts[depth], numbered.get('type', ''))} {text}"
        elif text.strip():
            counts.pop(depth, None)
        lines.append(text)
    return "\n".join(lines)


def _run_text(element: Any, before: str) -> str:
    if element.tag == f"{_A}br":
        return "\n"
    text = "".join(part.text or "" for part in element.iter(f"{_A}t"))
    properties = element.find(f"{_A}rPr")
    if properties is None or not text:
        return text
    if properties.get("strike", "noStrike") != "noStrike":
        return ""
    shift = int(properties.get("baseline", "0").rstrip("%") or 0)
    return raised(before, text) if shift > 0 else lowered(text) if shift < 0 else text


def _auto_number(number: int, kind: str) -> str:
    """The number of an item: arabicPeriod is "1.", alphaLcParenBoth "(a)"."""
    if kind.startswith("alpha"):
        mark = chr(ord("a") + (number - 1) % 26)
    else:
        mark = roman(number) if kind.startswith("roman") else str(number)
    mark = mark.upper() if "Uc" in kind else mark
    return f"({mark})" if kind.endswith("Both") else f"{mark})" if kind.endswith("ParenR") else f"{mark}."


def _write_chart(builder: TextBuilder, chart: Any) -> None:
    """A chart's title, and its numbers as a table."""
    title = ""
    if chart.has_title and chart.chart_title.has_text_frame:
        title = flowing(chart.chart_title.text_frame.text)
        builder.write(title)
    plot = next(iter(chart.plots), None)
    if plot is None:
        return
    series = list(plot.series)
    columns = [column.values for column in series]  # computed anew each time
    grid = [["", *(column.name for column in series)]]
    for number, category in enumerate(plot.categories):
        values = [column[number] if number < len(column) else None for column in columns]
        grid.append([str(category), *("" if value is None else f"{value:.15g}" for value in values)])
    write_table(builder, grid, name=title, header=1 if len(grid) > 1 else 0)
