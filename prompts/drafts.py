"""Drafts: an edited prompt in the place of its file, for the work at hand and nobody else's.

    with drafts.shown({"answer/few-shot": Draft(text, examples)}):
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
    told: str


_shown: ContextVar[Mapping[str, Draft]] = ContextVar("drafts", default={})  # noqa: B039 (never changed in place)


@contextmanager
def shown(drafts: Mapping[str, Draft]) -> Generator[None]:
    """Have these drafts, by the names of the prompts, stand in the place of their files."""
    before = _shown.set({**_shown.get(), **drafts})
    try:
        yield
    finally:
        _shown.reset(before)


def of(name: str) -> Draft | None:
    """The draft that stands in the place of the prompt called `name`; None where its file holds."""
    return _shown.get().get(name)


def located(message: str, draft: Draft) -> Fault:
    """Where in the draft the error lies that a PromptError tells of."""
    part = "examples" if ".jsonl: " in message or "example" in message.partition(":")[0] else "text"
    told = _FILE.sub("", message)
    if numbered := _LINE.search(told):
        given = int(numbered[1] or numbered[2])
        said = _LINE.sub("is not" if numbered[2] else "", told).strip()
        return Fault(part, given + 1 if numbered[1] else given, said)  # the front matter begins behind its fence
    lines = (draft.examples if part == "examples" else draft.text).splitlines()
    if key := _KEY.search(told):
        return Fault(part, _line(lines, f"{key[1]}:"), told)
    for groups in _QUOTED.findall(told):
        word = next(filter(None, groups))
        if found := _line(lines, f"{{{{{word}}}}}") or _line(lines, word):
            return Fault(part, found, told)
    return Fault(part, 0, told)


def _line(lines: list[str], word: str) -> int:
    return next((number for number, line in enumerate(lines, 1) if word in line), 0)
