"""Programs in what a model wrote, and as a model is shown them again."""

import re

_FENCED = re.compile(r"^[ \t]*```[ \t]*(\w*)[^\n]*\n(.*?)(?:^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE)
_LOOKS_LIKE_CODE = re.compile(r"^\s*(?:print\(|import |from |def |for |while |\w+\s*=[^=])", re.MULTILINE)


def code_in(reply: str) -> str:
    """The last fenced block of Python, or the whole reply where that is code without a fence; empty where none is."""
    blocks = [(language.lower(), code) for language, code in _FENCED.findall(reply) if code.strip()]
    python = [code for language, code in blocks if language in ("python", "py", "python3", "")]
    if python:
        return python[-1].strip()
    return "" if blocks or not _LOOKS_LIKE_CODE.search(reply) else reply.strip()


def unfenced(text: str) -> str:
    """The text with its lines as they are, unable to end the fence that the prompt puts around it."""
    return re.sub(r"<(?=/?\s*evidence\b)", "‹", text)


def in_short(error: str) -> str:
    """The line of a traceback that says what went wrong; a message of one line as it is."""
    lines = [line.strip() for line in error.splitlines() if line.strip()]
    error_lines = [line for line in lines if re.match(r"[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Iteration)\b", line)]
    return (error_lines or lines or [""])[-1]
