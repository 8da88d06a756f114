"""Python that a model wrote is run for real, and can neither reach the machine nor outlast its bounds."""

import time
from pathlib import Path

import pytest

from vademecum import tools
from vademecum.core.errors import ToolError
from vademecum.tools._sandbox import Outcome, run


def test_the_last_value_and_what_was_printed_are_returned() -> None:
    outcome = run("print('hello')\nprint(2, 3)\n[n ** 2 for n in range(4)]")
    assert (outcome.result, outcome.printed, outcome.error) == ("[0, 1, 4, 9]", "hello\n2 3\n", "")
    assert not outcome.failed
    assert outcome.seconds > 0


def test_code_in_a_fence_is_taken_out_of_it() -> None:
    assert run("```python\nx = 20\nx + 1\n```").result == "21"


def test_runs_know_nothing_of_each_other() -> None:
    run("secret = 1")
    assert "NameError" in run("secret").error


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(:\n  pass", "SyntaxError"),
        ("undefined", "NameError: name 'undefined' is not defined"),
        ("def f(n): return f(n + 1)\nf(0)", "RecursionError"),
        ("raise TimeoutError('mine')", "TimeoutError: mine"),
        ("\ud800", "UTF-8"),
        ("\x00", "unexpected token"),
        ("10 ** 6000", ""),
        ("x = []\nfor _ in range(100_000): x = [x]\nx", ""),
    ],
)
def test_what_goes_wrong_is_returned_as_python_shows_it(code: str, words: str) -> None:
    outcome = run(code)
    assert words in outcome.error
    assert outcome.failed or outcome.result.startswith("[The result cannot be written: ")


@pytest.mark.parametrize(
    "code",
    [
        "open('{file}').read()",
        "open('{file}', 'w').write('x')",
        "import os; os.listdir('/')",
        "import os; os.system('true')",
        "import os; os.environ",
        "import os; os.getenv('HOME')",
        "import pathlib; pathlib.Path('{file}').read_text()",
        "import socket",
        "import subprocess",
        "import urllib.request",
        "import ctypes",
        "__import__('os').system('true')",
        "().__class__.__mro__[1].__subclasses__()",
        "eval('open')('{file}')",
        "input()",
    ],
)
def test_there_are_no_files_no_network_and_no_way_out(code: str, tmp_path: Path) -> None:
    file = tmp_path / "kept.txt"
    file.write_text("sesame", "utf-8")
    outcome = run(code.format(file=file))
    assert outcome.failed
    assert "sesame" not in str(outcome)
    assert file.read_text("utf-8") == "sesame"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("while True: pass", "stopped after 0.5 seconds"),
        ("import time\ntime.sleep(30)", "stopped after 0.5 seconds"),
        ("import asyncio\nawait asyncio.sleep(30)", "stopped after 0.5 seconds"),
        ("x = []\nwhile True: x.append('a' * 100_000)", "stopped at 16 MB"),
        ("'a' * 10 ** 10", "stopped at 16 MB"),
        ("10 ** 10 ** 10", "stopped at 16 MB"),
        ("while True: print('x' * 1000)", "stopped after 0.5 seconds"),
    ],
)
def test_time_memory_and_output_are_bounded(code: str, words: str) -> None:
    began = time.perf_counter()
    outcome = run(code, seconds=0.5, memory_mb=16, chars=500)
    assert words in outcome.error
    assert len(outcome.printed) < 600
    assert time.perf_counter() - began < 10


def test_long_results_and_output_are_cut_and_that_is_said() -> None:
    outcome = run("print('y' * 5000)\n'x' * 5000", chars=100)
    assert outcome.result == f"'{'x' * 99}\n[The result goes on: it has 5,002 characters.]"
    assert outcome.printed == f"{'y' * 100}\n[4,901 more characters were printed.]"


def test_as_a_tool_its_errors_are_for_the_model_and_its_artifact_the_outcome() -> None:
    [tool] = tools.build(tools.Services(), ["python"])
    message = tool.invoke({"name": tool.name, "args": {"code": "print(1)\n2"}, "id": "1", "type": "tool_call"})
    assert message.content == "1\n2"
    assert isinstance(message.artifact, Outcome)
    assert tool.invoke({"code": "x = 1"}) == "The code ran, and printed and returned nothing."
    with pytest.raises(ToolError, match=r"(?s)the code failed\.\nIt printed:\nbefore\n.*ZeroDivisionError"):
        tool.invoke({"code": "print('before')\n1 / 0"})
    with pytest.raises(ToolError, match="The sandbox has only: asyncio, base64"):
        tool.invoke({"code": "import numpy"})
    assert not tools.needs_approval(tool)
