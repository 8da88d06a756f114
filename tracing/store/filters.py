"""LangSmith's filter language, read into a tree: `and(eq(run_type, "llm"), gt(latency, 5), has(tags, "beta"))`.

    expression = name "(" argument {"," argument} ")"
    argument   = expression | field | text | number | true | false | null | "[" argument {"," argument} "]"

Source: https://docs.langchain.com/langsmith/trace-query-syntax#filter-query-language
What the tree means is `vademecum.tracing.store.conditions`' business.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from vademecum.core.errors import TraceError

MAX_CHARS = 20_000
MAX_DEPTH = 40
MAX_DIGITS = 300

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])"""
    r"""|(?P<word>[A-Za-z_][\w.]*)|(?P<mark>[(),\[\]]))""",
    re.DOTALL,
)
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}


@dataclass(frozen=True)
class Field:
    """The name of something that runs have."""

    name: str


@dataclass(frozen=True)
class Call:
    """A comparison, or a combination of some: `name(arguments)`."""

    name: str
    arguments: tuple[Any, ...]


def parse(text: str) -> Call:
    """The expression as a tree.

    Raises:
        TraceError: it cannot be read; the message says where (400).
    """
    if len(text) > MAX_CHARS:
        raise TraceError(f"the filter is longer than {MAX_CHARS} characters")
    reader = _Reader(text)
    tree = reader.argument(0)
    reader.end()
    if not isinstance(tree, Call):
        raise TraceError(f'the filter {text[:80]!r} is no expression such as eq(name, "answer")')
    return tree


class _Reader:
    """Reads a filter from left to right."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def argument(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            self._stop(f"is nested more than {MAX_DEPTH} deep")
        kind, token = self._next()
        if kind == "text":
            return _unquoted(token)
        if kind == "number":
            if len(token) > MAX_DIGITS:
                self._stop(f"has a number of more than {MAX_DIGITS} digits")
            return float(token) if re.search(r"[.eE]", token) else int(token)
        if token == "[":
            return list(self._until("]", depth))
        if kind != "word":
            self._stop(f"has {token!r} where a value or an expression should be")
        if self._peek() == "(":
            self._next()
            return Call(token.lower(), tuple(self._until(")", depth)))
        return _CONSTANTS[token.lower()] if token.lower() in _CONSTANTS else Field(token)

    def end(self) -> None:
        if self.text[self.at :].strip():
            self._stop("goes on after its end")

    def _until(self, close: str, depth: int) -> list[Any]:
        arguments: list[Any] = []
        if self._peek() == close:
            self._next()
            return arguments
        while True:
            arguments.append(self.argument(depth + 1))
            _, token = self._next()
            if token == close:
                return arguments
            if token != ",":
                self._stop(f"has {token!r} where ',' or {close!r} should be")

    def _peek(self) -> str:
        match = _TOKEN.match(self.text, self.at)
        return match[0].strip() if match else ""

    def _next(self) -> tuple[str, str]:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            self._stop("ends too early" if not self.text[self.at :].strip() else "cannot be read")
        self.at = match.end()
        kind = match.lastgroup or ""
        return kind, match[kind]

    def _stop(self, problem: str) -> NoReturn:
        raise TraceError(f"the filter {problem}, at character {self.at + 1}: {self.text[self.at : self.at + 40]!r}")


def _unquoted(token: str) -> str:
    if token[0] == '"':
        try:
            return json.loads(token, strict=False)
        except ValueError:
            pass
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL)
