"""Where the sentences of a text are, by rules: exact offsets, no model, no language resources.

A sentence ends at . ! ? (with closing quotes and brackets) before white space and something that can begin a
sentence, unless the full stop belongs to an abbreviation, an initial, a number or an ellipsis inside a clause. The full
stops and question marks of other scripts end one wherever they stand; Thai, which has none, leaves a space or begins a
line. A line break ends a sentence where the next line begins a list item, a table row or a heading; other line breaks
are taken for hard wraps.
"""

import re
from collections.abc import Iterator

_END = re.compile(r"""[.!?…]+["'”’»)\]*_`]*(?:\[[\w\s,]{1,24}\])*(?=\s|$)""")
_STARTS_SENTENCE = re.compile(r"""["'“‘«(\[*_`$]*[^\W_a-z]|["'“‘«(\[*_`]*[A-ZÀ-ÞΑ-ΩА-Я]|[-*•+]\s|\$|\\""")
_STOPS = "。｡！？؟۔।॥።፧។៕။"
_END_ANYWHERE = re.compile(
    rf"""[{_STOPS}][{_STOPS}.!?…]*["'”’»)\]」』）】》〉]*(?!["'”’」』]*と)"""
    r"|(?<=[\u0e00-\u0eff])(?P<space> +| *(?:\r\n?|\n))(?=[\u0e00-\u0eff])"
)
"""Behind a quoted sentence Japanese goes on with と ("「はい。」と言った")."""

_SPACED_SENTENCE = 25
"""Characters from which on what lies between two spaces, or in a line, is taken for a Thai or Lao sentence: names,
dates and the words of a list stand between spaces too."""

_VISIBLE = re.compile(r"\S")
_BREAK = re.compile(r"\r\n|\r|\n")
LIST_ITEM = re.compile(r"[ \t]*(?:[-*+•‣◦–—]|\(?(?:\d{1,3}|[A-Za-z])[.)])[ \t]+(?=\S)")
_UNIT_LINE = re.compile(r"[ \t]*(?:#{1,6}[ \t]|\||>|```|~~~|\$\$|:?[A-Za-z ]{2,20}:[ \t])")
_LIST_MARK_ONLY = re.compile(r"[ \t]*(?:(?:[-*+•‣◦–—]|\(?(?:\d{1,3}|[A-Za-z])[.)])[ \t]+|>[ \t]*)+")
_INITIAL = re.compile(r"(?:^|[\s(\[“\"'.-])[A-Z]\.$")
_NEVER_LAST = (
    "mr mrs ms dr prof st gen col capt lt sgt rev hon pres gov sen rep vs e.g i.e eg ie cf approx no nos vol vols pp "
    "p fig figs eq eqs viz"
)
_SOMETIMES_LAST = (
    "sr jr mt ft etc al ca c ch sec ed eds trans inc ltd co corp dept univ est jan feb mar apr jun jul aug sep sept "
    "oct nov dec u.s u.k u.n a.m p.m a.d b.c ph.d b.a m.a d.c resp op cit"
)
_ALWAYS_CONTINUES = frozenset(_NEVER_LAST.split())
_ABBREVIATIONS = frozenset(f"{_NEVER_LAST} {_SOMETIMES_LAST}".split())
_CLOSING_QUOTES = "\"'”’»"
_STARTERS = "the a an it its this that these those he she they we in on at as if when while but"
_FIRST_WORDS = frozenset(_STARTERS.split())
"""After a lone capital and a full stop ("vitamin D. The ...") these begin a sentence; other words go on with a name."""


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Spans `(start, end)` of the sentences of `text`, in order, without surrounding white space or list marks.

    Everything but white space and list marks lies in exactly one span.
    """
    spans: list[tuple[int, int]] = []
    for start, end in _units(text):
        spans.extend(_split_unit(text, start, end))
    return spans


def _units(text: str) -> list[tuple[int, int]]:
    """Stretches that a sentence never crosses: paragraphs, list items, table rows."""
    units: list[tuple[int, int]] = []
    begin = 0
    position = 0
    while position <= len(text):
        line_break = _BREAK.search(text, position)
        line_end, following = (line_break.start(), line_break.end()) if line_break else (len(text), len(text) + 1)
        if _ends_unit(text, begin, line_end, following):
            units.append((begin, line_end))
            begin = following
        position = following
    return units


def _ends_unit(text: str, begin: int, line_end: int, following: int) -> bool:
    if following >= len(text):
        return True
    following_break = _BREAK.search(text, following)
    next_line = text[following : following_break.start() if following_break else len(text)]
    if not next_line.strip() or not _VISIBLE.search(text, begin, line_end):
        return True
    if LIST_ITEM.match(next_line) or _UNIT_LINE.match(next_line):
        return True
    line_start = max(text.rfind("\n", begin, line_end) + 1, begin)
    line_start = max(text.rfind("\r", line_start, line_end) + 1, line_start)
    line = text[line_start:line_end].strip()
    return bool(_UNIT_LINE.match(line) and line.startswith(("#", "|")))


def _split_unit(text: str, start: int, end: int) -> list[tuple[int, int]]:
    mark = _LIST_MARK_ONLY.match(text, start, end)
    begin = mark.end() if mark else start
    spans: list[tuple[int, int]] = []
    for start_of_part, end_of_part in _parts_of_scripts(text, begin, end):
        _split_part(spans, text, start_of_part, end_of_part)
    return spans


def _parts_of_scripts(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """What lies between the full stops of other scripts than Latin, and between the spaces that Thai has for them."""
    for ending in _END_ANYWHERE.finditer(text, begin, end):
        last = ending.end()
        if ending.lastgroup and (ending.start() - begin < _SPACED_SENTENCE or end - last < _SPACED_SENTENCE):
            continue
        yield begin, last
        begin = last
    yield begin, end


def _split_part(spans: list[tuple[int, int]], text: str, begin: int, end: int) -> None:
    for ending in _END.finditer(text, begin, end):
        if ending.end() < end and not _is_boundary(text, begin, ending, end):
            continue
        _append(spans, text, begin, ending.end())
        begin = ending.end()
    _append(spans, text, begin, end)


def _is_boundary(text: str, begin: int, ending: re.Match[str], end: int) -> bool:
    rest = text[ending.end() : min(end, ending.end() + 40)].lstrip()
    if not rest:
        return True
    if not ending.group().startswith("."):
        return bool(_STARTS_SENTENCE.match(rest)) or (ending.group()[0] in "!?" and not rest[0].islower())
    if not _STARTS_SENTENCE.match(rest):
        return False
    if ending.group()[-1] in _CLOSING_QUOTES:
        return True
    head = text[max(begin, ending.start() - 20) : ending.start() + 1]
    word = re.split(r"[\s(\[“\"'–—/]", head)[-1].rstrip(".").lower()
    if word in _ALWAYS_CONTINUES and not (word == "no" and len(head.split()) <= 1):
        return False
    if _INITIAL.search(head) and rest.split()[0].lower() not in _FIRST_WORDS:
        return False
    return not (word in _ABBREVIATIONS and not rest[0].isupper())


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append((start, end))
