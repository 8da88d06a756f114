"""Code from a model runs apart: bounded in time, memory and output, without files, network or environment."""

from pathlib import Path

import pytest

from tools._sandbox import run


def test_what_it_prints_and_what_it_comes_to_are_told() -> None:
    outcome = run("values = [3, 1, 2]\nprint(sorted(values))\nsum(values)")
    assert (outcome.output, outcome.value, outcome.error) == ("[1, 2, 3]\n", "6", "")


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("while True: pass", "stopped after 0.2 s"),
        ("import time\ntime.sleep(60)", "stopped after 0.2 s"),
        ("kept = []\nwhile True: kept.append('a' * 1000)", "more than 8 MB"),
        ("9 ** 9 ** 9", "more than 8 MB"),
        ("open('/etc/passwd').read()", "Permission"),
        ("from pathlib import Path\nPath('made').write_text('x')", "Permission"),
        ("import os\nos.environ", "not supported"),
        ("import socket", "ModuleNotFoundError"),
        ("import subprocess", "ModuleNotFoundError"),
        ("__import__('os').system('ls')", "NameError"),
        ("def again(n): return again(n + 1)\nagain(0)", "RecursionError"),
        ("for i in range(3)\n    print(i)", "SyntaxError"),
        ("print('so far')\n1 / 0", "ZeroDivisionError: division by zero (line 2: 1 / 0)"),
        ("raise KeyError('gone')", "KeyError"),
    ],
)
def test_what_goes_wrong_is_one_line_that_says_where(code: str, told: str) -> None:
    outcome = run(code, seconds=0.2, memory_bytes=8 * 1024**2)
    assert told in outcome.error
    assert "\n" not in outcome.error
    assert outcome.value == ""
    assert not Path("made").exists()


def test_what_was_printed_before_an_error_is_kept() -> None:
    assert run("print('so far')\n1 / 0").output == "so far\n"


def test_output_without_end_is_cut() -> None:
    outcome = run("while True: print('a' * 1000)", seconds=0.3, output_chars=500)
    assert len(outcome.output) < 550
    assert outcome.output.endswith("[cut after 500 characters]")
    assert "stopped" in outcome.error
    assert len(run("'b' * 100_000", output_chars=500).value) < 550


def test_one_run_knows_nothing_of_another() -> None:
    run("secret = 1")
    assert "NameError" in run("secret").error
