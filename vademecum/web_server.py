"""The application as a process of its own: on this machine only, for who holds its token, announced when ready.

Nothing of the folder in which the command was typed reaches it but what the settings read there: it runs in an empty
folder of its own, with a module path that leaves that folder out, and without the environment's Streamlit options.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from vademecum import page_access
from vademecum.core.disk_errors import disk_remedy
from vademecum.core.errors import UsageError, VademecumError, WorkspaceError
from vademecum.core.local_requests import is_loopback
from vademecum.core.settings import environment_with, load_settings
from vademecum.core.settings_sources import expanded
from vademecum.retrieval.maintenance.scratch import remove_left_overs, scratch

HOST = "127.0.0.1"
FIRST_PORT = 8501
PORTS_TRIED = 100
READY_SECONDS = 60.0
"""How long the page may take to come up; two seconds are usual."""


@dataclass(frozen=True)
class Page:
    """A running application."""

    address: str
    """Where it is: `http://127.0.0.1:8501`."""

    token: str
    """What it asks of a browser that it does not know."""

    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        """What a browser opens."""
        return f"{self.address}/?token={self.token}"

    def wait(self) -> int:
        """Wait until it ends; its exit code, as a shell counts: 128 and the signal where one ended it."""
        code = self.process.wait()
        return code if code >= 0 else 128 - code


@contextmanager
def start(*, home: str | None = None, host: str = HOST, port: int | None = None) -> Generator[Page]:
    """Start the application over the workspace `home` (None: as the settings say); it is stopped on leaving.

    Raises:
        UsageError: the port is taken, or `host` is not this machine.
        SettingsError: a setting cannot be used.
        VademecumError: the application did not come up.
    """
    workspace = load_settings(home=home).home.absolute()
    token = page_access.token(workspace)
    with _listener(host, port) as listener, _empty_folder(workspace) as folder:
        name = f"[{host}]" if ":" in host else host
        address = f"http://{name}:{listener.getsockname()[1]}"
        process = _process(listener, token, workspace if home else None, folder)
        try:
            wait_until_ready(process, address)
            yield Page(address, token, process)
        finally:
            process.terminate()
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def _empty_folder(workspace: Path) -> Generator[Path]:
    """A folder of its own for the page's process; what killed ones left is removed with the next, or by `forget`.

    Raises:
        WorkspaceError: it cannot be made.
    """
    try:
        remove_left_overs(workspace, workspace)
        with scratch(workspace, "page") as folder:
            (folder / "empty").mkdir(mode=0o700)
            yield folder / "empty"
    except OSError as error:
        raise WorkspaceError(f"the workspace {workspace} cannot be written ({error}); {disk_remedy(error)}") from error


def _process(listener: socket.socket, token: str, home: Path | None, folder: Path) -> "subprocess.Popen[bytes]":
    """The page's process; it reads the token from a pipe, as others can read arguments, and its children variables."""
    # -P: no module is taken from the folder that it runs in, nor from that of the script.
    command = [sys.executable, "-P", "-m", "vademecum.ui.page_server", str(listener.fileno())]
    process = subprocess.Popen(
        [*command, *(["--home", str(home)] if home else [])],
        cwd=folder,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=[listener.fileno()],
    )
    listener.close()  # the process has it now, and where that ends nobody is kept waiting
    assert process.stdin
    with suppress(BrokenPipeError):  # it has ended, which is noticed where it is waited for
        process.stdin.write(f"{token}\n".encode())
        process.stdin.flush()  # and stays open: when this process ends, however it does, that one does too
    return process


def _environment() -> dict[str, str]:
    """Ours, where the paths in it mean what they mean here, without Streamlit's options and this folder's modules."""
    here = Path.cwd()
    environment = environment_with(VADEMECUM_FOLDER=str(here))
    if home := environment.get("VADE_HOME"):
        environment["VADE_HOME"] = str(here / expanded(home))
    folders = [here / folder for folder in environment.pop("PYTHONPATH", "").split(os.pathsep)]
    if others := [str(folder) for folder in folders if folder.resolve() != here.resolve()]:
        environment["PYTHONPATH"] = os.pathsep.join(others)
    return {name: text for name, text in environment.items() if not name.upper().startswith("STREAMLIT_")}


def _listener(host: str, port: int | None) -> socket.socket:
    """A socket that listens at the port; without one at the first that is free. Nobody can take it in between."""
    if not is_loopback(host):
        raise UsageError(
            f"the chat cannot listen at {host!r}: it has no sign-in yet, so only this machine may ask; "
            "leave --host out, or name 127.0.0.1, ::1 or localhost"
        )
    for candidate in [port] if port else range(FIRST_PORT, FIRST_PORT + PORTS_TRIED):
        listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
            listener.listen(128)
        except OSError:
            listener.close()
        else:
            return listener
    if port:
        raise UsageError(f"port {port} is taken; name another with --port, or leave it out to have one chosen")
    raise UsageError(f"no free port from {FIRST_PORT} to {FIRST_PORT + PORTS_TRIED - 1}; name one with --port")


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
