"""Whether a reply to a task of `probe_tasks.toml` is right: by code, never by a model.

Keys of `right`:

form     fields of the form, each as it should be: words in any case, lists in any order
quote    the sentence that should be quoted: the reply's `quote` stands in the task, and is it, a part, or little more
has      one of these stands in what was said, as words of their own
lacks    none of these does
all      of each (alternatives by "|") one stands there
asks     it is a question
each     as many questions as entries, each with all words of its entry
number   the last number that was said
call     the one tool that is called; "" for none. `args`: its arguments, each as it should be, or one of a list
prints   what the program prints
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from vademecum.tools.python import run

LONGER = 1.5
"""A quote that is longer than this many times what should be quoted is no choice."""

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)*")
_FENCED = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)


class Reply(NamedTuple):
    """What a model said: words, or the fields of a form (None: unreadable), or calls of tools as (name, arguments)."""

    words: str = ""
    fields: Mapping[str, Any] | None = None
    calls: Sequence[tuple[str, Mapping[str, Any]]] = ()

    def shown(self) -> str:
        """The reply in one text."""
        if self.calls:
            return "; ".join(f"{name} {dict(args)}" for name, args in self.calls)
        return self.words if self.fields is None else str(dict(self.fields))


def is_right(reply: Reply, right: Mapping[str, Any], asked: str) -> bool:
    """Whether the reply to what was `asked` is right in everything that `right` names."""
    return all(_CHECKS[key](reply, expected, asked) for key, expected in right.items() if key != "args") and _fits(
        reply, right
    )


def _text(reply: Reply) -> str:
    fields = reply.fields or {}
    return str(fields.get("text") or fields.get("answer") or reply.words)


def _form(reply: Reply, expected: Mapping[str, Any], _: str) -> bool:
    fields = reply.fields
    return fields is not None and all(_is(fields.get(name), value) for name, value in expected.items())


def _quote(reply: Reply, expected: str, asked: str) -> bool:
    quote = _plain(str((reply.fields or {}).get("quote", "")))
    sentence = _plain(expected)
    is_it = quote in sentence or (sentence in quote and len(quote) < LONGER * len(sentence))
    return len(quote) > 8 and quote in _plain(asked) and is_it


def _has(reply: Reply, expected: Sequence[str], _: str) -> bool:
    return any(_stands(words, _text(reply)) for words in expected)


def _lacks(reply: Reply, expected: Sequence[str], _: str) -> bool:
    return not any(_stands(words, _text(reply)) for words in expected)


def _all(reply: Reply, expected: Sequence[str], _: str) -> bool:
    return all(any(_stands(words, _text(reply)) for words in entry.split("|")) for entry in expected)


def _asks(reply: Reply, expected: bool, _: str) -> bool:
    return _text(reply).strip().endswith("?") is expected


def _each(reply: Reply, expected: Sequence[Sequence[str]], _: str) -> bool:
    questions = list((reply.fields or {}).get("questions") or ())
    fit = [[question for question in questions if _all(Reply(question), entry, "")] for entry in expected]
    return len(questions) == len(expected) and all(fit)


def _number(reply: Reply, expected: float, _: str) -> bool:
    numbers = _NUMBER.findall(_text(reply))
    return bool(numbers) and _is(numbers[-1], expected)


def _call(reply: Reply, expected: str, _: str) -> bool:
    return [name for name, _ in reply.calls] == ([expected] if expected else [])


def _fits(reply: Reply, right: Mapping[str, Any]) -> bool:
    expected = right.get("args", {})
    args = reply.calls[0][1] if reply.calls else {}
    return all(
        any(_is(args.get(name), value) for value in (values if isinstance(values, list) else [values]))
        for name, values in expected.items()
    )


def _prints(reply: Reply, expected: str, _: str) -> bool:
    blocks = _FENCED.findall(reply.words)
    return run(blocks[-1] if blocks else reply.words, seconds=2.0).printed.split() == expected.split()


_CHECKS = {
    "form": _form, "quote": _quote, "has": _has, "lacks": _lacks, "all": _all, "asks": _asks, "each": _each,
    "number": _number, "call": _call, "prints": _prints,
}  # fmt: skip


def _is(statement: Any, expected: Any) -> bool:
    """Whether they are the same: words in any case, without an article or a full stop; lists in any order."""
    if isinstance(expected, list):
        return isinstance(statement, list) and sorted(map(_bare, statement)) == sorted(map(_bare, expected))
    if isinstance(expected, bool):
        return statement is expected
    if isinstance(expected, int | float):
        try:
            return float(str(statement).replace(",", "")) == expected
        except ValueError:
            return False
    return _bare(statement) == _bare(expected)


def _bare(words: Any) -> str:
    return re.sub(r"^(?:the|a|an) ", "", _plain(str(words)).casefold()).rstrip(".")


def _plain(text: str) -> str:
    return " ".join(text.split())


def _stands(words: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text, re.I) is not None
