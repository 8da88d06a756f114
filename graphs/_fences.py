"""Quoted material inside a prompt: it stands between two marks, and cannot end them itself."""

import re
from collections.abc import Sequence

_FENCES = re.compile(
    r"<(?=\s*/?\s*(?:(?:evidence|passage|headings|marked)\b|(?:text|task|draft|notes|first|second|outline)\s*>))",
    re.IGNORECASE,
)
"""The marks that prompts put around what is material to read and no instruction."""


def fenced(lines: Sequence[str]) -> str:
    """Quoted material, one piece a line, unable to end the fence that the prompt puts around it."""
    return "\n".join(inside(" ".join(line.split())) for line in lines)


def inside(text: str) -> str:
    """The text, its lines as they are, unable to end the fence that the prompt puts around it."""
    return _FENCES.sub("‹", text)
