"""PPTX (PowerPoint): the text of each slide, its title first, and the speaker's notes."""

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document

from vademecum.retrieval.loaders import _zip
from vademecum.retrieval.loaders._file import FileLoader, TextBuilder, flowing, table_row
from vademecum.retrieval.loaders._title import from_name

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
    if heading is not None:
        builder.write(heading.text_frame.text, level=1)
    for shape in _shapes(slide.shapes):
        if heading is None or shape.shape_id != heading.shape_id:
            _write_shape(builder, shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = flowing(slide.notes_slide.notes_text_frame.text)
        builder.write(f"Notes: {notes}" if notes else "")


def _shapes(shapes: Any) -> Iterator[Any]:
    """The shapes, those in groups too, in their order."""
    waiting = list(reversed(list(shapes)))
    while waiting:
        shape = waiting.pop()
        if hasattr(shape, "shapes"):
            waiting += reversed(list(shape.shapes))
        else:
            yield shape


def _write_shape(builder: TextBuilder, shape: Any) -> None:
    from pptx.table import _Cell

    if getattr(shape, "has_table", False):
        rows = shape._element.graphic.graphicData.tbl.tr_lst  # python-pptx's own list looks for each row from the first
        for number, row in enumerate(rows):
            builder.write(table_row([_Cell(cell, shape).text_frame.text for cell in row.tc_lst]), tight=number > 0)
    elif getattr(shape, "has_chart", False):
        _write_chart(builder, shape.chart)
    elif shape.has_text_frame:
        builder.write("\n".join(flowing(paragraph.text) for paragraph in shape.text_frame.paragraphs))


def _write_chart(builder: TextBuilder, chart: Any) -> None:
    """A chart's title, and its numbers as a table."""
    if chart.has_title and chart.chart_title.has_text_frame:
        builder.write(flowing(chart.chart_title.text_frame.text))
    plot = next(iter(chart.plots), None)
    if plot is None:
        return
    series = list(plot.series)
    columns = [column.values for column in series]  # computed anew each time
    builder.write(table_row(["", *(column.name for column in series)]))
    for number, category in enumerate(plot.categories):
        values = [column[number] if number < len(column) else "" for column in columns]
        builder.write(table_row([str(category), *map(str, values)]), tight=True)
