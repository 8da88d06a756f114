"""The workspace's own trace server, started where somebody needs it: `ensure(settings)` is its address.

It runs in the background for all processes of the workspace, and ends by itself when nobody has asked for a while.
"""

import subprocess
import sys
import time
from pathlib import Path

import requests

from vademecum.core import private_files
from vademecum.core.errors import WorkspaceError
from vademecum.core.settings import Settings
from vademecum.tracing.server_address import is_held, place
from vademecum.tracing.transport import session

IDLE_SECONDS = 15 * 60
"""After so long without a request the server ends."""

READY_SECONDS = 30.0
"""How long a server may take to come up; two seconds are usual."""

ASK_SECONDS = 1.0
LOG = "traces.log"

_started: "list[subprocess.Popen[bytes]]" = []
"""Kept, as Python complains of a child that is forgotten while it runs; the servers outlive us on purpose."""


def ensure(settings: Settings, *, idle_seconds: float = IDLE_SECONDS) -> str:
    """The address of the server of the workspace's traces, which is started where there is none.

    Raises:
        WorkspaceError: it did not come up; what it said last is in the message.
    """
    home = settings.home
    if url := running(home):
        return url
    process = start(settings, idle_seconds=idle_seconds)
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if url := running(home):
            return url
        if process.poll() is not None and not is_held(home):
            break
        time.sleep(0.05)
    log_lines = (home / LOG).read_text("utf-8", "replace").strip().splitlines()[-1:]
    raise WorkspaceError(
        f"the trace server of {home} did not come up ({' '.join(log_lines) or 'no reason given'}); try again"
    )


def start(settings: Settings, *, idle_seconds: float = IDLE_SECONDS) -> "subprocess.Popen[bytes]":
    """Start the server of the workspace's traces, without waiting for it; where one runs, this one ends at once."""
    home = settings.home
    private_files.make_folder(home)
    private_files.make_file(home / LOG)
    with (home / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "vademecum.tracing.server", str(home.absolute()), str(idle_seconds)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=home,
            start_new_session=True,
        )
    _started.append(process)
    return process


def running(home: Path) -> str | None:
    """The address of this home's server, if one answers."""
    address = place(home)
    if address is None:
        return None
    try:
        with session(proxies=False) as direct:  # a proxy of the environment is no way to this machine
            reply = direct.get(f"{address.url}/ok", timeout=ASK_SECONDS)
        return address.url if reply.json().get("pid") == address.pid else None
    except (requests.RequestException, ValueError, AttributeError):
        return None
