"""A program counts as done when it does what the examples of its task say; they are found in the task's words."""

from typing import Any

import pytest
from scripted import Scripted

from vademecum.graphs import _examples, code
from vademecum.graphs._examples import Example

DOUBLE = 'def double(n: int) -> int:\n    """Twice n.\n    >>> double(2)\n    4\n    >>> double(0)\n    0\n    """\n'
WRONG = "```python\ndef double(n):\n    return n + 2\n```"
RIGHT = "```python\ndef double(n):\n    return 2 * n\n```"


def solve(task: str, *script: str, **context: Any) -> dict[str, Any]:
    model = Scripted(script=list(script))
    return code.build().invoke(
        {"question": task}, context=code.Context(model=model, model_name="scripted", **context)
    ) | {"model": model}


@pytest.mark.parametrize(
    ("task", "found"),
    [
        (DOUBLE, [("double(2)", "4"), ("double(0)", "0")]),
        ("Write add(a, b). For example, add(2, 3) is 5.", [("add(2, 3)", "5")]),
        ("f(2) should return 4, and f(3) returns 6.", [("f(2)", "4"), ("f(3)", "6")]),
        ("f([1, 2]) ==> [2]\n* g('a)') => 'b'", [("f([1, 2])", "[2]"), ("g('a)')", "'b'")]),
        ('greet("Ann") -> "Hello (Ann)!"', [("greet('Ann')", "'Hello (Ann)!'")]),
        ("assert f(1.5) == 2.25  # a square", [("f(1.5)", "2.25")]),
        ("f(15)   # returns 'db1111db'", [("f(15)", "'db1111db'")]),
        ("What is the sum of (2, 3)?", []),
        ("f(x) is the square of x", []),
        ("Call f(2). It is slow.", []),
        (">>> f(", []),
        (">>> import math", []),
    ],
)
def test_examples_are_found_in_a_task(task: str, found: list[tuple[str, str]]) -> None:
    assert _examples.examples_in(task) == [Example(*pair) for pair in found]


def test_a_program_that_fails_an_example_is_mended_and_the_model_told_which() -> None:
    state = solve(DOUBLE, WRONG, RIGHT)
    assert "double(0) gives 2, and the task says 0" in state["model"].seen[1][-1].text
    assert "double(2) gives" not in state["model"].seen[1][-1].text
    assert (state["code"], state["passed"]) == ("def double(n):\n    return 2 * n", 2)
    assert "tried on 2 examples of the task, and passed" in state["messages"][-1].text


def test_it_does_not_say_done_while_an_example_fails() -> None:
    state = solve(DOUBLE, WRONG, WRONG, max_rounds=2)
    assert state["code"] == ""
    assert "double(0) gives 2, and the task says 0" in state["messages"][-1].text


def test_a_function_that_the_task_begins_must_be_there_and_need_print_nothing() -> None:
    state = solve(
        "def half(n):\n    # n / 2",
        "```python\ndef other(n): return n\n```",
        "```python\ndef half(n): return n / 2\n```",
    )
    assert "does not define the function half" in state["model"].seen[1][-1].text
    assert "gives no example to test it on" in state["messages"][-1].text


def test_examples_of_what_the_program_does_not_define_are_left_alone() -> None:
    state = solve("Print the length of the list. len([1]) is 1, f(2) is 3.", "```python\nprint(len([1, 2]))\n```")
    assert (state["output"], state["passed"]) == ("2", 0)


def test_results_are_compared_as_values() -> None:
    program = "def f(n): return [n, 0.1 + 0.2, 'a']\ndef t(n): return True\ndef e(n): return 1 / n"
    examples = [Example("f(1)", "[1, 0.30000000000000004, 'a']"), Example("t(1)", "1"), Example("e(0)", "0")]
    tried = _examples.tried(program, examples, seconds=5, memory_mb=64)
    assert [ok for ok, _ in tried] == [True, False, False]
    assert "ZeroDivisionError" in tried[2][1]
    assert _examples.tried("def f(): return 0.1 + 0.2", [Example("f()", "0.3")], seconds=5, memory_mb=64)[0][0]


@pytest.mark.parametrize(
    ("task", "output", "fault"),
    [
        ("Print the first 10 primes", "[2, 3, 5, 7]", True),
        ("Print the first four primes", "2\n3\n5\n7", False),
        ("List the first 3 planets", "Mercury, Venus, Earth", False),
        ("What is the sum of the first 10 primes?", "129", False),
    ],
)
def test_so_many_as_are_asked_for_are_printed(task: str, output: str, fault: bool) -> None:
    assert bool(_examples.miscounted(task, output)) == fault


def test_fewer_than_asked_for_are_an_error() -> None:
    state = solve("Print the first 3 primes", "```python\nprint([2, 3])\n```", "```python\nprint([2, 3, 5])\n```")
    assert "it printed 2 numbers, and the task asks for 3" in state["model"].seen[1][-1].text
    assert state["output"] == "[2, 3, 5]"
