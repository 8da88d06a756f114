"""The trace server of a workspace as a process; one at a time (`tracing/server_address.py`)."""

import contextlib
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vademecum.core.errors import UsageError
from vademecum.core.local_requests import is_loopback
from vademecum.core.settings import Settings
from vademecum.tracing import server_address
from vademecum.tracing.server.app import Front, build
from vademecum.tracing.store.catching_up import catch_up
from vademecum.tracing.store.database import Database

if TYPE_CHECKING:
    from uvicorn import Server

HOST = "127.0.0.1"
FIRST_PORT = 1984
PORTS_TRIED = 50
POLL_SECONDS = 1.0
"""How often the server looks for what the application left in the spool, and for whether anyone still needs it."""

HEAD_SECONDS = 15.0
"""How long a connection may stay open without a whole request, so that nobody can hold all there are."""


def serve(
    settings: Settings,
    *,
    host: str = HOST,
    port: int | None = None,
    idle_seconds: float | None = None,
    announce: Callable[[str], object] = str,
) -> None:
    """Serve the traces of the settings' home until told to stop, or until nobody has asked for `idle_seconds`.

    Raises:
        UsageError: the port is taken, `host` is not this machine and there is no key, or another serves this home.
        WorkspaceError: the traces cannot be opened.
    """
    if not is_loopback(host) and settings.trace_key is None:
        raise UsageError(f"a server at {host} needs a key for its clients; set VADE_TRACE_KEY, or leave --host out")
    with (
        server_address.serving_alone(settings.home),
        Database(settings.home) as database,
        _bound(host, port) as listener,
    ):
        address = listener.getsockname()
        url = f"http://{f'[{address[0]}]' if ':' in address[0] else address[0]}:{address[1]}"
        last = [time.monotonic()]
        app = build(
            database,
            settings,
            catch_up=lambda: catch_up(database, settings.home),
            on_request=lambda: last.__setitem__(0, time.monotonic()),
        )
        watching = (database, settings.home, last, idle_seconds)
        with server_address.announced(settings.home, url):
            _run(app, listener, watching, lambda: announce(url))


def _run(
    app: Front,
    listener: socket.socket,
    watching: tuple[Database, Path, list[float], float | None],
    ready: Callable[[], object],
) -> None:
    """Answer requests until told to stop, by a signal or by `_watch`."""
    import uvicorn

    if threading.current_thread() is threading.main_thread():
        # uvicorn ends well at SIGTERM, and then sends it again: what it would kill has a notice to take down.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    # h11 refuses heads of more than 16 kB; the faster parser takes them without end.
    options: dict[str, Any] = {"http": "h11", "ws": "none", "lifespan": "off", "timeout_graceful_shutdown": 3}
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, **options))
    stop = threading.Event()
    watch = threading.Thread(target=_watch, args=(server, *watching, stop), daemon=True)
    watch.start()
    try:
        ready()
        server.run(sockets=[listener])
    finally:
        stop.set()
        watch.join()


@contextlib.contextmanager
def _bound(host: str, port: int | None) -> Generator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    ports = range(FIRST_PORT, FIRST_PORT + PORTS_TRIED) if port is None else (port,)
    for candidate in ports:
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(512)
        except OSError as error:
            listener.close()
            if port is not None:
                raise UsageError(
                    f"port {port} at {host} cannot be had ({error.strerror}); name another with --port"
                ) from error
            continue
        try:
            yield listener
        finally:
            listener.close()
        return
    raise UsageError(f"no free port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1}; name one with --port")


def _watch(
    server: "Server",
    database: Database,
    home: Path,
    last: list[float],
    idle_seconds: float | None,
    stop: threading.Event,
) -> None:
    """Bring in what the application leaves, and end the server when nobody has asked for long enough."""
    idle_since: dict[Any, float] = {}
    while not stop.wait(POLL_SECONDS):
        idle_since = _close_idle(server, idle_since)
        with contextlib.suppress(Exception):  # told where it is read; here it is tried again
            if catch_up(database, home):
                last[0] = time.monotonic()
        idle = idle_seconds is not None and time.monotonic() - last[0] > idle_seconds
        # Without its notice nobody finds the server: the workspace has been removed.
        if idle or server_address.place(home) is None:
            server.should_exit = True
            return


def _close_idle(server: "Server", idle_since: dict[Any, float]) -> dict[Any, float]:
    """Close the connections on which no request has begun for too long; since when the others have none."""
    now, idle = time.monotonic(), {}
    for connection in list(server.server_state.connections):
        cycle: Any = getattr(connection, "cycle", None)
        if cycle is not None and not cycle.response_complete:
            continue
        idle[connection] = idle_since.get(connection, now)
        if now - idle[connection] > HEAD_SECONDS:
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                connection.loop.call_soon_threadsafe(connection.transport.close)
    return idle
