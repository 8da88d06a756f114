"""The Streamlit application as a process of its own: on this machine only, without telemetry, announced when ready."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vademecum.core.errors import UsageError, VademecumError

HOST = "127.0.0.1"
APP = Path(__file__).parent / "ui" / "app.py"
FIRST_PORT = 8501
PORTS_TRIED = 100
READY_SECONDS = 60.0
"""How long the page may take to come up; two seconds are usual."""


@dataclass(frozen=True)
class Page:
    """A running application."""

    url: str
    process: "subprocess.Popen[bytes]"

    def wait(self) -> int:
        """Wait until it ends; its exit code."""
        return self.process.wait()


@contextmanager
def start(*, home: str | None = None, port: int | None = None) -> Generator[Page]:
    """Start the application over the workspace `home` (None: as the settings say); it is stopped on leaving.

    Raises:
        UsageError: the port is taken.
        VademecumError: the application did not come up.
    """
    server_port = _free_port() if port is None else _checked(port)
    process = subprocess.Popen(_command(server_port, home), stdout=subprocess.DEVNULL)
    try:
        url = f"http://{HOST}:{server_port}"
        wait_until_ready(process, url)
        yield Page(url, process)
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _command(port: int, home: str | None) -> list[str]:
    options = {
        "server.address": HOST,
        "server.port": port,
        "server.headless": "true",  # the browser is opened by us, when the page is there
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": HOST,
        "client.toolbarMode": "minimal",
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    page = [] if home is None else ["--", "--home", home]
    # -P: the folder in which the command was typed may hold a `streamlit.py` of another meaning.
    return [sys.executable, "-P", "-m", "streamlit", "run", str(APP), *flags, *page]


def _checked(port: int) -> int:
    if not _is_free(port):
        raise UsageError(f"port {port} is taken; name another with --port, or leave it out to have one chosen")
    return port


def _free_port() -> int:
    for port in range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        if _is_free(port):
            return port
    raise UsageError(f"no free port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1}; name one with --port")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    """Wait until the Streamlit server of `process` answers at `url`.

    Raises:
        VademecumError: it ended, or does not answer in time.
    """
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise VademecumError(f"the application ended at once (exit {process.returncode}); see the lines above")
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise VademecumError(f"the application did not come up within {READY_SECONDS:.0f} s; try again")
