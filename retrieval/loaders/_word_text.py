"""The text of a Word paragraph as it is shown: without what is hidden, struck out or deleted, with marks of notes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from vademecum.retrieval.loaders._math import tex_of_word
from vademecum.retrieval.loaders._scripts import lowered, raised

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_APART = {f"{W}tab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-", f"{W}ptab": "\t"}
_ELSEWHERE = {f"{W}txbxContent", f"{_COMPATIBLE}Fallback", f"{W}p", f"{W}pPr", f"{W}sdtPr"}
"""What is inside a paragraph but not of it: text boxes (read after it), older copies of the same."""

_DELETED = {f"{W}del", f"{W}moveFrom"}
_TICKS = {"F0FE": "☒", "F052": "☒", "F0FD": "☒", "F054": "☒", "F0A8": "☐", "F0A3": "☐", "F06F": "☐", "F0FC": "✓"}
"""Signs of Wingdings by which boxes are ticked."""


@dataclass
class ParagraphText:
    """What a paragraph shows, what of it is not shown, and the numbers of comments on it."""

    text: str = ""
    hidden: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)


class NoteNumbers:
    """Numbers footnotes and endnotes in the order in which the text refers to them."""

    def __init__(self) -> None:
        self.marks: dict[tuple[str, str], str] = {}

    def mark(self, kind: str, note: str) -> str:
        """The mark of a note, "1" for the first footnote and "i" for the first endnote."""
        if (kind, note) not in self.marks:
            count = 1 + sum(other == kind for other, _ in self.marks)
            self.marks[kind, note] = roman(count) if kind == "endnote" else str(count)
        return self.marks[kind, note]


def paragraph_text(paragraph: Any, notes: NoteNumbers) -> ParagraphText:
    """The text of a paragraph, with that of its links, fields, equations, content controls and insertions."""
    result = ParagraphText()
    waiting = list(reversed(list(paragraph)))
    while waiting:
        element = waiting.pop()
        if element.tag == f"{W}r":
            _run(element, result, notes, waiting)
        elif element.tag in (f"{_M}oMath", f"{_M}oMathPara"):
            result.text += tex_of_word(element)
        elif element.tag in _DELETED:
            result.hidden.append("".join(text.text or "" for text in element.iter(f"{W}delText", f"{W}t")))
        elif element.tag == f"{W}sdt" and element.find(f"{W}sdtPr/{W}showingPlcHdr") is not None:
            continue  # asks for what is to be typed
        elif element.tag not in _ELSEWHERE:
            waiting += reversed(list(element))
    return result


def _run(run: Any, result: ParagraphText, notes: NoteNumbers, waiting: list[Any]) -> None:
    """Add what a run of characters shows; what it holds otherwise is put before what waits."""
    properties = run.find(f"{W}rPr")
    text = "".join(_pieces(run, result, notes))
    if properties is not None and text:
        if any(_is_on(properties, name) for name in ("vanish", "strike", "dstrike", "webHidden")):
            result.hidden.append(text)
            return
        align = properties.find(f"{W}vertAlign")
        if align is not None and align.get(f"{W}val") == "superscript":
            text = raised(result.text, text)
        elif align is not None and align.get(f"{W}val") == "subscript":
            text = lowered(text)
    result.text += text
    inner = [child for child in run if child.tag.startswith(_COMPATIBLE) or child.tag == f"{W}ruby"]
    waiting += reversed(inner)


def _pieces(run: Any, result: ParagraphText, notes: NoteNumbers) -> Iterator[str]:
    for child in run:
        tag = child.tag
        if tag == f"{W}t":
            yield child.text or ""
        elif tag in _APART:
            yield _APART[tag]
        elif tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
            yield f"[{notes.mark(tag[len(W) : -9], child.get(f'{W}id', ''))}]"
        elif tag == f"{W}commentReference":
            result.comments.append(child.get(f"{W}id", ""))
        elif tag == f"{W}sym":
            yield _TICKS.get((child.get(f"{W}char") or "").upper(), "")
        elif tag == f"{W}fldChar" and (data := child.find(f"{W}ffData")) is not None:
            yield _field(data)


def _field(data: Any) -> str:
    """What a field of an older form shows: a box that is ticked or not, or the choice from a list."""
    box, choice = data.find(f"{W}checkBox"), data.find(f"{W}ddList")
    if box is not None:
        state = box.find(f"{W}checked")
        state = box.find(f"{W}default") if state is None else state
        return "☒" if state is not None and state.get(f"{W}val", "1") not in ("0", "false", "off") else "☐"
    if choice is not None:
        entries = [entry.get(f"{W}val", "") for entry in choice.iterchildren(f"{W}listEntry")]
        selection = choice.find(f"{W}result")
        at = int(selection.get(f"{W}val", "0")) if selection is not None else 0
        return entries[at] if 0 <= at < len(entries) else ""
    return ""


def _is_on(properties: Any, name: str) -> bool:
    element = properties.find(f"{W}{name}")
    return element is not None and element.get(f"{W}val", "1") not in ("0", "false", "off")


def roman(number: int) -> str:
    """A number in small Roman numerals."""
    text = ""
    for value, letters in (
        *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl")),
        *((10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
    ):
        count, number = divmod(number, value)
        text += letters * min(count, 20)
    return text
