"""Work on what strangers wrote, in a child process: bounded in time, memory and output, and it may die without harm.

    with ChildProcess("vademecum.retrieval.loaders._reading:answer", limits) as child:
        head, data = child.call({"path": "report.pdf"}, content)  # starts it, unless it runs

A program of its own, not `multiprocessing`: so it works from a script without a main guard, in a notebook, and on a
page. The child (`vademecum.core.child_serving`) gets a few variables of the environment, an empty folder to be in, and
nothing else; what it answers is JSON and bytes, never objects. It is no sandbox: it has the person's rights.
"""

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from vademecum.core.child_messages import Answer, ChildError, Limits, packed
from vademecum.core.settings import environment_with

TOTAL = 20
"""Times `seconds` that a call may take in all, where the child gives signs of progress."""

START_S = 60
"""Seconds that a child may take to start, at least: a busy machine imports slowly, whatever the document."""

_VARIABLES = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("XDG_CACHE_HOME", "NIX_LD", "NIX_LD_LIBRARY_PATH"),
)
"""Of the environment, what a program needs to start; no keys are among it."""

_SWITCHES = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2", "ORT_DISABLE_TELEMETRY": "1"}
"""Fewer threads and arenas of memory than cores, since both count as memory; ONNX Runtime sends nothing."""

_BEGIN = """
import sys
sys.path.insert(0, sys.argv[2])
import vademecum
sys.path[:1] = []
sys.path += sys.argv[2:]
from vademecum.core.child_serving import serve
serve(sys.argv[1])
"""
"""The package is the parent's, where there are several; all else is looked for where this Python has it first."""

_HOME = str(Path(sys.modules["vademecum"].__file__ or "").absolute().parents[1])
"""Where the package is found."""

_STATM = os.path.exists("/proc/self/statm")
_LOOK_S, _LOOK_PS_S = 0.03, 0.5
"""Seconds between two looks at the child's memory; where that takes a program of its own (`ps`), fewer."""


class ChildProcess:
    """One child, started when it is needed, and again after a call that failed; to be closed."""

    def __init__(self, function: str, limits: Limits, setup: dict[str, Any] | None = None) -> None:
        """`function` ("package.module:name") answers calls there; `setup` reaches its module's `set_up(setup)`."""
        self.limits = limits
        self._orders = {"function": function, "setup": setup, "limits": limits}
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path()
        self._end: weakref.finalize[..., Any] | None = None
        self._has_answered = False

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def start(self) -> None:
        """Start the child, unless it runs, without waiting for it: it imports meanwhile what it needs.

        Raises:
            ChildError: it cannot be started.
        """
        if self._process:
            return
        self._folder = Path(tempfile.mkdtemp(prefix="vademecum-child-"))
        orders = json.dumps({**self._orders, "folder": str(self._folder), "parent": os.getpid()})
        switches = (["-B"] if sys.dont_write_bytecode else []) + (["-X", "utf8"] if sys.flags.utf8_mode else [])
        try:
            with (self._folder / "stderr").open("wb") as said:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", *switches, "-c", _BEGIN, orders, *_import_path()],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    cwd=self._folder,
                    env=_environment(self._folder),
                    start_new_session=True,  # so that what it starts ends with it, and Ctrl-C comes to us alone
                )
        except OSError as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise ChildError("not started", error.strerror or str(error)) from error
        self._end = weakref.finalize(self, _end, self._process, self._folder)

    def close(self) -> None:
        """End the child and whatever it started, and remove its folder."""
        if self._end:
            self._end()
        self._process, self._end, self._has_answered = None, None, False

    def call(self, head: dict[str, Any], data: bytes = b"") -> tuple[Any, bytes]:
        """What the function answers: JSON and data.

        Raises:
            ChildError: it did not, within the limits; the child is ended, and the next call starts another one.
        """
        has_answered = self._has_answered
        try:
            return self._call(head, data)
        except ChildError as error:
            if error.problem != "not started" or not has_answered:
                raise
        return self._call(head, data)  # it had ended behind its last answer: that is not this call's doing

    def _call(self, head: dict[str, Any], data: bytes) -> tuple[Any, bytes]:
        try:
            self.start()
            answer = self._exchange(packed(head, data))
            self._has_answered = True
            if self.memory() > self.limits.megabytes / 2:
                self.close()  # what it holds on to would count for the next call
            return answer
        except BaseException:
            self.close()
            raise

    def memory(self) -> float:
        """Megabytes of memory that the child takes now; 0 where it has ended."""
        return _memory(self._process.pid) if self._process else 0.0

    def _exchange(self, request: bytes) -> tuple[Any, bytes]:
        process = self._process
        assert process
        assert process.stdin
        assert process.stdout
        to_child, from_child = process.stdin.fileno(), process.stdout.fileno()
        watch, answer, unsent = _Watch(self), Answer(self.limits), memoryview(request)
        with selectors.DefaultSelector() as selector:
            os.set_blocking(to_child, False)
            os.set_blocking(from_child, False)
            selector.register(to_child, selectors.EVENT_WRITE)
            selector.register(from_child, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select(_LOOK_S):
                    if key.fd == from_child:
                        received = os.read(from_child, 1 << 20)
                        if not received:
                            raise self._death(watch)
                        watch.sign(answer.add(received))
                        if answer.is_complete:
                            return answer.content()
                        continue
                    with contextlib.suppress(BrokenPipeError, BlockingIOError):
                        unsent = unsent[os.write(to_child, unsent[: 1 << 20]) :]
                    if not unsent or process.poll() is not None:
                        selector.unregister(to_child)
                watch.look()

    def _death(self, watch: "_Watch") -> ChildError:
        """Why the child has ended."""
        assert self._process
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        status = self._process.returncode
        if not watch.has_begun:
            words = (self._folder / "stderr").read_text("utf-8", "replace").strip().splitlines()
            return ChildError("not started", words[-1][:200] if words else f"exit status {status}")
        if watch.peak > 0.9 * self.limits.megabytes:
            return ChildError("memory")
        if status is None or status >= 0:
            return ChildError("ended", f"exit status {status}")
        name = signal.Signals(-status).name
        return ChildError("killed" if name in ("SIGKILL", "SIGTERM") else "crashed", name)


class _Watch:
    """Whether a call keeps within its limits, seen from outside."""

    def __init__(self, child: ChildProcess) -> None:
        self.child = child
        self.began = self.signed = self.looked = time.monotonic()
        self.has_begun = False
        self.peak = 0.0

    def sign(self, given: bool) -> None:
        """Note a sign of progress."""
        if given:
            self.signed, self.has_begun = time.monotonic(), True

    def look(self) -> None:
        """Raise ChildError where a limit is passed."""
        now, limits = time.monotonic(), self.child.limits
        if not self.has_begun and now - self.began > max(START_S, limits.seconds):
            raise ChildError("not started", f"no answer in {now - self.began:.0f} seconds")
        if self.has_begun and now - self.signed > limits.seconds:
            raise ChildError("slow")
        if now - self.began > TOTAL * limits.seconds:
            raise ChildError("endless")
        if now - self.looked >= (_LOOK_S if _STATM else _LOOK_PS_S):
            self.looked = now
            self.peak = max(self.peak, self.child.memory())
            if self.peak > limits.megabytes:
                raise ChildError("memory")


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close() if pipe else None
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


def _environment(folder: Path) -> dict[str, str]:
    inherited = {name: value for name, value in environment_with().items() if name in _VARIABLES}
    return {**inherited, **_SWITCHES, "TMPDIR": str(folder)}


def _import_path() -> Sequence[str]:
    """Where this package is, and the places of ours that `-I` leaves out, but for the working folder."""
    with contextlib.suppress(OSError):
        here = os.path.realpath(os.curdir)
        others = [place for place in sys.path if os.path.isabs(place) and os.path.realpath(place) != here]
        return [_HOME, *others]
    return [_HOME]


def _memory(pid: int) -> float:
    """Megabytes of a process in memory; 0 where there is none."""
    try:
        if _STATM:
            pages = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
            return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=False).stdout
        return int(shown) * 1024 / 1e6
    except (OSError, ValueError, IndexError):
        return 0.0
