"""How a sentence of an answer is laid out: code, tables with their header, lists, formulas and emphasis survive.

A sentence's text is one line; its quotes have the lines of the document. `layout` puts those lines back, `blocks` parts
them by kind, and `markdown` writes them so that whoever opens the file sees what was written and loads nothing: what
could act (HTML, links, pictures, headings, footnotes) is escaped.
"""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

Kind = Literal["prose", "code", "table", "list", "formula"]

_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]{0,20})[^\n]*$")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
_RULE = re.compile(r"[ \t]*\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")
_CELL_END = re.compile(r"(?<!\\)\|")

_LINK = r"[^$\n]{0,300}(?:\][\[(:]|\[\^)"
"""What makes a link, a picture or a footnote, in front of the end of a formula."""

_KEPT = re.compile(
    r"(?P<code>(?<!`)`[^`\n]{1,300}`(?!`))"
    rf"|(?P<formula>(?<![\w$\\])\$(?=[^\s\d$])(?!{_LINK})[^$\n<]{{1,300}}(?<=\S)\$(?![\w$]))"
    r"|(?<![\w*\\])(?P<stars>\*{1,3})(?=[^\s*])(?P<strong>[^*\n]{1,300})(?<=\S)(?P=stars)(?![\w*])"
)
_ACTIVE = re.compile(r"([\\`*_\[\]<>|~$&])")
_LEADING = re.compile(r"^(\s*(?:\d+(?=[.)]))?)([#+.)-])", re.MULTILINE)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")


_UNSAFE = re.compile(r"<|\][\[(:]|\[\^|\n[ \t]*\n|^[ \t]*(?:[#>`~|]|[-*+][ \t])", re.MULTILINE)
"""What a reader without formulas would take for more than text."""


class Block(NamedTuple):
    """A stretch of one kind, as it was written; of code without its fences, `language` what they say it is in."""

    kind: Kind
    text: str
    language: str = ""


def layout(text: str, quotes: Sequence[str]) -> str:
    """The text of a sentence with the lines that its quotes have, and a row below the header it is quoted with.

    `text` is in one line, as answers have it; where it is a row, another quoted row is its header.
    """
    flat = " ".join(text.split())
    if _ROW.match(flat):
        header = next((_flat(quote) for quote in quotes if _ROW.match(_flat(quote)) and _flat(quote) not in flat), "")
        return _table(header, flat) if header else flat
    for quote in sorted((quote for quote in quotes if "\n" in quote), key=len, reverse=True):
        before, matches, after = flat.partition(_flat(quote))
        if matches and any(block.kind != "prose" for block in blocks(quote)):
            return "\n\n".join(part for part in (before.strip(), quote.strip("\n"), after.strip()) if part)
    return flat


def _flat(text: str) -> str:
    return " ".join(text.split())


def _table(header: str, row: str) -> str:
    return f"{header}\n|{' --- |' * len(cells(header))}\n{row}"


def cells(row: str) -> list[str]:
    """The cells of a row between bars."""
    return [cell.strip() for cell in _CELL_END.split(row.strip().removeprefix("|").removesuffix("|"))]


def blocks(text: str) -> list[Block]:
    """The blocks of a laid-out text, in order; a fence that is not closed goes to the end."""
    matches: list[Block] = []
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        fence = _FENCE.match(lines[at])
        if fence or lines[at].strip() == "$$":
            close = fence[1] if fence else "$$"
            end = next((n for n in range(at + 1, len(lines)) if lines[n].strip() == close), len(lines))
            kind: Kind = "code" if fence else "formula"
            matches.append(Block(kind, "\n".join(lines[at + 1 : end]), fence[2] if fence else ""))
            at = end + 1
            continue
        kind = _kind(lines, at)
        end = next((n for n in range(at + 1, len(lines)) if _ends(lines, n, kind)), len(lines))
        if body := "\n".join(lines[at:end]).strip("\n"):
            matches.append(Block(kind, body))
        at = end
    return matches


def _kind(lines: Sequence[str], at: int) -> Kind:
    if _ROW.match(lines[at]):
        return "table" if len(lines) > 1 else "prose"
    return "list" if _ITEM.match(lines[at]) else "prose"


def _ends(lines: Sequence[str], at: int, kind: Kind) -> bool:
    line = lines[at]
    if _FENCE.match(line) or line.strip() == "$$":
        return True
    if kind == "table":
        return not _ROW.match(line)
    if not line.strip():
        return kind == "prose" or at + 1 == len(lines) or not _ITEM.match(lines[at + 1])
    return kind == "prose" and _kind(lines, at) != "prose"


def markdown(text: str) -> str:
    """A laid-out text as Markdown that shows it as it is, and acts on nothing."""
    return "\n\n".join(_written(block) for block in blocks(_UNSEEN.sub(" ", text)))


def paragraphs(sentences: Sequence[tuple[str, str]]) -> str:
    """Laid-out sentences with the marks behind each: running text together, blocks apart, rows of one table as one.

    The marks of a block of code, a formula or a table stand in a line below it.
    """
    parts: list[str] = []
    running = False
    for text, marks in sentences:
        written = markdown(text)
        kinds = [block.kind for block in blocks(text)] or ["prose"]
        if kinds == ["prose"]:
            joined = f"{written}{marks}"
            parts[-1:] = [f"{parts[-1]} {joined}"] if running else [*parts[-1:], joined]
        elif kinds == ["table"] and parts and (rows := _continued(parts[-1], written)):
            parts[-1] = f"{rows}{marks}"
        else:
            parts.append(_marked(written, marks, kinds[-1]))
        running = kinds == ["prose"]
    return "\n\n".join(parts)


def _marked(written: str, marks: str, kind: Kind) -> str:
    return f"{written}{marks}" if kind in ("prose", "list") or not marks else f"{written}\n\n{marks}"


def _continued(above: str, table: str) -> str:
    """The table above with the rows of another that has the same header; empty where it has not."""
    body, _, marks = above.partition("\n\n")
    head, rows = table.split("\n")[:2], table.split("\n")[2:]
    if body.split("\n")[:2] != head or not rows:
        return ""
    return "\n".join([body, *rows]) + (f"\n\n{marks}" if marks else "\n\n")


def _written(block: Block) -> str:
    if block.kind == "code":
        longest = max((len(run) for run in re.findall(r"`+", block.text)), default=0)
        fence = "`" * max(3, longest + 1)
        return f"{fence}{block.language}\n{block.text}\n{fence}"
    if block.kind == "formula":
        return f"```latex\n{block.text}\n```" if _UNSAFE.search(block.text) else f"$$\n{block.text}\n$$"
    if block.kind == "table":
        rows = [line if _RULE.match(line) else _row(line) for line in block.text.splitlines()]
        if len(rows) > 1 and not _RULE.match(rows[1]):
            rows.insert(1, "|" + " --- |" * len(cells(rows[0])))
        return "\n".join(rows)
    if block.kind == "list":
        return "\n".join(_item(line) for line in block.text.splitlines())
    return inline(block.text)


def _row(line: str) -> str:
    written = (_inside(cell.replace("\\|", "|")) for cell in cells(line))
    return "| " + " | ".join(_CELL_END.sub(r"\\|", cell) for cell in written) + " |"


def _item(line: str) -> str:
    mark = re.match(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+", line)
    return (mark.group().replace("•", "-") if mark else "  ") + inline(line[mark.end() if mark else 0 :].strip())


def escaped(text: str) -> str:
    """Text that Markdown shows as it is, its emphasis and formulas too."""
    return _LEADING.sub(r"\1\\\2", _ACTIVE.sub(r"\\\1", _UNSEEN.sub(" ", text).strip()))


def inline(text: str) -> str:
    """Running text as Markdown: emphasis with stars, code and formulas stay, all else is escaped."""
    return _LEADING.sub(r"\1\\\2", _inside(text))


def _inside(text: str) -> str:
    """The same for text that begins no line."""
    parts: list[str] = []
    at = 0
    for match in _KEPT.finditer(text):
        parts.append(_ACTIVE.sub(r"\\\1", text[at : match.start()]))
        stars = match["stars"] or ""
        parts.append(f"{stars}{_inside(match['strong'])}{stars}" if stars else match.group())
        at = match.end()
    parts.append(_ACTIVE.sub(r"\\\1", text[at:]))
    return "".join(parts).strip()
