"""The statements of a text, each with what it needs to be understood: its headings, the head of its record or table.

A line "Phone: 555-0142" below "Rosa Klein" says something of Rosa Klein, and nothing of whoever comes next.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from vademecum.language.sentences import sentence_spans

_HEADING = re.compile(r"[ \t]*(#{1,6})[ \t]+(?P<title>\S.*)")
_FIELD = re.compile(r"[ \t]*(?:[-*+•][ \t]+)?[*_]{0,2}(?P<label>[^\W\d_][^:|\n.!?]{0,30}?)[*_]{0,2}:[*_]{0,2}[ \t]+\S")
_NAMING = re.compile(
    r"\b(?:name|title|person|contact|who|company|firm|item|product|place|city|subject|id)\b", re.IGNORECASE
)
"""Labels of a record's first field that say whose record it is."""

_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
_RULE = frozenset(" \t|:-")
_LINE = re.compile(r"[^\n]+")
_MAX_HEAD = 80


class Statement(NamedTuple):
    """The characters [start, end) of a text; `context` is what stands above them and belongs to them, in one line.

    `record` numbers the record or row that it is a field of; None in running text.
    """

    start: int
    end: int
    context: str = ""
    record: int | None = None


def statements(text: str) -> list[Statement]:
    """The statements of a text, in order."""
    matches: list[Statement] = []
    headings: list[tuple[int, str]] = []
    records = 0
    for block in _blocks(text):
        first = _HEADING.match(text, *block[0])
        if first:
            headings = [entry for entry in headings if entry[0] < len(first[1])]
            matches.append(Statement(*_trimmed(text, block[0]), _joined(headings)))
            headings.append((len(first[1]), first["title"].strip()))
            block = block[1:]
        if not block:
            continue
        block_statements = list(_of_block(text, block, _joined(headings), records))
        records = max([records, *(s.record + 1 for s in block_statements if s.record is not None)])
        matches.extend(block_statements)
    return matches


def _joined(headings: list[tuple[int, str]]) -> str:
    return ". ".join(title for _, title in headings)


def _blocks(text: str) -> Iterator[list[tuple[int, int]]]:
    """Runs of lines without a blank line or a heading between them."""
    block: list[tuple[int, int]] = []
    last_end = 0
    for line in _LINE.finditer(text):
        blank = text.count("\n", last_end, line.start()) > 1 or not line.group().strip()
        if block and (blank or _HEADING.match(line.group())):
            yield block
            block = []
        if line.group().strip():
            block.append(line.span())
        last_end = line.end()
    if block:
        yield block


def _of_block(text: str, block: list[tuple[int, int]], above: str, record: int) -> Iterator[Statement]:
    lines = [text[start:end] for start, end in block]
    if len(lines) > 1 and all(_ROW.match(line) for line in lines):
        yield from _rows(text, block, above, record)
        return
    fields = [bool(_FIELD.match(line)) for line in lines]
    at = 0
    while at < len(block):
        stop = at + next((n for n, is_field in enumerate(fields[at:]) if is_field != fields[at]), len(block) - at)
        heads = fields[stop : stop + 1] == [True] and _is_head(lines[stop - 1])
        if fields[at] and (stop - at > 1 or (at and _is_head(lines[at - 1]))):
            names = not above or _NAMING.search(lines[at].split(":", 1)[0])
            head = lines[at].split(":", 1)[1] if names else ""
            head = lines[at - 1] if at and _is_head(lines[at - 1]) else head
            yield from _fields(
                text, block[at - 1 if at and _is_head(lines[at - 1]) else at : stop], head, above, record
            )
            record += 1
        else:
            last = stop - 1 if heads and not fields[at] else stop
            start, end = block[at][0], block[max(at, last - 1)][1]
            for begin, finish in sentence_spans(text[start:end]) if last > at else ():
                yield Statement(start + begin, start + finish, above)
        at = stop


def _is_head(line: str) -> bool:
    """Whether a line may name the record whose fields follow: short, and no sentence."""
    return len(line.strip()) <= _MAX_HEAD and not line.rstrip().endswith((".", "!", "?", ";", ","))


def _fields(text: str, lines: list[tuple[int, int]], head: str, above: str, record: int) -> Iterator[Statement]:
    head = head.strip(" \t-*_:#•")
    for span in lines:
        context = ". ".join(part for part in (above, head) if part and part not in text[slice(*span)])
        yield Statement(*_trimmed(text, span), context, record)


def _rows(text: str, block: list[tuple[int, int]], above: str, record: int) -> Iterator[Statement]:
    """The rows of a table of bars: each cell with the name of its column."""
    header = [cell.strip() for cell in text[slice(*block[0])].strip().strip("|").split("|")]
    for number, span in enumerate(block[1:]):
        if set(text[slice(*span)]) <= _RULE:
            continue
        context = ". ".join(part for part in (above, ", ".join(header)) if part)
        yield Statement(*_trimmed(text, span), context, record + number)


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    line = text[slice(*span)]
    return span[0] + len(line) - len(line.lstrip()), span[0] + len(line.rstrip())
