"""Rows of a table as sentences that carry their column names: "name: Ada; born: 1815"."""

import re
from collections.abc import Sequence

from vademecum.retrieval.loaders._file import one_line

_NUMBER = re.compile(r"[-+(]?[$€£]?[\d.,'  ]*\d[\d.,'  ]*\s*[%€$£)]?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")
_LONGEST_NUMBER = 60
"""Characters; the time that the pattern takes grows with the third power of the length."""


def is_header(row: Sequence[str]) -> bool:
    """Whether a first row reads as the names of columns: all there, each once, none of them a number."""
    names = [one_line(cell) for cell in row]
    distinct = len({name.lower() for name in names}) == len(names)
    return bool(names) and all(names) and distinct and not any(map(_is_number, names))


def _is_number(name: str) -> bool:
    return len(name) <= _LONGEST_NUMBER and _NUMBER.fullmatch(name) is not None


def sentence(row: Sequence[str], names: Sequence[str]) -> str:
    """The row on one line, each value behind its column's name where there is one; empty cells are left out."""
    values = [one_line(cell) for cell in row]
    parts = [
        f"{names[number]}: {value}" if number < len(names) and names[number] else value
        for number, value in enumerate(values)
        if value
    ]
    return "; ".join(parts)
