"""A server of bare sockets on this machine, for what no HTTP library would say."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Script = Callable[[socket.socket], None]


class RawServer:
    """`port` is where it is; `asked` the requests that came in, as bytes."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[bytes] = []
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self.listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"

    def serve(self) -> None:
        """Answer each connection in a thread of its own, until the server is closed."""
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        # Whoever hangs up has had enough, which is what most tests want.
        with contextlib.suppress(OSError), connection:
            self.asked.append(connection.recv(65536))
            self.script(connection)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)


@contextmanager
def raw_server(script: Script | bytes) -> Iterator[RawServer]:
    """The server, for as long as the block lasts; bytes are sent as they are."""
    server = RawServer((lambda connection: connection.sendall(script)) if isinstance(script, bytes) else script)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            server.listening.shutdown(socket.SHUT_RDWR)
        server.listening.close()
        thread.join(5)


def dribbling(start: bytes, rest: bytes, seconds: float) -> Script:
    """Sends `start`, then `rest` a byte at a time, which takes that long."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        for byte in rest:
            connection.sendall(bytes([byte]))
            time.sleep(seconds / len(rest))

    return script


def endless(start: bytes, part: bytes) -> Script:
    """Sends `start`, then `part` again and again."""

    def script(connection: socket.socket) -> None:
        connection.sendall(start)
        while True:
            connection.sendall(part)

    return script
