"""What commands and programs print, run one after another in a process of their own, and the code each leaves with.

To load everything takes longer than to run most of them, so they share one process: this file is its script.
"""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import traceback
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Step:
    """A command of `vade`, by its `arguments`, or a `program` in Python, with the folder to run it in.

    `stdin` is what a person types. A server is asked for the page whose address it prints, and ended by Ctrl-C.
    """

    folder: str
    arguments: Sequence[str] = ()
    program: str = ""
    stdin: str = ""


@dataclass(frozen=True)
class Outcome:
    """What a step came to: its exit code, what it printed, and the CPU time it took in seconds."""

    code: int
    out: str
    err: str
    seconds: float


def of(steps: Sequence[Step], environment: dict[str, str]) -> list[Outcome]:
    """Run the steps in one process with that environment; programs share their names.

    Raises:
        RuntimeError: the process ended before all were run; its standard error is in the message.
    """
    done = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps([asdict(step) for step in steps]),
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    outcomes = [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]
    if done.returncode or len(outcomes) != len(steps):
        raise RuntimeError(f"ended with {done.returncode} after {len(outcomes)} of {len(steps)} steps: {done.stderr}")
    return outcomes


def _run(step: Step, names: dict[str, object]) -> Outcome:
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    began = time.process_time()
    os.chdir(step.folder)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), _typed(step.stdin), _ended(out):
        code = _command(step.arguments) if step.arguments else _program(step.program, names)
    texts = (stream.buffer.getvalue().decode() for stream in (out, err))
    return Outcome(code, *texts, round(time.process_time() - began, 1))


def _command(arguments: Sequence[str]) -> int:
    from vademecum.cli import run

    return run(arguments)


def _program(text: str, names: dict[str, object]) -> int:
    try:
        exec(compile(text, "<program>", "exec"), names)
    except Exception:  # noqa: BLE001 (whatever it is, the test shows it)
        traceback.print_exc()
        return 1
    return 0


@contextlib.contextmanager
def _typed(text: str) -> Iterator[None]:
    before, sys.stdin = sys.stdin, io.StringIO(text)
    try:
        yield
    finally:
        sys.stdin = before


@contextlib.contextmanager
def _ended(out: io.TextIOWrapper) -> Iterator[None]:
    """Ends a server once its page has answered; what prints no address of this machine's is left alone."""
    over = threading.Event()

    def end() -> None:
        while not over.wait(0.1):
            text = out.buffer.getvalue().decode(errors="ignore")
            if url := re.search(r"http://127\.0\.0\.1:\d+\b.*Ctrl-C ends it", text):
                try:
                    urllib.request.urlopen(f"{url[0].split()[0]}/info", timeout=30).close()
                finally:
                    os.kill(os.getpid(), signal.SIGINT)
                return

    watch = threading.Thread(target=end)
    watch.start()
    try:
        yield
    finally:
        over.set()
        watch.join()


if __name__ == "__main__":
    shown = sys.stdout
    known: dict[str, object] = {}
    for given in json.load(sys.stdin):
        print(json.dumps(asdict(_run(Step(**given), known))), file=shown, flush=True)
