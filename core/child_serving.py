"""The side of a child process that `vademecum.core.child_process` starts: it answers calls until its parent is gone.

Only what the standard library has is imported here; the function that answers is imported once its limits hold.
"""

import contextlib
import faulthandler
import importlib
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from typing import IO, Any

from vademecum.core.child_messages import FRAME, SIGN, packed

_EVERY_S = 0.5
"""Seconds between two signs of progress, or two looks at whether the parent lives."""

_HEADROOM_MB = 1000
"""Of address space, beyond the memory allowed: for libraries, and what threads reserve and do not use."""

_channel: IO[bytes] | None = None
_signed = 0.0
_seconds = 0.0


def progress() -> None:
    """Tell the parent that work goes on; nothing happens in a process that is no such child."""
    global _signed
    if _channel is None or (now := time.monotonic()) - _signed < _EVERY_S:
        return
    _signed = now
    faulthandler.dump_traceback_later(2 * _seconds, exit=True, file=2)
    _channel.write(FRAME.pack(SIGN, 0, 0))
    _channel.flush()


def serve(orders_json: str) -> None:
    """Answer calls from standard input, as `orders_json` says, until that ends; what is printed goes nowhere."""
    global _channel, _seconds
    orders = json.loads(orders_json)
    _seconds, megabytes, _ = orders["limits"]
    _limit(megabytes)
    _watch(orders["parent"], orders["folder"])
    calls = os.fdopen(os.dup(0), "rb")
    channel = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    module, _, name = orders["function"].partition(":")
    code = importlib.import_module(module)
    if orders["setup"] is not None:
        code.set_up(orders["setup"])
    os.dup2(nowhere, 2)
    _channel = channel
    while begin := calls.read(FRAME.size):
        _, head, data = FRAME.unpack(begin)
        progress()
        _answer(getattr(code, name), json.loads(calls.read(head).decode("utf-8", "surrogatepass")), calls.read(data))
        faulthandler.cancel_dump_traceback_later()
    shutil.rmtree(orders["folder"], ignore_errors=True)


def _answer(function: Callable[[Any, bytes], tuple[Any, bytes]], head: Any, data: bytes) -> None:
    global _signed
    try:
        message = packed(*function(head, data), halves="replace")
    except MemoryError:
        message = packed({"problem": "memory"}, b"")
    assert _channel
    _channel.write(message)
    _channel.flush()
    _signed = 0.0


def _limit(megabytes: int) -> None:
    """Have the system refuse more: memory, large files, and an image of a crash."""
    with contextlib.suppress(ImportError):
        import resource

        bounds = {
            resource.RLIMIT_AS: (megabytes + _HEADROOM_MB) * 1_000_000,
            resource.RLIMIT_FSIZE: megabytes * 1_000_000,
            resource.RLIMIT_CORE: 0,
        }
        for kind, most in bounds.items():
            with contextlib.suppress(ValueError, OSError):  # macOS knows no bound of the address space
                resource.setrlimit(kind, (most, most))


def _watch(parent: int, folder: str) -> None:
    """End this process, and what it started, soon after its parent has ended, also where that was killed.

    Were it waiting for its standard input alone, it would go on with the document at hand.
    """

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(_EVERY_S)
        shutil.rmtree(folder, ignore_errors=True)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=look, name="watch-parent", daemon=True).start()
