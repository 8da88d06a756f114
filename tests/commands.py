"""Commands of `vade` in a process of their own; several in one: to load everything takes longer than to run most."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = """
import json, sys
from vademecum.cli import run

for arguments in json.loads(sys.argv[1]):
    if status := run([*arguments, "--json"]):
        sys.exit(status)
"""


def in_one_process(*commands: Sequence[str], environment: dict[str, str], prefix: Sequence[str] = ()) -> list[dict]:
    """What each command prints with `--json`. The process is started by `prefix`, with `environment` and no other."""
    return results_and_warnings(*commands, environment=environment, prefix=prefix)[0]


def results_and_warnings(
    *commands: Sequence[str],
    environment: dict[str, str],
    prefix: Sequence[str] = (),
    then: str = "",
    arguments: Sequence[str] = (),
) -> tuple[list[dict], list[str]]:
    """As `in_one_process`, with the lines on stderr; after the commands runs the code `then`, with `arguments`."""
    command = [*prefix, sys.executable, "-c", RUN + then, json.dumps(commands), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.splitlines()
