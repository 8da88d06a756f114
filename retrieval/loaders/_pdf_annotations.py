"""What a PDF's page shows over its text: the values of form fields, boxes that are ticked, and comments."""

import ctypes
import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from vademecum.retrieval.loaders._file import flowing, one_line
from vademecum.retrieval.loaders._layout import Line
from vademecum.retrieval.loaders._pdf_lines import Frame

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

TICKED, EMPTY = "☒", "☐"
_MOST = 2000
"""Annotations of a page that are looked at."""

_NAMELESS = frozenset({"on", "off", "yes", "1", "0", ""})
"""Values of ticked boxes that say no more than that they are."""


def with_annotations(document: "PdfDocument", page: "PdfPage", lines: Sequence[Line]) -> list[Line]:
    """The lines of a page with what is typed and ticked in its fields behind their labels, and comments at the end."""
    from pypdfium2 import raw

    result, comments = list(lines), []
    angle = max({line.angle for line in lines}, key=[line.angle for line in lines].count) if lines else 0
    frame = Frame(math.cos(math.radians(angle)), math.sin(math.radians(angle)), mirrored=False)
    for number in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST)):
        annotation = raw.FPDFPage_GetAnnot(page, number)
        if not annotation:
            continue
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        flags = raw.FPDFAnnot_GetFlags(annotation)
        if not flags & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW):
            if kind == raw.FPDF_ANNOT_WIDGET and document.formenv:
                _put(result, *_field(document.formenv, annotation), _box(annotation, frame), angle)
            elif kind == raw.FPDF_ANNOT_FREETEXT:
                _put(result, _string(annotation, b"Contents"), "", _box(annotation, frame), angle)
            elif kind not in (raw.FPDF_ANNOT_POPUP, raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_LINK):
                comments += _comment(annotation, result, angle)
        raw.FPDFPage_CloseAnnot(annotation)
    return result + comments


def _field(form: Any, annotation: Any) -> tuple[str, str]:
    """What a field shows, and what it is called; the first is empty where it shows nothing."""
    from pypdfium2 import raw

    kind = raw.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _read(lambda buffer, size: raw.FPDFAnnot_GetFormFieldAlternateName(form, annotation, buffer, size))
    if kind in (raw.FPDF_FORMFIELD_CHECKBOX, raw.FPDF_FORMFIELD_RADIOBUTTON):
        if not raw.FPDFAnnot_IsChecked(form, annotation):
            return EMPTY, name
        value = _read(lambda buffer, size: raw.FPDFAnnot_GetFormFieldExportValue(form, annotation, buffer, size))
        return (TICKED if value.lower() in _NAMELESS or value.isdigit() else f"{TICKED} {value}"), name
    if kind in (raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX):
        selection = [
            _read(lambda buffer, size, at=at: raw.FPDFAnnot_GetOptionLabel(form, annotation, at, buffer, size))
            for at in range(max(raw.FPDFAnnot_GetOptionCount(form, annotation), 0))
            if raw.FPDFAnnot_IsOptionSelected(form, annotation, at)
        ]
        if selection:
            return ", ".join(selection), name
    elif kind != raw.FPDF_FORMFIELD_TEXTFIELD:
        return "", name
    return _read(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size)), name


def _comment(annotation: Any, lines: Sequence[Line], angle: int) -> Iterator[Line]:
    text = one_line(_string(annotation, b"Contents"))
    if text:
        author = one_line(_string(annotation, b"T"))
        bottom = min((line.y for line in lines), default=0.0)
        yield _line(
            f"Comment by {author}: {text}" if author else f"Comment: {text}", (0.0, bottom - 60, 0.0, 0.0), angle
        )


def _put(lines: list[Line], text: str, name: str, box: tuple[float, float, float, float], angle: int) -> None:
    """Put what a field shows behind the label on its left, before the one of a box on its right, or else on its own."""
    text = flowing(text)
    if not text:
        return
    left, bottom, right, top = box
    rows = [
        (number, line)
        for number, line in enumerate(lines)
        if line.angle == angle and bottom - 0.3 * line.size <= line.y + 0.3 * line.size <= top + 0.3 * line.size
    ]
    is_box = text.startswith((TICKED, EMPTY))
    before = max((row for row in rows if row[1].right <= left + 2), key=lambda row: row[1].right, default=None)
    after = min((row for row in rows if row[1].left >= right - 2), key=lambda row: row[1].left, default=None)
    if is_box and after and (not before or after[1].left - right < left - before[1].right):
        lines[after[0]] = after[1]._replace(text=f"{text} {after[1].text}", left=left)
    elif before and "\n" not in text:
        lines[before[0]] = before[1]._replace(text=f"{before[1].text} {text}", right=right)
    elif not is_box or name:
        above = [number for number, line in enumerate(lines) if line.y > top]
        label = f"{one_line(name)}: " if name and not rows and not _is_near(lines, above, top) else ""
        at = above[-1] + 1 if above else 0
        lines[at:at] = [_line(label + part, box, angle) for part in text.split("\n")]


def _is_near(lines: Sequence[Line], above: list[int], top: float) -> bool:
    return bool(above) and lines[above[-1]].y - top < 1.5 * lines[above[-1]].size


def _line(text: str, box: tuple[float, float, float, float], angle: int) -> Line:
    left, bottom, right, _ = box
    return Line(text, left, right, bottom + 3, 10.0, right - left, 100.0, bold=False, is_cut=False, angle=angle)


def _box(annotation: Any, frame: Frame) -> tuple[float, float, float, float]:
    from pypdfium2 import raw

    rectangle = raw.FS_RECTF()
    raw.FPDFAnnot_GetRect(annotation, rectangle)
    return frame.box((rectangle.left, rectangle.bottom, rectangle.right, rectangle.top))


def _string(annotation: Any, key: bytes) -> str:
    from pypdfium2 import raw

    return _read(lambda buffer, size: raw.FPDFAnnot_GetStringValue(annotation, key, buffer, size))


def _read(call: Callable[[Any, int], int]) -> str:
    """A text that PDFium writes into a buffer, as UTF-16; empty where there is none."""
    from pypdfium2 import raw

    size = call(None, 0)
    if not 2 < size < 200_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    call(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")
