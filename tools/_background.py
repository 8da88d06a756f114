"""One event loop in the background, for tools that only have an async form: their callers are sync.

It starts with the first use and ends with the process, after what still runs on it has been told to stop.
"""

import asyncio
import atexit
import functools
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from vademecum.core.errors import ToolError

T = TypeVar("T")

CLOSING_SECONDS = 3
"""How long the end of the process waits for what runs in the background."""


class BackgroundLoop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, coroutine: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """What the coroutine returns.

        Raises:
            TimeoutError: it took longer than `seconds`; it has been cancelled.
        """
        future = asyncio.run_coroutine_threadsafe(coroutine, self.loop())
        try:
            return future.result(seconds)
        except TimeoutError:
            future.cancel()
            raise

    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, running."""
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="tools", daemon=True)
                self._thread.start()
                atexit.register(self.close)
            return self._loop

    def close(self) -> None:
        """Cancel what runs, and stop; a later `run` starts anew."""
        with self._starting:
            loop, thread, self._loop, self._thread = self._loop, self._thread, None, None
        if loop is None or thread is None:
            return
        atexit.unregister(self.close)
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop)
        thread.join(CLOSING_SECONDS)
        if not thread.is_alive():
            loop.close()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=CLOSING_SECONDS - 1)
    asyncio.get_running_loop().stop()


BACKGROUND = BackgroundLoop()
"""The one loop of the process; nothing runs before it is used."""


def complete(coroutine: Callable[..., Awaitable[Any]] | None, seconds: float) -> Callable[..., Any]:
    """The coroutine function as a plain one of the same signature, which is cancelled after `seconds`."""
    if coroutine is None or not inspect.iscoroutinefunction(coroutine):
        raise TypeError("a tool needs `func` or `coroutine`")

    @functools.wraps(coroutine)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return BACKGROUND.run(coroutine(*args, **kwargs), seconds)
        except TimeoutError:
            raise ToolError(late(seconds)) from None

    return call


def late(seconds: float) -> str:
    """What is said of a call that took too long."""
    return f"it did not finish within {seconds:g} seconds and was left; ask for less, or do without it"
