"""Drafts: an edited prompt in the place of its file, for the work at hand and nobody else's.

    with drafts.in_place({"answer/few-shot": Draft(text, examples)}):
        prompts.load("answer/few-shot")          # the draft

What runs inside, in threads that LangGraph starts for it too, loads the draft; everything else loads the file.
"""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

_FILE = re.compile(r"^(?:\S.*?)\.(?:md|jsonl): ?")
_QUOTED = re.compile(r"'([^']+)'|`([^`:]+):?`|(\{\{[^}]*\}\})|(#{2,3} \w+)")
_LINE = re.compile(r"\(line (\d+) of it\)|line (\d+) is not")
_KEY = re.compile(r"the front matter is not right: ([a-z_]+)")


class Draft(NamedTuple):
    """A prompt file as a person has edited it, and the JSON lines of its examples (empty: it has none)."""

    text: str
    examples: str = ""


class Fault(NamedTuple):
    """What is wrong with a draft: in which part, on which line of it (from 1; 0: on none), in one line of words."""

    part: str
    line: int
    problem: str


_drafts: ContextVar[Mapping[str, Draft]] = ContextVar("drafts", default={})  # noqa: B039 (never changed in place)


@contextmanager
def in_place(drafts: Mapping[str, Draft]) -> Generator[None]:
    """Have these drafts, by the names of the prompts, stand in the place of their files."""
    before = _drafts.set({**_drafts.get(), **drafts})
    try:
        yield
    finally:
        _drafts.reset(before)


def of(name: str) -> Draft | None:
    """The draft that stands in the place of the prompt called `name`; None where its file holds."""
    return _drafts.get().get(name)


def located(message: str, draft: Draft) -> Fault:
    """Where in the draft the error lies that a PromptError tells of."""
    part = "examples" if ".jsonl: " in message or "example" in message.partition(":")[0] else "text"
    problem = _FILE.sub("", message)
    if numbered := _LINE.search(problem):
        line_number = int(numbered[1] or numbered[2])
        if numbered[1]:  # the front matter begins behind its fence
            line_number += 1
        return Fault(part, line_number, _LINE.sub("is not" if numbered[2] else "", problem).strip())
    lines = (draft.examples if part == "examples" else draft.text).splitlines()
    if key := _KEY.search(problem):
        return Fault(part, _line(lines, f"{key[1]}:"), problem)
    for groups in _QUOTED.findall(problem):
        word = next(filter(None, groups))
        if line_number := _line(lines, f"{{{{{word}}}}}") or _line(lines, word):
            return Fault(part, line_number, problem)
    return Fault(part, 0, problem)


def _line(lines: list[str], word: str) -> int:
    return next((number for number, line in enumerate(lines, 1) if word in line), 0)
