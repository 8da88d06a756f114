"""What the benchmarks share: where the data is, and commands run with their time and peak memory."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
WIKI = SHARED / "eval" / "wiki"
BASELINE = SHARED / "baselines" / "tutorial_rag.py"
SCORE = SHARED / "eval" / "score.py"


class Finished(NamedTuple):
    """A command that ran to its end: wall time in seconds, peak resident memory in megabytes (10^6 bytes)."""

    stdout: str
    stderr: str
    seconds: float
    peak_mb: float


def execute(command: Sequence[str | Path], **environment: str) -> Finished:
    """Run a command and measure it, its children included where it waits for them.

    Raises:
        SystemExit: the command failed; with the end of what it said.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        words = [str(word) for word in command]
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2)]
        process = os.posix_spawn(words[0], words, {**os.environ, **environment}, file_actions=actions)
        _, status, usage = os.wait4(process, 0)
        seconds = time.perf_counter() - began
        out.seek(0)
        err.seek(0)
        stdout, stderr = out.read().decode(), err.read().decode()
    if status != 0:
        raise SystemExit(f"{' '.join(words)} failed:\n{stderr[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024  # bytes on macOS, kibibytes on Linux
    return Finished(stdout, stderr, seconds, usage.ru_maxrss * unit / 1e6)


def vade(*arguments: str | Path, home: Path) -> Finished:
    """Run the command on the workspace `home`, as installed in this environment."""
    return execute([Path(sys.executable).parent / "vade", *arguments], VADE_HOME=str(home))


@contextmanager
def folder_for(homes: Path | None) -> Generator[Path]:
    """Where workspaces go: `homes`, which keeps them, or a folder that is gone afterwards."""
    if homes is not None:
        yield homes
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary)


def read_questions(file: Path) -> list[str]:
    """The questions of a question file, in order."""
    return [json.loads(line)["question"] for line in file.read_text("utf-8").splitlines() if line.strip()]


def report(name: str, **figures: object) -> None:
    """Print one JSON line."""
    rounded = {key: round(value, 4) if isinstance(value, float) else value for key, value in figures.items()}
    print(json.dumps({"benchmark": name, **rounded}))
