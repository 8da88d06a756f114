r"""Examples that a task gives, `f(2) == 4` or a doctest, and whether a program does what they say.

    examples_in('>>> double(2)\\n4')             [Example("double(2)", "4")]
    failures("def double(n): return n", ...)    ["double(2) gives 2, and the task says 4"]

They are run in the sandbox, behind the program.
"""

import ast
import builtins
import doctest
import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from vademecum.tools.python import Outcome, run

MOST = 12
"""Examples that are run."""

_SAYS = re.compile(
    r"\s*(?:#\s*)?(?:={1,3}>|-+>|➞|→|⇒|==?(?!=)|(?:should\s+|must\s+|will\s+)?(?:return|give|yield|equal|be)s?\b|is\b)\s*"
)
"""What may stand between a call and what it gives."""

_CALL = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*\(")
_STOP = re.compile(r"\s*(?:[#.,;:)]|\s(?:and|or|because|since|as|for|while|but)\b)")
_QUOTES = re.compile(r"^\s*(?:\"{3}|'{3})\s*$", re.MULTILINE)
"""The end of a docstring, which doctest takes for a part of what is wanted."""

_HEAD = re.compile(r"^[ \t]*def[ \t]+([A-Za-z_]\w*)[ \t]*\(", re.MULTILINE)
_COUNTED = re.compile(
    r"^\W*(?:please\s+)?(?:print|list|show|give|name|output|display|find|write|what are)\s+(?:me\s+)?(?:the\s+)?"
    r"(?:first|last|top|smallest|largest)\s+(\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|twelve|twenty)\b",
    re.IGNORECASE,
)
_WORDS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10}
_WORDS |= {"twelve": 12, "twenty": 20}
_NUMBERS = re.compile(r"[\s,;\[\](){}]*(?:-?\d+(?:\.\d+)?[\s,;\[\](){}]*)+")

_CHECK = """
def __same__(one, other):
    if isinstance(one, float) or isinstance(other, float):
        return one == other or (one is not None and other is not None and abs(one - other) <= 1e-9 * (1 + abs(other)))
    return one == other and isinstance(one, bool) == isinstance(other, bool)
__checked__ = []
"""
_ONE = """
try:
    __value__ = {call}
    __checked__.append([{same}, repr(__value__)])
except Exception as __error__:
    __checked__.append([False, repr(__error__)])
"""


class Example(NamedTuple):
    """A call, and what it is to give: both as Python writes them."""

    call: str
    value: str


def examples_in(task: str) -> list[Example]:
    """The examples of a task, at most `MOST`."""
    matches = [*_doctests(task), *_in_words(task)]
    return list(dict.fromkeys(matches))[:MOST]


def function_named(task: str) -> str:
    """The function that the task begins and wants completed: the last that it heads; empty where there is none."""
    return next(reversed(_HEAD.findall(task)), "")


def defined_in(code: str) -> set[str]:
    """Names of the functions that a program defines."""
    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError):
        return set()
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def of_program(examples: Sequence[Example], code: str) -> list[Example]:
    """The examples that call what the program defines, and nothing that it does not know."""
    defined = defined_in(code)
    called = [
        {node.id for node in ast.walk(ast.parse(example.call)) if isinstance(node, ast.Name)} for example in examples
    ]
    return [
        example
        for example, names in zip(examples, called, strict=True)
        if names & defined and not names - defined - set(dir(builtins))
    ]


def tried(code: str, examples: Sequence[Example], *, seconds: float, memory_mb: int) -> list[tuple[bool, str]]:
    """Of each example whether the program does what it says, and what it gives instead; empty where none could be run.

    One whose value is no literal is compared as it is written.
    """
    checks = [_ONE.format(call=example.call, same=_same(example.value)) for example in examples]
    script = "\n".join([code, _CHECK, *checks, "import json\njson.dumps(__checked__)"])
    outcome: Outcome = run(script, seconds=seconds, memory_mb=memory_mb)
    try:
        return [(bool(ok), str(value)) for ok, value in json.loads(ast.literal_eval(outcome.result))]
    except (SyntaxError, ValueError, TypeError):
        return []


def miscounted(task: str, output: str) -> str:
    """Why the output cannot be the first ten (or however many) that the task asks for; empty where it may be."""
    request = _COUNTED.match(task)
    if not request or not _NUMBERS.fullmatch(output):
        return ""
    wanted = int(_WORDS.get(request[1].lower(), request[1]))
    count = len(re.findall(r"-?\d+(?:\.\d+)?", output))
    if count == wanted:
        return ""
    return f"it printed {count} numbers, and the task asks for {wanted}: go on until {wanted} are found, and stop there"


def _same(value: str) -> str:
    if _is_literal(value):
        return f"__same__(__value__, {value})"
    return f"repr(__value__) == {value!r}"


def _doctests(task: str) -> list[Example]:
    try:
        parsed = doctest.DocTestParser().get_examples(task)
    except ValueError:  # its prompts are not indented alike
        return []
    pairs = [(_expression(example.source.strip()), _QUOTES.sub("", example.want).strip()) for example in parsed]
    return [Example(call, _expression(value) or value) for call, value in pairs if call and value]


def _in_words(task: str) -> list[Example]:
    matches: list[Example] = []
    for line in (line for line in task.splitlines() if ">>>" not in line):
        place = 0
        while begins := _CALL.search(line, place):
            example, size = _read(line[begins.start() :])
            place = begins.start() + size if example else begins.end()
            matches += [example] if example else []
    return matches


def _read(text: str) -> tuple[Example | None, int]:
    """The example that the text begins with, and its length."""
    for end in (closing.end() for closing in re.finditer(r"\)", text)):
        if not (call := _expression(text[:end])):
            continue
        if not (says := _SAYS.match(text, end)):
            return None, end
        value = _literal(text[says.end() :])
        return (Example(call, _expression(value)), says.end() + len(value)) if value else (None, end)
    return None, len(text)


def _literal(text: str) -> str:
    """The literal that the text begins with, up to what ends a sentence or explains it."""
    ends = [len(text), *(stop.start() for stop in reversed(list(_STOP.finditer(text))))]
    prefixes = [text[:end].strip() for end in ends]
    literals = [prefix for prefix in prefixes if _is_literal(prefix)]
    # "5." is a number at the end of a sentence.
    return next((prefix for prefix in literals if not prefix.endswith((".", ","))), "")


def _is_literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (SyntaxError, ValueError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _expression(text: str) -> str:
    """The expression as Python writes it; empty where it is none."""
    try:
        return ast.unparse(ast.parse(text, mode="eval"))
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return ""
